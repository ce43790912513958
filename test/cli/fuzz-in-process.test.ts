import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../house/sources.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/fuzz-in-process', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-inside-'));
  const out = join(folder, 'out');
  after(() => rmSync(folder, { recursive: true }));

  const inside = (what: string, ...args: string[]) =>
    run(['fuzz', '--in-process', what, '--seed', '1', '--out', out, ...args]);

  const moduleOf = (name: string, source: string): string => {
    const file = join(folder, name);
    writeFileSync(file, source);
    return file;
  };

  it('finds nothing wrong with our decoders and the dissector, and ends with 0', async () => {
    const from = ['--from', join(root, 'captures', 'rpcbind-tcp-udp.pcap'), '--program', 'portmap'];
    const few = ['--procedure', 'RPCBPROC_GETADDR', '--max-cases', '100'];
    for (const what of ['codec', 'inspect']) {
      const ran = await inside(what, ...from, ...few);
      expect(ran.status, ran.out + ran.err).to.equal(0);
      expect(ran.out).to.match(/^seed 1\n\d+ executions in .*; \d+ inputs reach \d+ characters of source\n/);
      expect(ran.out).to.match(/\n0 findings\n$/);
    }
  });

  it('runs the function of a module, keeps the input of a finding, and runs it again', async () => {
    const file = moduleOf(
      'target.mjs',
      `export const inputs = [new Uint8Array(8)];
       export const isExpected = (e) => e instanceof SyntaxError;
       export function fuzz(input) {
         if (input.length > 16) throw new SyntaxError('long');
         if (input[2] === 0x77) throw new Error('found \\x1b[2J it');
       }`,
    );
    const ran = await inside(file, '--max-cases', '100000');
    expect(ran.status, ran.err).to.equal(1);
    expect(ran.out).to.match(/finding \w{12}: Error: found .* it at fuzz \(target\.mjs\)/);
    expect(ran.out).not.to.contain('\x1b');
    const [kept = ''] = readdirSync(out);
    const again = await run(['fuzz', '--in-process', file, '--case', join(out, kept)]);
    expect(again.status).to.equal(1);
    expect(again.out).to.contain('Error: found');
    expect(ran.out).to.contain(`--in-process ${file} --case ${join(out, kept)}`);
    const fixed = moduleOf('fixed.mjs', 'export function fuzz() {}');
    expect((await run(['fuzz', '--in-process', fixed, '--case', join(out, kept)])).status).to.equal(0);
  });

  it('ends with 130 when it is interrupted', async () => {
    const io = fakeIo();
    const file = moduleOf('idle.mjs', 'export async function fuzz() {}');
    const running = run(['fuzz', '--in-process', file, '--out', out], io);
    io.abort.abort();
    const ran = await running;
    expect(ran.status).to.equal(130);
    expect(ran.out).to.contain('; interrupted');
  });

  it('refuses with 2 what it cannot run', async () => {
    const file = moduleOf('nothing.mjs', 'export const a = 1;');
    const refusals: [[string, ...string[]], RegExp][] = [
      [[file], /exports no function "fuzz"/],
      [[join(folder, 'none.mjs')], /none\.mjs/],
      [[file, '--program', 'NFS'], /--program: of codec and inspect/],
      [['codec'], /--program: needed/],
      [['codec', '--program', 'portmap', '--case', join(folder, 'none.bin')], /none\.bin: no such file/],
    ];
    for (const [argv, why] of refusals) {
      const ran = await inside(...argv);
      expect(ran.status, argv.join(' ')).to.equal(2);
      expect(ran.err).to.match(why);
    }
  });
});
