import { expect } from 'chai';
import fc from 'fast-check';
import { CaptureWriter } from '../../cli/capture-writer.ts';
import { isCaptureError } from '../../dissector/capture/index.ts';
import { CaptureParser } from '../../dissector/capture/parser.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';

/** A pcap of packets with a byte each. */
function pcap(count: number): Buffer {
  const records = Array.from({ length: count }, (_, i) => pcapRecord(i, 1, Buffer.of(i)));
  return Buffer.concat([pcapHeader(1, { nanos: true }), ...records]);
}

/** What `write` got, read again. */
function written(limit?: number, comment?: string) {
  const parts: Buffer[] = [];
  const writer = new CaptureWriter({
    write: (blocks) => void parts.push(Buffer.from(blocks)),
    limit,
    comment,
  });
  const packets = () => {
    const parser = new CaptureParser();
    const bytes = Buffer.concat(parts);
    parser.reserve(bytes.length).set(bytes);
    parser.commit(bytes.length);
    parser.end();
    const out: number[] = [];
    for (let packet = parser.next(); packet !== null; packet = parser.next())
      out.push(packet.buf[packet.off]!);
    return out;
  };
  return { writer, packets, bytes: () => Buffer.concat(parts) };
}

const NOTHING = { received: null, dropped: null };

describe('cli/capture-writer', () => {
  it('writes the same packets however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (cuts) => {
        const { writer, packets } = written();
        let rest = pcap(20);
        for (const cut of cuts) {
          writer.take(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        expect(writer.take(rest)).to.equal(true);
        writer.end(NOTHING);
        expect(packets()).to.deep.equal(Array.from({ length: 20 }, (_, i) => i));
      }),
    );
  });

  it('stops at its limit, in the middle of what came', () => {
    for (const limit of [1, 19, 20]) {
      const { writer, packets } = written(limit);
      expect(writer.take(pcap(20))).to.equal(false);
      expect(writer.packets).to.equal(limit);
      expect(writer.take(pcap(1).subarray(24))).to.equal(false);
      writer.end(NOTHING);
      expect(packets()).to.have.length(limit);
    }
    expect(written(21).writer.take(pcap(20))).to.equal(true);
  });

  it('is a capture without a packet too, notes what was lost, and says what it is', () => {
    const { writer, packets, bytes } = written(undefined, 'recorded by a test');
    writer.take(pcap(0));
    writer.end({ received: 7, dropped: 300 });
    expect(packets()).to.deep.equal([]);
    expect(bytes().includes('recorded by a test')).to.equal(true);
    // isb_ifrecv and isb_ifdrop of an Interface Statistics Block
    const at = bytes().length - bytes().readUInt32LE(bytes().length - 4);
    const block = bytes().subarray(at);
    expect(block.readUInt32LE(0)).to.equal(5);
    expect([block.readUInt16LE(20), block.readBigUInt64LE(24)]).to.deep.equal([4, 7n]);
    expect([block.readUInt16LE(32), block.readBigUInt64LE(36)]).to.deep.equal([5, 300n]);
  });

  it('throws for what is no capture', () => {
    try {
      written().writer.take(Buffer.from('tcpdump: not a capture at all'));
      expect.fail('it took it');
    } catch (e) {
      expect(isCaptureError(e)).to.equal(true);
    }
  });
});
