import { expect } from 'chai';
import { parsePcapHeader, pcapByteOrder } from '../../../dissector/capture/read-pcap.ts';
import { pcapHeader, pcapRecord } from '../../../dissector/capture/write-pcap.ts';
import { readAll } from './read-all.ts';

/** A header with any values, in either byte order. */
function header(o: {
  magic?: number;
  major?: number;
  minor?: number;
  snap?: number;
  network?: number;
  big?: boolean;
}) {
  const b = Buffer.alloc(24);
  const w32 = (v: number, at: number) => (o.big ? b.writeUInt32BE(v, at) : b.writeUInt32LE(v, at));
  const w16 = (v: number, at: number) => (o.big ? b.writeUInt16BE(v, at) : b.writeUInt16LE(v, at));
  w32(o.magic ?? 0xa1b2c3d4, 0);
  w16(o.major ?? 2, 4);
  w16(o.minor ?? 4, 6);
  w32(o.snap ?? 65535, 16);
  w32(o.network ?? 1, 20);
  return b;
}

function record(
  o: { usec?: number; caplen?: number; len?: number; big?: boolean; extra?: number },
  data: Buffer,
) {
  const b = Buffer.alloc(16 + (o.extra ?? 0));
  const values = [7, o.usec ?? 8, o.caplen ?? data.length, o.len ?? data.length];
  values.forEach((v, i) => {
    if (o.big) b.writeUInt32BE(v, i * 4);
    else b.writeUInt32LE(v, i * 4);
  });
  return Buffer.concat([b, data]);
}

const DATA = Buffer.from('0123456789');

describe('read pcap', () => {
  it('tells the byte order by the magic number', () => {
    const order = (b: Buffer) => pcapByteOrder(new DataView(b.buffer, b.byteOffset, b.length), 0);
    expect(order(header({}))).to.equal('little');
    expect(order(header({ big: true }))).to.equal('big');
    expect(order(Buffer.from('hello world'))).to.equal(null);
  });

  it('waits for the whole header', () => {
    const b = header({});
    const view = new DataView(b.buffer, b.byteOffset, b.length);
    expect(parsePcapHeader(view, 0, 3)).to.equal(null);
    expect(parsePcapHeader(view, 0, 23)).to.equal(null);
    expect(parsePcapHeader(view, 0, 24)).to.include({ linkType: 1, headerLength: 24, nanos: false });
  });

  const variants: [string, Parameters<typeof header>[0], number, string][] = [
    ['microseconds', {}, 0, '7.000008000'],
    ['nanoseconds', { magic: 0xa1b23c4d }, 0, '7.000000008'],
    ['modified records', { magic: 0xa1b2cd34 }, 8, '7.000008000'],
  ];
  for (const [name, o, extra, time] of variants) {
    for (const big of [false, true]) {
      it(`reads ${name}, ${big ? 'big' : 'little'}-endian`, () => {
        const r = record({ big, extra }, DATA);
        const { packets, error } = readAll(Buffer.concat([header({ ...o, big }), r, r]));
        expect(error).to.equal(null);
        expect(packets.map((p) => [p.number, p.time, p.data])).to.deep.equal([
          [1, time, DATA.toString('hex')],
          [2, time, DATA.toString('hex')],
        ]);
      });
    }
  }

  it('steps over the extra length of Ixia files', () => {
    const { packets } = readAll(
      Buffer.concat([header({ magic: 0x1c0001ac }), Buffer.alloc(4), record({}, DATA)]),
    );
    expect(packets[0]).to.include({ time: '7.000000008', caplen: 10 });
  });

  it('carries microseconds above a million', () => {
    const { packets } = readAll(Buffer.concat([header({}), record({ usec: 3_000_001 }, DATA)]));
    expect(packets[0]!.time).to.equal('10.000001000');
  });

  it('knows that versions before 2.3 hold the lengths the other way round, and that 2.3 may', () => {
    const swapped = record({ caplen: 90, len: 10 }, DATA);
    const straight = record({ caplen: 10, len: 90 }, DATA);
    for (const [b, minor] of [
      [swapped, 2],
      [swapped, 3],
      [straight, 3],
      [straight, 4],
    ] as const) {
      const { packets, error } = readAll(Buffer.concat([header({ minor }), b]));
      expect(error, `2.${minor}`).to.equal(null);
      expect(packets[0]).to.include({ caplen: 10, len: 90 });
    }
  });

  it('refuses version 1, unknown link types and reserved bits', () => {
    for (const o of [{ major: 1 }, { network: 281 }, { network: 284 }, { network: 0x00300001 }]) {
      const { packets, error } = readAll(Buffer.concat([header(o), record({}, DATA)]));
      expect(packets).to.have.length(0);
      expect(error?.code).to.equal('UNSUPPORTED');
    }
    expect(readAll(Buffer.concat([header({ major: 3 }), record({}, DATA)])).packets).to.have.length(1);
  });

  it('keeps the frame check sequence bits out of the link type', () => {
    const { packets } = readAll(Buffer.concat([header({ network: 0x24000001 }), record({}, DATA)]));
    expect(packets[0]!.linkType).to.equal(1);
  });

  it('bounds the record length: at the limit, above it, and with a longer snap length', () => {
    const file = (snap: number, size: number) =>
      Buffer.concat([header({ snap }), pcapRecord(1, 2, DATA), pcapRecord(1, 2, Buffer.alloc(size))]);
    expect(readAll(file(65535, 262_144)).error).to.equal(null);
    const { packets, error } = readAll(file(65535, 262_145));
    expect(packets).to.have.length(1);
    expect(error).to.include({ code: 'LENGTH', offset: 24 + 26 });
    expect(readAll(file(300_000, 262_145)).error).to.equal(null);
    expect(readAll(file(0xffffffff, 262_145)).error?.code).to.equal('LENGTH');
    expect(readAll(file(65535, 20), [1 << 20], { recordLimit: 19 }).error).to.equal(null);
    expect(readAll(file(10, 20), [1 << 20], { recordLimit: 19 }).error?.code).to.equal('LENGTH');
  });

  it('gives all whole records of a truncated file, then the offset of the cut one', () => {
    const file = Buffer.concat([pcapHeader(1), pcapRecord(1, 2, DATA), pcapRecord(1, 2, DATA)]);
    for (const length of [24 + 26 + 1, 24 + 26 + 16, file.length - 1]) {
      const { packets, error } = readAll(file.subarray(0, length));
      expect(packets).to.have.length(1);
      expect(error).to.include({ code: 'TRUNCATED', offset: 50 });
    }
  });
});
