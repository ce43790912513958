import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { answerLines, readInput, refusal } from '../../cli/cases.ts';
import { ClosedPipe } from '../../cli/errors.ts';
import { parseIdl } from '../../codec/idl/index.ts';
import { XdrError } from '../../codec/xdr/index.ts';
import { fakeIo } from './fake-io.ts';

const modules = [parseIdl('typedef int number;')];

describe('cli/cases', () => {
  it('answers each line, in order, whatever is wrong with it', async () => {
    const io = fakeIo({
      stdin: [
        Buffer.from('number one two\n\n  number\tx\nother y\nnumber xdr\nnumber bug\n'),
        Buffer.from(`${'o'.repeat(1e6)} 1`),
      ],
    });
    const status = await answerLines(modules, io, (type, rest) => {
      if (rest === 'xdr') throw new XdrError('RANGE', 'too much', 4, 'a.b');
      if (rest === 'bug') throw new RangeError('stack');
      return { kind: type.kind, rest };
    });
    expect(status).to.equal(0);
    expect(
      io.stdout.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).to.deep.equal([
      { ok: true, kind: 'integer', rest: 'one two' },
      { ok: false, error: { code: 'BAD_VALUE', offset: 0, path: '', message: 'empty line' } },
      { ok: true, kind: 'integer', rest: 'x' },
      { ok: false, error: { code: 'BAD_VALUE', offset: 0, path: '', message: 'no type "other"' } },
      { ok: false, error: { code: 'RANGE', offset: 4, path: 'a.b', message: 'too much' } },
      { ok: false, error: { code: 'BAD_VALUE', offset: 0, path: '', message: 'stack' } },
      {
        ok: false,
        error: { code: 'BAD_VALUE', offset: 0, path: '', message: `no type "${'o'.repeat(100)}…"` },
      },
    ]);
  });

  it('ends at once when nobody reads, or on SIGINT', async () => {
    const closed = fakeIo({ stdin: [Buffer.from('number 1\n')] });
    const work = () => {
      throw new ClosedPipe();
    };
    let thrown: unknown;
    await answerLines(modules, closed, work).catch((e: unknown) => {
      thrown = e;
    });
    expect(thrown).to.be.instanceOf(ClosedPipe);
    const interrupted = fakeIo({ stdin: [Buffer.from('number 1\n')] });
    interrupted.abort.abort();
    expect(await answerLines(modules, interrupted, () => ({}))).to.equal(130);
    expect(interrupted.stdout.text).to.equal('');
  });

  it('reads all of a file or of standard input', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-cases-'));
    try {
      const path = join(folder, 'a.bin');
      writeFileSync(path, Buffer.from([1, 2, 3]));
      expect([...(await readInput(path, fakeIo()))]).to.deep.equal([1, 2, 3]);
      const io = fakeIo({ stdin: [Buffer.from([4]), Buffer.from([5])] });
      expect([...(await readInput('-', io))]).to.deep.equal([4, 5]);
      let message = '';
      await readInput(join(folder, 'none'), io).catch((e: Error) => {
        message = e.message;
      });
      expect(message).to.contain('no such file or directory');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tells an XdrError with code, offset and path, status 1', () => {
    expect(refusal('decode', new XdrError('BAD_ENUM', 'no', 4, 'a'))).to.include({
      message: 'decode: BAD_ENUM at offset 4, path a: no',
      status: 1,
    });
    expect(refusal('decode', new XdrError('TRAILING', 'no', 4, ''))).to.include({
      message: 'decode: TRAILING at offset 4: no',
    });
    const other = new Error('x');
    expect(refusal('decode', other)).to.equal(other);
  });
});
