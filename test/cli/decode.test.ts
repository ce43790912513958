import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decode } from '../../cli/decode.ts';
import { type CliError, isCliError } from '../../cli/errors.ts';
import { runCommand } from '../../cli/run.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';

describe('cli/decode', () => {
  let folder: string;
  let idl: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-decode-'));
    idl = join(folder, 'a.x');
    writeFileSync(
      idl,
      'enum color { RED, BLUE }; struct pair { color c; hyper h; opaque o<>; }; struct none { };',
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Output and status, or the error's status and message. */
  async function run(argv: readonly string[], io: FakeIo = fakeIo()): Promise<[number, string]> {
    try {
      return [await runCommand(decode, ['--idl', idl, ...argv], io), io.stdout.text];
    } catch (e) {
      if (isCliError(e)) return [(e as CliError).status, e.message];
      throw e;
    }
  }

  const PAIR = '00000001fffffffffffffffe00000001ff000000';

  it('prints the value of HEX as JSON', async () => {
    expect(await run(['--type', 'pair', PAIR])).to.deep.equal([0, '{"c":"BLUE","h":"-2","o":"ff"}\n']);
    expect(await run(['--type', 'pair', '--no-codegen', PAIR.toUpperCase()])).to.deep.equal([
      0,
      '{"c":"BLUE","h":"-2","o":"ff"}\n',
    ]);
    expect(await run(['--type', 'none', ''])).to.deep.equal([0, '{}\n']);
  });

  it('takes hex or raw bytes from elsewhere', async () => {
    const io = fakeIo({ stdin: [Buffer.from(`${PAIR.slice(0, 9)}\n${PAIR.slice(9)}\n`)] });
    expect((await run(['--type', 'pair', '-'], io))[0]).to.equal(0);
    const file = join(folder, 'a.bin');
    writeFileSync(file, Buffer.from(PAIR, 'hex'));
    expect((await run(['--type', 'pair', '--file', file]))[0]).to.equal(0);
    expect(
      (await run(['--type', 'pair', '--file=-'], fakeIo({ stdin: [Buffer.from(PAIR, 'hex')] })))[0],
    ).to.equal(0);
  });

  it('ends with 1 and code, offset and path where the bytes do not fit, unless lenient', async () => {
    expect(await run(['--type', 'color', '00000007'])).to.satisfy(
      ([status, text]: [number, string]) => status === 1 && text.startsWith('decode: BAD_ENUM at offset 0'),
    );
    expect(await run(['--type', 'color', '--lenient', '0000000700'])).to.deep.equal([0, '7\n']);
    expect((await run(['--type', 'pair', PAIR.slice(0, 20)]))[1]).to.contain('TRUNCATED at offset 4, path h');
  });

  it('ends with 2 for wrong usage', async () => {
    for (const argv of [
      ['--type', 'pair'],
      ['--type', 'pair', 'abc'],
      ['--type', 'pair', 'zz'],
      ['--type', 'pair', '00', '00'],
      ['--type', 'nothing', '00'],
      ['--type', 'pair', '--file', '/nowhere', '00'],
      ['--type', 'pair', '--file', '/nowhere'],
      ['00'],
    ]) {
      expect((await run(argv))[0], argv.join(' ')).to.equal(2);
    }
  });

  it('answers lines', async () => {
    const lines = `pair ${PAIR}\ncolor 00000009\ncolor 0\nnone\ncolor 0000000000`;
    const [status, out] = await run(['--lines'], fakeIo({ stdin: [Buffer.from(lines)] }));
    expect(status).to.equal(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers[0]).to.deep.equal({ ok: true, value: { c: 'BLUE', h: '-2', o: 'ff' }, consumed: 20 });
    expect(answers.slice(1).map((a) => a.error?.code ?? a.value)).to.deep.equal([
      'BAD_ENUM',
      'BAD_VALUE',
      {},
      'TRAILING',
    ]);
    const lenient = await run(['--lines', '--lenient'], fakeIo({ stdin: [Buffer.from('color 0000000000')] }));
    expect(lenient).to.deep.equal([0, '{"ok":true,"value":"RED","consumed":4}\n']);
  });
});
