import { expect } from 'chai';
import { readLines } from '../../cli/lines.ts';

async function lines(chunks: readonly string[], maxBytes = 100): Promise<(string | null)[]> {
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  })();
  const all: (string | null)[] = [];
  for await (const line of readLines(source, maxBytes)) all.push(line);
  return all;
}

describe('cli/lines', () => {
  it('splits at LF and CRLF, whatever the chunks', async () => {
    expect(await lines(['a\nb\r\n\nc'])).to.deep.equal(['a', 'b', '', 'c']);
    expect(await lines(['a', '\nb\r', '\n', '\n', 'c', 'd\n'])).to.deep.equal(['a', 'b', '', 'cd']);
    expect(await lines([])).to.deep.equal([]);
  });

  it('joins a character that is split between chunks', async () => {
    expect(await lines(['\xc3', '\xa9\n'])).to.deep.equal(['é']);
  });

  it('gives a line above the limit as null, and goes on', async () => {
    expect(await lines(['12345\n123456\n1', '2345', '6\n7'], 5)).to.deep.equal(['12345', null, null, '7']);
    expect(await lines(['123', '456'], 5)).to.deep.equal([null]);
  });

  it('holds a long line that comes byte by byte in little more than its length', async function () {
    this.timeout(30_000);
    const one = Buffer.from('x');
    let peak = 0;
    const source = (async function* () {
      const before = process.memoryUsage();
      for (let i = 0; i < 2_000_000; i++) {
        yield one;
        if (i % 100_000 !== 0) continue;
        const { arrayBuffers, heapUsed } = process.memoryUsage();
        peak = Math.max(peak, arrayBuffers - before.arrayBuffers + heapUsed - before.heapUsed);
      }
    })();
    const lengths: number[] = [];
    for await (const line of readLines(source, 2_000_000)) lengths.push(line!.length);
    expect(lengths).to.deep.equal([2_000_000]);
    expect(peak).to.be.lessThan(64_000_000);
  });

  it('answers what came before it waits for more', async () => {
    const events: string[] = [];
    const source = (async function* () {
      yield Buffer.from('a\nb');
      events.push('asked');
      yield Buffer.from('\n');
    })();
    for await (const line of readLines(source, 10, () => events.push('drained'))) events.push(line!);
    expect(events).to.deep.equal(['a', 'drained', 'asked', 'b', 'drained']);
  });
});
