import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseFinding } from '../../fuzz/finding.ts';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz-merge', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-merge-'));
  const idl = join(folder, 'plant.x');
  const dirs = ['1', '2', '3'].map((n) => join(folder, `shard-${n}`));
  let server: PlantServer;

  before(async () => {
    writeFileSync(idl, PLANT_SOURCE);
    server = await PlantServer.start('off-by-one limit');
    for (const [i, out] of dirs.entries()) {
      const argv = ['fuzz', server.udpUrl, '--idl', idl, '--rate', '0', '--seed', '3', '--max-cases', '300'];
      await run([...argv, '--shard', `${i + 1}/3`, '--out', out]);
    }
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('joins the results of shards, each bucket once, in every form of report', async () => {
    const out = join(folder, 'all');
    const forms = ['json', 'ndjson', 'xml', 'sarif', 'html'].map((end) => join(folder, `all.${end}`));
    const reports = forms.flatMap((file) => ['--report', file]);
    const ran = await run(['fuzz', 'merge', ...dirs, '--out', out, '--idl', idl, ...reports]);
    expect(ran.status, ran.err).to.equal(1);
    expect(ran.out).to.match(/^seed 3 shard 1\/3: 300 cases to udp/);
    expect(ran.out).to.match(/\n3 runs, 900 cases, \d+ findings\n$/);
    const buckets = [...ran.out.matchAll(/^finding \w+: (.*)$/gm)].map(([, bucket]) => bucket);
    expect(buckets).to.have.length.greaterThan(0);
    expect(new Set(buckets).size).to.equal(buckets.length);
    for (const file of forms) expect(readFileSync(file, 'utf8').length, file).to.be.greaterThan(200);
    const [json] = forms;
    expect(JSON.parse(readFileSync(json!, 'utf8')).runs).to.have.length(3);
    const [name = ''] = readdirSync(out).filter((one) => one.endsWith('.json'));
    const finding = await parseFinding(readFileSync(join(out, name), 'utf8'));
    expect(finding.target).to.equal(server.udpUrl);
    const line = `oncilla fuzz replay ${join(out, name)} --to ${server.udpUrl} --idl ${idl}`;
    expect(ran.out).to.contain(line);
  });

  it('excuses what a baseline knows', async () => {
    const json = join(folder, 'for-baseline.json');
    const merge = ['fuzz', 'merge', ...dirs, '--out', join(folder, 'known')];
    await run([...merge, '--report', json]);
    const { findings } = JSON.parse(readFileSync(json, 'utf8')) as { findings: { bucket: string }[] };
    const baseline = join(folder, 'baseline.json');
    const until = (day: string) =>
      writeFileSync(
        baseline,
        JSON.stringify({ known: findings.map(({ bucket }) => ({ bucket, until: day, reason: 'a test' })) }),
      );
    until('9999-12-31');
    expect((await run([...merge, '--baseline', baseline])).status).to.equal(0);
    until('2020-01-01');
    expect((await run([...merge, '--baseline', baseline])).status).to.equal(1);
  });

  it('ends as its worst run did', async () => {
    const record = join(dirs[2]!, 'run.json');
    const text = readFileSync(record, 'utf8');
    const merged = async (over: object) => {
      writeFileSync(record, JSON.stringify({ ...JSON.parse(text), ...over }));
      return (await run(['fuzz', 'merge', ...dirs, '--out', join(folder, 'worst')])).status;
    };
    expect(await merged({ gone: true })).to.equal(3);
    expect(await merged({ interrupted: true })).to.equal(130);
    expect(await merged({})).to.equal(1);
  });

  it('refuses what is no result of a run, and a run given twice', async () => {
    for (const [argv, why] of [
      [[], /needs DIR/],
      [[folder], /run\.json: no such file/],
      [[dirs[0]!, dirs[0]!], /is there twice/],
    ] as const) {
      const ran = await run(['fuzz', 'merge', ...argv]);
      expect(ran.status).to.equal(2);
      expect(ran.err).to.match(why);
    }
  });
});
