import { expect } from 'chai';
import fc from 'fast-check';
import { CaptureParser, emptyPacket } from '../../../dissector/capture/parser.ts';
import { asPcap, asPcapng, randomPackets } from './random-capture.ts';
import { readAll } from './read-all.ts';

const chunkSizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 10 });

describe('capture parser', () => {
  it('finds an empty capture empty, and what is no capture a format error', () => {
    expect(readAll(Buffer.alloc(0))).to.deep.include({ packets: [], error: null });
    for (const text of ['x', 'hello, world, this is no capture']) {
      expect(readAll(Buffer.from(text)).error).to.include({ code: 'FORMAT', offset: 0 });
    }
    expect(readAll(asPcap([]).subarray(0, 10)).error).to.include({ code: 'TRUNCATED', offset: 0 });
  });

  it('tells the format once it is known', () => {
    const parser = new CaptureParser();
    expect(parser.format).to.equal(null);
    expect(parser.interfaces).to.deep.equal([]);
    expect(readAll(asPcap([])).parser.format).to.equal('pcap');
    expect(readAll(asPcapng([])).parser.format).to.equal('pcapng');
    expect(readAll(asPcap([])).parser.interfaces[0]).to.include({ linkType: 1, section: 1, id: 0 });
  });

  it('throws once, then has no more', () => {
    const parser = new CaptureParser();
    parser.reserve(100).write('this is no capture');
    parser.commit(18);
    expect(() => parser.next()).to.throw('not a pcap');
    expect(parser.next()).to.equal(null);
    parser.end();
    expect(parser.next()).to.equal(null);
  });

  it('starts with a packet that is nothing', () => {
    expect(emptyPacket()).to.include({ number: 0, caplen: 0, hasTime: false, linkType: -1 });
  });

  it('reads back what was written, however it is chunked', () => {
    fc.assert(
      fc.property(randomPackets, chunkSizes, (packets, chunks) => {
        const expected = packets.map((p, i) => ({
          number: i + 1,
          time: `${p.sec}.${String(p.nsec).padStart(9, '0')}`,
          caplen: p.data.length,
          len: p.data.length + p.lost,
          linkType: 1,
          interfaceId: 0,
          section: 1,
          comments: [],
          data: Buffer.from(p.data).toString('hex'),
        }));
        const pcap = readAll(asPcap(packets), chunks);
        expect(pcap.error).to.equal(null);
        expect(pcap.packets).to.deep.equal(expected);
        const pcapng = readAll(asPcapng(packets), chunks);
        expect(pcapng.error).to.equal(null);
        expect(pcapng.packets).to.deep.equal(
          expected.map((p, i) => ({
            ...p,
            comments: packets[i]!.comments,
            interfaceId: packets[i]!.interfaceId,
            linkType: packets[i]!.interfaceId === 0 ? 1 : 101,
          })),
        );
      }),
    );
  });

  it('gives the packets before a cut, and says where the cut record began', () => {
    fc.assert(
      fc.property(
        randomPackets,
        fc.double({ min: 0, max: 1, noNaN: true }),
        chunkSizes,
        (packets, at, chunks) => {
          for (const file of [asPcap(packets), asPcapng(packets)]) {
            const whole = readAll(file).packets;
            const cut = file.subarray(0, Math.floor(at * file.length));
            const { packets: seen, error } = readAll(cut, chunks);
            expect(seen).to.deep.equal(whole.slice(0, seen.length));
            if (error !== null) {
              expect(error.code).to.be.oneOf(['TRUNCATED', 'FORMAT']);
              expect(error.offset).to.be.at.most(cut.length);
            } else {
              expect(readAll(file.subarray(0, cut.length)).error).to.equal(null);
            }
          }
        },
      ),
    );
  });

  it('survives any damage: packets, then at most one CaptureError, whatever the chunks', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(randomPackets, damage, chunkSizes, (packets, changes, chunks) => {
        for (const file of [asPcap(packets), asPcapng(packets)]) {
          for (const [at, value] of changes) file[at % file.length] = value;
          const once = readAll(file);
          const chunked = readAll(file, chunks);
          expect(chunked.packets).to.deep.equal(once.packets);
          expect(chunked.error?.code).to.equal(once.error?.code);
          expect(chunked.error?.offset).to.equal(once.error?.offset);
          // The buffer does not grow by what a damaged length claims.
          expect(once.parser.reserve(1).buffer.byteLength).to.be.below(4 << 20);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reads random bytes behind a valid start without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const start of [asPcap([]), asPcapng([])]) {
          const { packets } = readAll(Buffer.concat([start, bytes]));
          expect(packets.length).to.be.at.most(bytes.length / 12);
        }
      }),
    );
  });
});
