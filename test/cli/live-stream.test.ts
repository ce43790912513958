import { expect } from 'chai';
import { LiveStream } from '../../cli/live-stream.ts';

async function all(stream: LiveStream): Promise<number[]> {
  const lengths: number[] = [];
  for await (const chunk of stream) lengths.push(chunk.length);
  return lengths;
}

describe('cli/live-stream', () => {
  it('gives what was pushed before and while it was asked, and ends', async () => {
    const stream = new LiveStream(true);
    stream.push(new Uint8Array(1));
    const got = all(stream);
    stream.push(new Uint8Array(2));
    await Promise.resolve();
    stream.push(new Uint8Array(3));
    stream.end();
    stream.push(new Uint8Array(4));
    expect(await got).to.deep.equal([1, 2, 3]);
  });

  it('tells who can wait to wait, until there is room', async () => {
    const stream = new LiveStream(true, 10);
    expect(stream.push(new Uint8Array(9))).to.equal(undefined);
    let room = false;
    const wait = stream.push(new Uint8Array(9))?.then(() => {
      room = true;
    });
    expect(wait).to.not.equal(undefined);
    expect(room).to.equal(false);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await wait;
    expect(room).to.equal(true);
    expect(stream.leftOut).to.equal(0);
  });

  it('leaves out what comes beyond the bound from who cannot, and counts it', async () => {
    const stream = new LiveStream(false, 10);
    for (let i = 0; i < 5; i++) expect(stream.push(new Uint8Array(6))).to.equal(undefined);
    expect(stream.leftOut).to.equal(3);
    stream.end();
    expect(await all(stream)).to.deep.equal([6, 6]);
  });

  it('lets go of who waits when it ends', async () => {
    const stream = new LiveStream(true, 1);
    const wait = stream.push(new Uint8Array(2));
    stream.end();
    await wait;
  });
});
