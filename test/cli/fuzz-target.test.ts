import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseRun } from '../../fuzz/merge.ts';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { root } from '../house/sources.ts';
import { until } from '../until.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/fuzz-target', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-target-'));
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

  it('ends with 0 where nothing is found, and writes what it did', async () => {
    const ran = await fuzz(good.udpUrl, '--max-cases', '500');
    expect(ran).to.include({ status: 0 });
    expect(ran.out).to.match(/^seed 3\n500 cases in [\d.]+ s, \d+\/s: SUCCESS \d+.*\n0 findings\n$/);
    expect(ran.err).to.contain('may change something: PLANT_PUT, PLANT_ECHO, PLANT_SUM');
    expect(readdirSync(out)).to.deep.equal(['run.json']);
    const record = await parseRun(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(record).to.include({ target: good.udpUrl, seed: 3, cases: 500, interrupted: false, gone: false });
    expect(record.findings).to.deep.equal([]);
  });

  it('ends with 1 for a finding, keeps it and reports it; a baseline excuses it', async () => {
    const xml = join(folder, 'report.xml');
    const ran = await fuzz(bad.udpUrl, '--case', 'size', '--max-cases', '20', '--report', xml);
    expect(ran.status, ran.err).to.equal(1);
    const bucket = /^finding \w+: (accepted PLANT_PUT\.1 LIMIT.*)$/m.exec(ran.out)?.[1];
    expect(bucket, ran.out).to.be.a('string');
    const [json = ''] = readdirSync(out).filter((name) => /^[0-9a-f]{12}\.json$/.test(name));
    expect(statSync(join(out, json)).mode & 0o777).to.equal(0o600);
    expect(existsSync(join(out, json.replace('.json', '.pcapng')))).to.equal(true);
    expect(readFileSync(xml, 'utf8')).to.contain('failures="1"');
    const baseline = join(folder, 'baseline.json');
    const known = [{ bucket, until: '9999-12-31', reason: 'a test' }];
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

  it('prints the seed first, one of its own where none is given', async () => {
    const seeds = await Promise.all(
      [0, 1].map(async () => {
        const ran = await run(['fuzz', good.udpUrl, '--idl', idl, '--out', out, '--max-cases', '1']);
        return /^seed (\d+)\n/.exec(ran.out)?.[1];
      }),
    );
    expect(seeds[0]).to.be.a('string').and.not.to.equal(seeds[1]);
  });

  it('sends no more than so many cases a second', async () => {
    const start = performance.now();
    const ran = await fuzz(good.udpUrl, '--rate', '400', '--max-cases', '256');
    expect(ran.status).to.equal(0);
    expect(performance.now() - start).to.be.greaterThan(400);
  });

  it('ends with 130 when it is interrupted, with what it has', async () => {
    const io = fakeIo();
    const xml = join(folder, 'interrupted.xml');
    const argv = ['fuzz', good.udpUrl, '--idl', idl, '--out', out, '--seed', '3', '--report', xml];
    const running = run(argv, io);
    await until(() => io.stdout.text.startsWith('seed 3\n'));
    io.abort.abort();
    const ran = await running;
    expect(ran.status).to.equal(130);
    expect(ran.out).to.match(/\d+ cases in .*\n0 findings; interrupted\n$/);
    expect((await parseRun(readFileSync(join(out, 'run.json'), 'utf8'))).interrupted).to.equal(true);
    expect(readFileSync(xml, 'utf8')).to.contain('seed');
  });

  it('ends with 3 where the target is gone for good', async () => {
    const dying = await PlantServer.start('off-by-one limit');
    const io = fakeIo();
    const running = run(
      ['fuzz', dying.tcpUrl, '--idl', idl, '--out', out, '--max-time', '30', '--timeout', '0.2'],
      io,
    );
    await until(() => io.stdout.text.includes('finding '));
    await dying.stop();
    const ran = await running;
    expect(ran.status, ran.out + ran.err).to.equal(3);
    expect(ran.out).to.contain('the target is gone');
  });

  it('draws from captures, and refuses one without a call of the program', async () => {
    const ledger = join(root, 'captures', 'src', 'ledger.x');
    const capture = join(root, 'captures', 'ledger-tcp.pcap');
    const from = (file: string, x: string) =>
      run([
        'fuzz',
        good.udpUrl,
        '--idl',
        x,
        '--from',
        file,
        '--out',
        out,
        '--seed',
        '1',
        '--max-cases',
        '64',
      ]);
    const ran = await from(capture, ledger);
    expect(ran.err).to.match(/ledger-tcp\.pcap: \d+ calls and \d+ results to draw from/);
    const none = await from(capture, idl);
    expect(none).to.include({ status: 2 });
    expect(none.err).to.contain('holds no call of PLANT');
    expect((await from(join(folder, 'none.pcap'), idl)).status).to.equal(2);
  });
});
