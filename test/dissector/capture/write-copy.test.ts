import { expect } from 'chai';
import { CaptureParser } from '../../../dissector/capture/index.ts';
import { CaptureCopy, CopyError, type CopyOptions } from '../../../dissector/capture/write-copy.ts';
import {
  comment,
  decryptionSecrets,
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
  simplePacket,
} from '../../../dissector/capture/write-pcapng.ts';
import { readAll } from './read-all.ts';

/** The capture once more, through a copy. */
function copied(capture: Buffer, options: Partial<CopyOptions> = {}): Buffer {
  const out: Buffer[] = [];
  const copy = new CaptureCopy({
    write: (bytes) => void out.push(Buffer.from(bytes)),
    format: 'pcapng',
    keyLogs: null,
    ...options,
  });
  const parser = new CaptureParser();
  parser.reserve(capture.length).set(capture);
  parser.commit(capture.length);
  parser.end();
  for (let packet = parser.next(); packet !== null; packet = parser.next()) copy.packet(packet, parser);
  copy.end(parser);
  return Buffer.concat(out);
}

const DATA = Buffer.from('hello');
const CAPTURE = Buffer.concat([
  sectionHeader(),
  interfaceDescription(1, 96, [
    [2, Buffer.from('eth0')],
    [3, Buffer.from('the first')],
    [9, Uint8Array.of(6)],
    [11, Buffer.from('\0port 2049')],
    [12, Buffer.from('Linux')],
    [15, Buffer.from('e1000')],
  ]),
  interfaceDescription(101, 0, [[9, Uint8Array.of(0x80 | 20)]]),
  decryptionSecrets(0x544c534b, Buffer.from('CLIENT_RANDOM')),
  simplePacket(DATA),
  enhancedPacket(0, 1_700_000_000, 123_456_000, DATA, 60, [comment('one'), comment('two')], 1_000_000n),
  enhancedPacket(1, 1_700_000_001, 999_999_046, DATA, 5, [], 1n << 20n),
  sectionHeader(),
  interfaceDescription(1, 0, [[2, Buffer.from('eth1')]]),
  enhancedPacket(0, 1_700_000_002, 123_456_789, DATA),
]);

describe('write copy', () => {
  it('keeps packets, comments and times, and the interfaces as they are described', () => {
    const from = readAll(CAPTURE);
    const to = readAll(copied(CAPTURE));
    expect([from.error, to.error]).to.deep.equal([null, null]);
    const plain = (packets: typeof to.packets) => packets.map(({ interfaceId, section, ...rest }) => rest);
    expect(plain(to.packets)).to.deep.equal(plain(from.packets));
    expect(to.packets.map((p) => p.interfaceId)).to.deep.equal([0, 0, 1, 2]);
    // a reader has the interfaces of one section; the copy has one section
    const [first, second, third] = to.parser.interfaces;
    expect(first).to.deep.include({
      linkType: 1,
      snapLength: 96,
      name: 'eth0',
      description: 'the first',
      filter: 'port 2049',
      os: 'Linux',
      hardware: 'e1000',
      unitsPerSecond: 1_000_000n,
    });
    expect(second).to.deep.include({ linkType: 101, name: null, filter: null, unitsPerSecond: 1n << 20n });
    expect(third).to.deep.include({ ...from.parser.interfaces[0], section: 1, id: 2 });
  });

  it('keeps what else is said of packets and interfaces, in whatever byte order', () => {
    const u32 = (value: number) => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value);
    const word = (value: number, width: number) => {
      const bytes = Buffer.alloc(width);
      bytes.writeUInt32BE(value, width - 4);
      return bytes;
    };
    const option = (code: number, value: Buffer) =>
      Buffer.concat([Buffer.of(code >> 8, code, 0, value.length), value, Buffer.alloc(-value.length & 3)]);
    const block = (type: number, ...parts: Buffer[]) => {
      const body = Buffer.concat(parts);
      const length = u32(body.length + 12);
      return Buffer.concat([u32(type), length, body, length]);
    };
    const big = Buffer.concat([
      block(0x0a0d0d0a, u32(0x1a2b3c4d), Buffer.of(0, 1, 0, 0), Buffer.alloc(8, 0xff)),
      block(
        1,
        Buffer.of(0, 1, 0, 0),
        u32(0),
        option(6, Buffer.from('020000000001', 'hex')),
        option(8, word(9, 8)),
      ),
      block(
        6,
        u32(0),
        u32(0),
        u32(7),
        u32(4),
        u32(4),
        Buffer.from('data'),
        option(2, word(0x0102, 4)),
        option(3, Buffer.from('02aabbccdd', 'hex')),
        option(4, word(3, 8)),
        option(7, Buffer.concat([Buffer.of(1), word(5, 8)])),
        option(2989, Buffer.concat([u32(32473), Buffer.from('own')])),
        option(19373, Buffer.concat([u32(32473), Buffer.from('not')])),
      ),
    ]);
    const hex = (options: readonly (readonly [number, Uint8Array])[] = []) =>
      options.map(([code, value]) => `${code} ${Buffer.from(value).toString('hex')}`);
    const parser = new CaptureParser();
    const copy = copied(big);
    parser.reserve(copy.length).set(copy);
    parser.commit(copy.length);
    parser.end();
    expect(hex(parser.next()?.options)).to.deep.equal([
      '2 02010000',
      '3 02aabbccdd',
      '4 0300000000000000',
      '7 010500000000000000',
      '2989 d97e00006f776e',
    ]);
    expect(hex(parser.interfaces[0]?.options)).to.deep.equal(['6 020000000001', '8 0900000000000000']);
  });

  it('embeds secrets only when asked to', () => {
    expect(readAll(copied(CAPTURE)).parser.secrets).to.deep.equal([]);
    const secrets = readAll(copied(CAPTURE, { keyLogs: [Buffer.from('a log')] })).parser.secrets;
    expect(secrets.map(({ data }) => data.toString())).to.deep.equal(['a log', 'CLIENT_RANDOM']);
  });

  it('is a capture without a packet', () => {
    const empty = Buffer.concat([sectionHeader(), interfaceDescription(1, 96, [[2, Buffer.from('eth0')]])]);
    expect(readAll(copied(empty))).to.deep.include({ error: null, packets: [] });
    const pcap = readAll(copied(empty, { format: 'pcap' }));
    expect(pcap.error).to.equal(null);
    expect(pcap.parser.interfaces[0]).to.include({ format: 'pcap', linkType: 1, snapLength: 96 });
  });

  it('writes pcap of one link type, with nanoseconds where there are some', () => {
    const one = Buffer.concat([
      sectionHeader(),
      interfaceDescription(1),
      enhancedPacket(0, 5, 123_456_789, DATA),
    ]);
    const { packets, error } = readAll(copied(one, { format: 'pcap' }));
    expect(error).to.equal(null);
    expect(packets[0]).to.include({ time: '5.123456789', data: DATA.toString('hex') });
    expect(() => copied(CAPTURE, { format: 'pcap' })).to.throw(CopyError, 'link types 1 and 101');
  });
});
