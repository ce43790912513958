import { expect } from 'chai';
import { MessageWriter } from '../../transport/peer-writer.ts';

function write(slab: MessageWriter, size: number, byte: number): Uint8Array {
  const writer = slab.begin();
  const start = writer.p;
  writer.bytes(new Uint8Array(size).fill(byte));
  return slab.end(writer, start);
}

describe('transport: the writer of messages', () => {
  it('never writes over what it gave out', () => {
    const slab = new MessageWriter();
    const messages = Array.from({ length: 400 }, (_, i) => write(slab, (i * 37) % 3000, i & 255));
    messages.push(write(slab, 200_000, 7), write(slab, 10, 8));
    messages.forEach((message, i) => {
      if (i < 400) expect(message.length).to.equal((i * 37) % 3000);
      expect(new Set(message).size, `message ${i}`).to.be.at.most(1);
    });
    expect(messages[1]?.buffer, 'small ones share a slab').to.equal(messages[2]?.buffer);
  });

  it('takes back what was abandoned', () => {
    const slab = new MessageWriter();
    const writer = slab.begin();
    const start = writer.p;
    writer.uint32(1);
    slab.abandon(writer, start);
    const again = slab.begin();
    expect(again).to.equal(writer);
    expect(again.p).to.equal(start);
  });

  it('gives another slab while one is out', () => {
    const slab = new MessageWriter();
    const outer = slab.begin();
    const inner = write(slab, 4, 1);
    outer.uint32(0xffffffff);
    expect(slab.end(outer, 0)).to.deep.equal(Uint8Array.of(255, 255, 255, 255));
    expect(inner).to.deep.equal(Uint8Array.of(1, 1, 1, 1));
  });
});
