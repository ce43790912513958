import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-'));
  const idl = join(folder, 'plant.x');
  const out = join(folder, 'out');
  let good: PlantServer;
  let bad: PlantServer;

  before(async () => {
    writeFileSync(idl, PLANT_SOURCE);
    good = await PlantServer.start();
    bad = await PlantServer.start('off-by-one limit');
  });
  after(async () => {
    await good.stop();
    await bad.stop();
    rmSync(folder, { recursive: true });
  });

  const fuzz = (url: string, ...args: string[]) =>
    run(['fuzz', url, '--idl', idl, '--out', out, '--rate', '0', '--seed', '3', ...args]);

  it('ends with 0 where nothing is found, and writes nothing', async () => {
    const ran = await fuzz(good.udpUrl, '--max-cases', '500');
    expect(ran).to.include({ status: 0 });
    expect(ran.out).to.match(/^seed 3\n500 cases in [\d.]+ s, \d+\/s: SUCCESS \d+.*\n0 findings\n$/);
    expect(ran.err).to.contain('may change something: PLANT_PUT, PLANT_ECHO, PLANT_SUM');
    expect(existsSync(out)).to.equal(false);
  });

  it('ends with 1 for a finding, keeps it and reports it; a baseline excuses it', async () => {
    const xml = join(folder, 'report.xml');
    const ran = await fuzz(bad.udpUrl, '--case', 'size', '--max-cases', '20', '--report', xml);
    expect(ran.status, ran.err).to.equal(1);
    expect(ran.out).to.contain('accepted PLANT_PUT.1 LIMIT accepted');
    const [json = ''] = readdirSync(out).filter((name) => name.endsWith('.json'));
    expect(statSync(join(out, json)).mode & 0o777).to.equal(0o600);
    expect(existsSync(join(out, json.replace('.json', '.pcapng')))).to.equal(true);
    expect(readFileSync(xml, 'utf8')).to.contain('failures="1"');
    const baseline = join(folder, 'baseline.json');
    const known = [{ bucket: 'accepted PLANT_PUT.1 LIMIT accepted', until: '9999-12-31', reason: 'a test' }];
    writeFileSync(baseline, JSON.stringify({ known }));
    const excused = await fuzz(bad.udpUrl, '--case', 'size', '--max-cases', '20', '--baseline', baseline);
    expect(excused.status).to.equal(0);
    expect(excused.out).to.contain('1 findings, 1 known');
  });

  it('sends one case by its id', async () => {
    const ran = await fuzz(bad.tcpUrl, '--case', 'PLANT_PUT.1/0/size.max+1@name');
    expect(ran.status).to.equal(1);
    expect(ran.out).to.match(/\n2 cases in /);
  });

  it('lists what it sends', async () => {
    const { status, out: text } = await run(['fuzz', '--list-cases']);
    expect(status).to.equal(0);
    expect(text).to.match(/^frag\.huge +a fragment declared huge \(RM-01, streams only\)$/m);
  });

  it('refuses what it cannot do with 2, and a target that is not there with 3', async () => {
    const refusals: readonly [readonly string[], RegExp][] = [
      [['fuzz'], /needs TARGET/],
      [['fuzz', 'minimize', 'x.json'], /fuzz minimize: not there yet/],
      [['fuzz', 'merge', 'a'], /fuzz merge: not there yet/],
      [['fuzz', 'udp://192.0.2.1:9', '--idl', idl], /not this machine/],
      [['fuzz', good.udpUrl], /--program: needed/],
      [['fuzz', good.udpUrl, '--idl', idl, '--case', 'S-05'], /S-05: no case, family or shape/],
      [['fuzz', good.udpUrl, '--idl', idl, '--report', 'a.html'], /a report is/],
      [['fuzz', good.udpUrl, '--idl', idl, '--shard', '3/2'], /--shard/],
      [['fuzz', good.udpUrl, '--idl', idl, '--procedure', 'NO'], /NO: no procedure/],
    ];
    for (const [argv, why] of refusals) {
      const ran = await run([...argv]);
      expect(ran.status, argv.join(' ')).to.equal(2);
      expect(ran.err).to.match(why);
    }
    expect((await fuzz('tcp://127.0.0.1:1')).status).to.equal(3);
  });
});
