import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { spool } from '../../cli/spool.ts';

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

function left(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^oncilla-.{6}$/.test(name));
}

describe('cli/spool', () => {
  it('gives the stream as often as asked, and leaves no name behind', async () => {
    const before = left();
    const fds = await spool(chunks('ab', '', 'c'), 2);
    expect(left()).to.deep.equal(before);
    expect(fds.map((fd) => readFileSync(fd, 'utf8'))).to.deep.equal(['abc', 'abc']);
    fds.forEach(closeSync);
  });

  it('refuses a stream that is too long, at the bound', async () => {
    const before = left();
    const fds = await spool(chunks('abc'), 1, 3);
    fds.forEach(closeSync);
    let error = '';
    await spool(chunks('ab', 'cd'), 1, 3).catch((e: Error) => {
      error = e.message;
    });
    expect(error).to.match(/longer than 3 bytes/);
    expect(left()).to.deep.equal(before);
  });
});
