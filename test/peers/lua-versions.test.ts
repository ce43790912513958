/**
 * A plugin in every Lua that Wireshark has had since 4.0: 5.2 until 4.2, 5.4 since 4.4, and 5.3 between them. tshark
 * here has one of them; the others run it over a stand-in for Wireshark's API (wireshark-stub.lua).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { luaPlugin } from '../../cli/lua-plugin.ts';
import { parseIdl } from '../../codec/idl/index.ts';
import { encodeCall, encodeReply } from '../../codec/rpc/index.ts';
import { encode, randomValue, rngOf } from '../../codec/xdr/index.ts';

const INTERPRETERS = ['lua5.2', 'lua5.3', 'lua5.4'];
const stub = fileURLToPath(new URL('./wireshark-stub.lua', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(path, 'utf8');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const SMALL = `
enum colour { RED = 1, BLUE = -2 };
union wide switch (hyper which) { case -1: int minus; case 4294967296: void; };
struct tree { int key; tree *left; tree *right; };
struct all { colour c; wide w<>; string s<4>; tree *t; short small; };
program SMALL { version ONE { all F(all) = 1; } = 1; } = 0x20009999;`;

describe('a Lua plugin in each version of Lua', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-lua-'));
  after(() => rmSync(folder, { recursive: true }));

  async function run(interpreter: string, idl: string, file: string, messages: string[]): Promise<string[]> {
    const plugin = join(folder, 'plugin.lua');
    const module = parseIdl(idl, { file, readFile: (path) => read(join(root, path)) });
    writeFileSync(plugin, await luaPlugin(module, file));
    const { stdout, stderr } = spawnSync(interpreter, [stub, plugin, ...messages], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    return stdout.split('\n').slice(0, -1);
  }

  for (const interpreter of INTERPRETERS) {
    const here = spawnSync(interpreter, ['-v']).status === 0;
    const test = here ? it : it.skip;
    const note = here ? '' : ' (skipped: it is not installed)';

    test(`reads 64-bit cases, negative enums, recursion and limits in ${interpreter}${note}`, async () => {
      const numbers = { program: 0x20009999, version: 1, procedure: 1 };
      const call = (xid: number, args: string) => `C${hex(encodeCall({ xid, ...numbers }))}${args}`;
      const words = (...list: number[]) => list.map((n) => (n >>> 0).toString(16).padStart(8, '0')).join('');
      const lines = await run(interpreter, SMALL, 'small.x', [
        call(1, words(-2, 2, -1, -1, 7, 1, 0, 2, 0x61620000, 1, 5, 1, 6, 0, 0, 0, -3)),
        call(2, words(1, 1, 0, 5)),
        call(3, words(1, 0x7fffffff)),
        call(4, words(1, 0, 5, 0, 0)),
        call(5, words(1, 0, 0, 0, 40_000)),
      ]);
      expect(lines).to.deep.equal([
        [
          'small.c=FFFFFFFE small.w small.w.which=FFFFFFFFFFFFFFFF small.w.minus=00000007',
          'small.w.which=0000000100000000 small.s=6162 small.t small.t.key=00000005 small.t.left',
          'small.t.key=00000006 small.small=FFFFFFFD',
        ].join(' '),
        'small.c=00000001 small.w small.w.which=0000000000000005 ! which: no arm for 0:5',
        'small.c=00000001 small.w ! w: 2147483647 elements do not fit in 0 bytes',
        'small.c=00000001 small.w ! s: length 5 exceeds 4',
        'small.c=00000001 small.w small.s= ! small: 40000 is not in -32768 to 32767',
      ]);
    });

    test(`reads random messages in ${interpreter}${note}`, async () => {
      const file = 'test/codec/idl/fixtures/exotic.x';
      const idl = read(join(root, file));
      const { programs } = parseIdl(idl, { file, readFile: (path) => read(join(root, path)) });
      const messages: string[] = [];
      for (const program of programs) {
        for (const version of program.versions) {
          for (const procedure of version.procedures) {
            const xid = messages.length;
            const rng = rngOf(xid);
            const numbers = { program: program.number, version: version.number, procedure: procedure.number };
            const args = encode(procedure.argument, randomValue(procedure.argument, rng));
            const result = encode(procedure.result, randomValue(procedure.result, rng));
            messages.push(`C${hex(encodeCall({ xid, ...numbers }, args))}`);
            messages.push(`R${hex(encodeReply({ xid, verdict: 'SUCCESS' }, result))}`);
          }
        }
      }
      const lines = await run(interpreter, idl, file, messages);
      expect(lines.length).to.equal(messages.length);
      expect(lines.filter((line) => line.includes('!'))).to.deep.equal([]);
      expect(lines.join(' ').split(' ').length).to.be.greaterThan(300);
    });
  }
});
