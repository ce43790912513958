import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PLANT_SOURCE } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-'));
  const idl = join(folder, 'plant.x');
  const url = 'udp://127.0.0.1:1';

  before(() => writeFileSync(idl, PLANT_SOURCE));
  after(() => rmSync(folder, { recursive: true }));

  it('lists what it sends', async () => {
    const { status, out: text } = await run(['fuzz', '--list-cases']);
    expect(status).to.equal(0);
    expect(text).to.match(/^frag\.huge +a fragment declared huge \(RM-01, streams only\)$/m);
    expect(text).to.match(/^storm\.kill .*\(P-04, with --restart only\)$/m);
    expect(text).to.match(/^S-09 +Node sends no descriptors/m);
  });

  it('refuses what it cannot do with 2, and a target that is not there with 3', async () => {
    const refusals: readonly [readonly string[], RegExp][] = [
      [['fuzz'], /needs TARGET/],
      [['fuzz', url, url, '--idl', idl], /needs one TARGET/],
      [['fuzz', url, '--to', url, '--idl', idl], /--to: of replay and minimize/],
      [['fuzz', 'udp://192.0.2.1:9', '--idl', idl], /not this machine/],
      [['fuzz', url], /--program: needed/],
      [['fuzz', url, '--idl', idl, '--seed', '4294967296'], /--seed: at most/],
      [['fuzz', url, '--idl', idl, '--case', 'Z-99'], /Z-99: no case, family or shape/],
      [['fuzz', url, '--idl', idl, '--case', 'PLANT_PUT.1/0/none'], /no such case/],
      [
        ['fuzz', url, '--idl', idl, '--report', 'a.pdf'],
        /a report is \.json, \.ndjson, \.xml, \.sarif or \.html/,
      ],
      [['fuzz', url, '--idl', idl, '--shard', '3/2'], /--shard/],
      [['fuzz', url, '--idl', idl, '--baseline', idl], /plant\.x: not JSON/],
      [['fuzz', url, '--idl', idl, '--procedure', 'NO'], /NO: no procedure/],
    ];
    for (const [argv, why] of refusals) {
      const ran = await run([...argv]);
      expect(ran.status, argv.join(' ')).to.equal(2);
      expect(ran.err).to.match(why);
    }
    const out = join(folder, 'out');
    expect((await run(['fuzz', 'tcp://127.0.0.1:1', '--idl', idl, '--out', out])).status).to.equal(3);
  });

  it('refuses options that a form of it would not heed', async () => {
    for (const [argv, why] of [
      [['fuzz', 'replay', 'f.json', '--to', url, '--rate', '5'], '--rate: not an option of fuzz replay'],
      [['fuzz', 'minimize', 'f.json', '--seed', '5'], '--seed: not an option of fuzz minimize'],
      [['fuzz', 'merge', 'dir', '--restart', 'x'], '--restart: not an option of fuzz merge'],
      [['fuzz', '--in-process', 'codec', '--rate', '5'], '--rate: not an option of fuzz --in-process'],
      [['fuzz', url, '--in-process', 'codec'], '--in-process: takes no target'],
    ] as const) {
      const ran = await run([...argv]);
      expect(ran.status).to.equal(2);
      expect(ran.err).to.contain(why);
    }
  });
});
