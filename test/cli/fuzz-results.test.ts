import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Arguments } from '../../cli/arguments.ts';
import { fuzz } from '../../cli/fuzz.ts';
import { readResults, reproduceLine, saveFinding, saveRun } from '../../cli/fuzz-results.ts';
import { sampleFinding, sampleRun } from '../fuzz/sample-report.ts';

const args = (values: Record<string, string[]> = {}) =>
  new Arguments(fuzz.options, new Map(Object.entries(values)), []);

describe('cli/fuzz-results', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-results-'));
  after(() => rmSync(folder, { recursive: true }));

  it('reads back what a run wrote, of this run only, in files of this user alone', async () => {
    const other = { ...sampleFinding, id: '0123456789ab' };
    saveFinding(other, folder);
    const file = saveFinding(sampleFinding, folder);
    saveRun(sampleRun, [sampleFinding], folder);
    for (const name of [file, file.replace('.json', '.pcapng'), join(folder, 'run.json')]) {
      expect(statSync(name).mode & 0o777, name).to.equal(0o600);
    }
    const { run, findings } = await readResults(folder);
    expect(run).to.include(sampleRunNumbers());
    expect(findings).to.deep.equal([sampleFinding]);
  });

  it('never takes the name of a file from a file', async () => {
    const record = join(folder, 'run.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace(sampleFinding.id, '../escape'));
    let why = '';
    await readResults(folder).catch((e: Error) => {
      why = e.message;
    });
    expect(why).to.contain('findings.0');
  });

  it('quotes every word of the line that reproduces', () => {
    const line = reproduceLine(
      sampleFinding,
      "out; rm '-rf'.json",
      'tcp://h:1?$(id)',
      args({ idl: ['a b.x'], define: ['A=1'], timeout: ['2'], 'i-own-this-target': [''] }),
    );
    expect(line).to.equal(
      `oncilla fuzz replay 'out; rm '\\''-rf'\\''.json' --to 'tcp://h:1?$(id)' --idl 'a b.x' -D 'A=1' ` +
        `--program ${sampleFinding.program} --timeout 2 --i-own-this-target`,
    );
  });
});

function sampleRunNumbers() {
  const { seed, cases, target, started } = sampleRun;
  return { seed, cases, target, started };
}
