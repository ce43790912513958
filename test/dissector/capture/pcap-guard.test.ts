import { expect } from 'chai';
import fc from 'fast-check';
import { PcapGuard } from '../../../dissector/capture/pcap-guard.ts';
import { pcapHeader, pcapRecord } from '../../../dissector/capture/write-pcap.ts';
import { asPcap, randomPackets } from './random-capture.ts';

const LIMIT = 262_144;

describe('pcap guard', () => {
  it('admits every byte of a good stream, in any chunks', () => {
    fc.assert(
      fc.property(randomPackets, fc.integer({ min: 1, max: 60 }), (packets, size) => {
        const file = asPcap(packets);
        const guard = new PcapGuard(LIMIT);
        for (let at = 0; at < file.length; at += size) {
          const chunk = file.subarray(at, at + size);
          expect(guard.admit(chunk)).to.equal(chunk.length);
        }
        guard.end();
        expect(guard.error).to.equal(null);
        expect(guard.header?.linkType).to.equal(1);
      }),
    );
  });

  it('stops before a record that is too long, having read nothing but its header', () => {
    const bad = pcapRecord(1, 2, Buffer.alloc(4));
    bad.writeUInt32LE(LIMIT + 1, 8);
    const guard = new PcapGuard(LIMIT);
    const start = Buffer.concat([pcapHeader(1), pcapRecord(1, 2, Buffer.from('abc'))]);
    expect(guard.admit(Buffer.concat([start, bad]))).to.equal(start.length);
    expect(guard.error).to.include({ code: 'LENGTH', offset: start.length });
    expect(guard.admit(bad)).to.equal(0);
  });

  it('notices an end in the middle of a header or record', () => {
    const file = Buffer.concat([pcapHeader(1), pcapRecord(1, 2, Buffer.from('abc'))]);
    for (const length of [1, 23, 25, 39, 42]) {
      const guard = new PcapGuard(LIMIT);
      guard.admit(file.subarray(0, length));
      expect(guard.error).to.equal(null);
      guard.end();
      expect(guard.error?.code, `${length}`).to.equal('TRUNCATED');
    }
    for (const length of [0, 24, file.length]) {
      const guard = new PcapGuard(LIMIT);
      guard.admit(file.subarray(0, length));
      guard.end();
      expect(guard.error).to.equal(null);
    }
  });

  it('refuses the headers that the parser refuses', () => {
    const guard = new PcapGuard(LIMIT);
    expect(guard.admit(pcapHeader(281))).to.equal(0);
    expect(guard.error?.code).to.equal('UNSUPPORTED');
  });
});
