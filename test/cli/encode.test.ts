import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { encode } from '../../cli/encode.ts';
import { type CliError, isCliError } from '../../cli/errors.ts';
import { runCommand } from '../../cli/run.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';

describe('cli/encode', () => {
  let folder: string;
  let idl: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-encode-'));
    idl = join(folder, 'a.x');
    writeFileSync(idl, 'enum color { RED, BLUE }; struct pair { color c; hyper h; };');
  });
  after(() => rmSync(folder, { recursive: true }));

  async function run(argv: readonly string[], io: FakeIo = fakeIo()): Promise<[number, string]> {
    try {
      return [await runCommand(encode, ['--idl', idl, ...argv], io), io.stdout.text];
    } catch (e) {
      if (isCliError(e)) return [(e as CliError).status, e.message];
      throw e;
    }
  }

  it('prints hex', async () => {
    const expected: [number, string] = [0, '00000001fffffffffffffffe\n'];
    expect(await run(['--type', 'pair', '{"c": "BLUE", "h": "-2"}'])).to.deep.equal(expected);
    expect(await run(['--type', 'pair', '--no-codegen', '{"c": 1, "h": -2}'])).to.deep.equal(expected);
    const io = fakeIo({ stdin: [Buffer.from('{"c": 1,\n"h": -2}\n')] });
    expect(await run(['--type', 'pair', '-'], io)).to.deep.equal(expected);
  });

  it('ends with 1 where the value does not fit, with 2 for wrong usage', async () => {
    const [status, text] = await run(['--type', 'pair', '{"c": "GREEN", "h": 1}']);
    expect(status).to.equal(1);
    expect(text).to.contain('BAD').and.contain('path c');
    expect((await run(['--type', 'pair', '{']))[0]).to.equal(2);
    expect((await run(['--type', 'pair']))[0]).to.equal(2);
    expect((await run(['--type', 'none', '{}']))[0]).to.equal(2);
    expect((await run(['--type', 'color', '0', '1']))[0]).to.equal(2);
  });

  it('answers lines', async () => {
    const lines = 'color "BLUE"\ncolor "GREEN"\ncolor {\nnone 1\npair {"c":0,"h":"1"}\n';
    const [status, out] = await run(['--lines'], fakeIo({ stdin: [Buffer.from(lines)] }));
    expect(status).to.equal(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map((a) => a.ok)).to.deep.equal([true, false, false, false, true]);
    expect(answers[0]).to.deep.equal({ ok: true, hex: '00000001' });
    expect(answers[1].error).to.have.all.keys('code', 'offset', 'path', 'message');
    expect(answers[4].hex).to.equal('000000000000000000000001');
  });
});
