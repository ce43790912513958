import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'pcap-parser';
import { CaptureError } from '../../../dissector/capture/errors.ts';
import { isClassicPcap, PcapStream } from '../../../dissector/capture/pcap-stream.ts';
import { pcapHeader } from '../../../dissector/capture/write-pcap.ts';
import { asPcap, asPcapng, randomPackets } from './random-capture.ts';
import { type Result, readAll, type Seen, see } from './read-all.ts';

function readStream(bytes: Buffer, size: number): Omit<Result, 'parser'> {
  const stream = new PcapStream(parse, 262_144);
  const packets: Seen[] = [];
  const drain = () => {
    for (let p = stream.next(); p !== null; p = stream.next()) packets.push(see(p));
  };
  try {
    for (let at = 0; at < bytes.length; at += size) {
      stream.push(Buffer.from(bytes.subarray(at, at + size)));
      drain();
    }
    stream.end();
    drain();
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e;
    expect(stream.next(), 'it ends once').to.equal(null);
    return { packets, error: e };
  }
  return { packets, error: null };
}

const sizes = fc.integer({ min: 1, max: 300 });

describe('pcap stream', () => {
  it('is for classic microsecond captures only', () => {
    const big = Buffer.from('a1b2c3d40002000400000000000000000000ffff00000001', 'hex');
    expect(isClassicPcap(pcapHeader(1))).to.equal(true);
    expect(isClassicPcap(big)).to.equal(true);
    expect(isClassicPcap(pcapHeader(1, { nanos: true }))).to.equal(false);
    expect(isClassicPcap(pcapHeader(1).subarray(0, 23))).to.equal(false);
    expect(isClassicPcap(asPcapng([]))).to.equal(false);
    const old = pcapHeader(1);
    old.writeUInt16LE(2, 6);
    expect(isClassicPcap(old)).to.equal(false);
  });

  it('tells the interface once the header has passed', () => {
    const stream = new PcapStream(parse, 262_144);
    expect(stream.interfaces).to.deep.equal([]);
    stream.push(pcapHeader(113));
    expect(stream.interfaces[0]!.linkType).to.equal(113);
    expect(stream.secrets).to.deep.equal([]);
  });

  it('agrees with our own reader on good captures', () => {
    fc.assert(
      fc.property(randomPackets, sizes, (packets, size) => {
        const file = asPcap(packets);
        const own = readAll(file);
        expect(readStream(file, size)).to.deep.equal({ packets: own.packets, error: null });
      }),
    );
  });

  it('agrees with our own reader on damaged and truncated ones', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(randomPackets, damage, fc.nat(), sizes, (packets, changes, cut, size) => {
        let file = asPcap(packets);
        // Behind the magic and version, which choose the reader.
        for (const [at, value] of changes) file[8 + (at % (file.length - 8))] = value;
        file = file.subarray(0, 24 + (cut % (file.length - 23)));
        const own = readAll(file);
        const other = readStream(file, size);
        expect(other.packets).to.deep.equal(own.packets);
        expect(other.error?.code).to.equal(own.error?.code);
      }),
      { numRuns: 300 },
    );
  });
});
