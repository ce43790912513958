import { expect } from 'chai';
import { joined } from '../../transport/message.ts';
import { MessageWriter } from '../../transport/peer-writer.ts';

function write(slab: MessageWriter, size: number, byte: number): Uint8Array {
  const writer = slab.begin();
  const start = writer.p;
  const bytes = new Uint8Array(size).fill(byte);
  for (let at = 0; at < size; at += 10_000) writer.bytes(bytes.subarray(at, at + 10_000));
  return joined(slab.end(writer, start));
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

  it('leaves long opaques where they are, each in its own message', () => {
    const slab = new MessageWriter();
    const blob = new Uint8Array(32 * 1024);
    for (let i = 0; i < 3; i++) {
      const writer = slab.begin();
      const start = writer.p;
      writer.uint32(i);
      writer.bytes(blob);
      writer.uint32(i);
      const message = slab.end(writer, start) as readonly Uint8Array[];
      expect(message.map((part) => part.length)).to.deep.equal([4, blob.length, 4]);
      expect(message[1]).to.equal(blob);
      expect([message[0]?.[3], message[2]?.[3]]).to.deep.equal([i, i]);
    }
    expect(slab.begin().inserts).to.deep.equal([]);
  });

  it('takes back what was abandoned', () => {
    const slab = new MessageWriter();
    const writer = slab.begin();
    const start = writer.p;
    writer.uint32(1);
    writer.bytes(new Uint8Array(100_000));
    slab.abandon(writer, start);
    const again = slab.begin();
    expect(again).to.equal(writer);
    expect([again.p, again.inserts]).to.deep.equal([start, []]);
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
