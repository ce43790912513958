import { expect } from 'chai';
import {
  comment,
  decryptionSecrets,
  enhancedPacket,
  interfaceDescription,
  pcapngBlock,
  sectionHeader,
} from '../../../dissector/capture/write-pcapng.ts';
import { readAll } from './read-all.ts';

const DATA = Buffer.from('0123456789');
const ETHERNET = 1;
const FRONT = [sectionHeader(), interfaceDescription(ETHERNET)];
const PACKET = enhancedPacket(0, 5, 6, DATA);

function read(...blocks: Buffer[]) {
  return readAll(Buffer.concat(blocks));
}

/** Little-endian 32-bit words, then bytes. */
function body(words: number[], rest: Uint8Array = Buffer.alloc(0)): Buffer {
  const b = Buffer.alloc(words.length * 4);
  words.forEach((w, i) => {
    b.writeUInt32LE(w >>> 0, i * 4);
  });
  return Buffer.concat([b, rest]);
}

/** A block whose two lengths say something else than the truth. */
function lying(type: number, content: Uint8Array, first: number, second = first): Buffer {
  const b = pcapngBlock(type, content);
  b.writeUInt32LE(first >>> 0, 4);
  b.writeUInt32LE(second >>> 0, b.length - 4);
  return b;
}

describe('read pcapng', () => {
  it('reads a big-endian section after a little-endian one, with interfaces of its own', () => {
    const swap = (hex: string) => Buffer.from(hex.replace(/[ \n]/g, ''), 'hex');
    const big = swap(`
      0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
      00000001 00000014 0065 0000 00000000 00000014
      00000006 00000024 00000000 00000000 000f4241 00000002 00000009 abcd0000 00000024`);
    const { packets, error, parser } = read(...FRONT, PACKET, big);
    expect(error).to.equal(null);
    expect(packets).to.have.length(2);
    expect(packets[0]).to.include({ section: 1, linkType: 1, time: '5.000000006' });
    expect(packets[1]).to.include({
      section: 2,
      linkType: 101,
      time: '1.000001000',
      caplen: 2,
      len: 9,
      data: 'abcd',
    });
    expect(parser.interfaces).to.have.length(1);
  });

  it('reads simple packets by the snap length of the first interface, without a time', () => {
    const simple = pcapngBlock(3, body([40], DATA.subarray(0, 8)));
    const { packets, error } = read(sectionHeader(), interfaceDescription(ETHERNET, 8), simple);
    expect(error).to.equal(null);
    expect(packets[0]).to.include({ caplen: 8, len: 40, time: null });
    expect(read(sectionHeader(), simple).error?.code).to.equal('CORRUPT');
    expect(read(...FRONT, simple).error?.code, 'more bytes than the block has').to.equal('CORRUPT');
  });

  it('reads the old packet block, whose interface number is 16 bits', () => {
    const old = pcapngBlock(2, body([0x0007_0000, 0, 1_000_000_001, 10, 11], DATA));
    expect(read(...FRONT, old).packets[0]).to.include({ time: '1.000000001', caplen: 10, len: 11 });
  });

  it('steps over names, statistics and blocks it does not know', () => {
    const names = pcapngBlock(
      4,
      Buffer.from('01000700 0a000001 6100 00 00 00000000'.replace(/ /g, ''), 'hex'),
    );
    const statistics = pcapngBlock(5, body([9, 0, 0]));
    const unknown = pcapngBlock(0x7777, Buffer.alloc(100_000));
    const empty = pcapngBlock(0x7777, Buffer.alloc(0));
    const { packets, error } = read(...FRONT, names, statistics, unknown, empty, PACKET);
    expect(error).to.equal(null);
    expect(packets).to.have.length(1);
  });

  it('steps over a block longer than the buffer without holding it', () => {
    const file = Buffer.concat([...FRONT, pcapngBlock(0x7777, Buffer.alloc(20 << 20)), PACKET]);
    const { packets, error, parser } = readAll(file, [100_000]);
    expect(error).to.equal(null);
    expect(packets).to.have.length(1);
    expect(parser.reserve(1).length).to.be.below(2 << 20);
    const cut = readAll(file.subarray(0, file.length - PACKET.length - 8), [100_000]);
    expect(cut.error?.code).to.equal('TRUNCATED');
    file.writeUInt32LE(5, file.length - PACKET.length - 4);
    expect(readAll(file, [100_000]).error?.code).to.equal('CORRUPT');
  });

  it('counts custom and journal blocks as frames that are no packets', () => {
    const custom = pcapngBlock(0x0bad, body([32473], DATA));
    const noCopy = pcapngBlock(0x40000bad, body([32473]));
    const entry = Buffer.from('__CURSOR=a\n__REALTIME_TIMESTAMP=1700000000123456\nMESSAGE=hi\n');
    const { packets, error } = read(...FRONT, custom, noCopy, pcapngBlock(9, entry), PACKET);
    expect(error).to.equal(null);
    expect(packets.map((p) => [p.linkType, p.caplen, p.time])).to.deep.equal([
      [-1, 12, null],
      [-1, 0, null],
      [-1, entry.length, '1700000000.123456000'],
      [1, 10, '5.000000006'],
    ]);
  });

  it('keeps secrets, and refuses ones that do not fit their block', () => {
    const keys = decryptionSecrets(0x544c534b, Buffer.from('abcde'));
    const { parser } = read(...FRONT, keys, PACKET);
    expect(parser.secrets).to.have.length(1);
    expect(parser.secrets[0]).to.include({ type: 0x544c534b, section: 1 });
    const bad = pcapngBlock(10, body([0x544c534b, 100], DATA));
    expect(read(...FRONT, bad).error?.code).to.equal('CORRUPT');
  });

  it('keeps what an interface says of itself', () => {
    const speaking = interfaceDescription(113, 96, [
      [2, Buffer.from('eth0')],
      [3, Buffer.from('the uplink')],
      [11, Buffer.from('\0port 2049')],
      [12, Buffer.from('Linux')],
      [15, Buffer.from('virtio')],
    ]);
    const { parser } = read(sectionHeader(), interfaceDescription(1), speaking);
    expect(parser.interfaces[1]).to.deep.include({
      id: 1,
      section: 1,
      linkType: 113,
      snapLength: 96,
      name: 'eth0',
      description: 'the uplink',
      filter: 'port 2049',
      os: 'Linux',
      hardware: 'virtio',
      unitsPerSecond: 1_000_000_000n,
    });
  });

  it('ends the options at their end mark, and needs none', () => {
    const withJunk = enhancedPacket(0, 1, 2, DATA, 10, [comment('hi'), [0, Buffer.alloc(0)]]);
    expect(read(...FRONT, withJunk).packets[0]!.comments).to.deep.equal(['hi']);
    const noEnd = pcapngBlock(
      6,
      body([0, 0, 0, 0, 0], Buffer.from('01000200 68690000'.replace(' ', ''), 'hex')),
    );
    expect(read(...FRONT, noEnd).packets[0]!.comments).to.deep.equal(['hi']);
  });

  const refused: [string, Buffer[], string, number][] = [
    ['a section of version 1.1', [...FRONT, PACKET, lyingVersion(1, 1)], 'UNSUPPORTED', 1],
    ['a section of version 2.0', [...FRONT, PACKET, lyingVersion(2, 0)], 'UNSUPPORTED', 1],
    [
      'a second section without byte order',
      [...FRONT, PACKET, pcapngBlock(0x0a0d0d0a, body([1, 1, 0, 0]))],
      'CORRUPT',
      1,
    ],
    ['a first section without byte order', [pcapngBlock(0x0a0d0d0a, body([1, 1, 0, 0]))], 'FORMAT', 0],
    ['a section header of 24 bytes', [lying(0x0a0d0d0a, body([0x1a2b3c4d, 1, 0, 0]), 24)], 'LENGTH', 0],
    ['an interface of 16 bytes', [sectionHeader(), pcapngBlock(1, body([1]))], 'LENGTH', 0],
    ['an interface beyond the known ones', [...FRONT, PACKET, enhancedPacket(1, 0, 0, DATA)], 'CORRUPT', 1],
    ['a packet block of 28 bytes', [...FRONT, PACKET, pcapngBlock(6, body([0, 0, 0, 0]))], 'LENGTH', 1],
    [
      'more bytes than the block has',
      [...FRONT, PACKET, pcapngBlock(6, body([0, 0, 0, 99, 99], DATA))],
      'CORRUPT',
      1,
    ],
    [
      'more bytes than the limit',
      [...FRONT, PACKET, enhancedPacket(0, 0, 0, Buffer.alloc(262_145))],
      'LENGTH',
      1,
    ],
    ['block length 0', [...FRONT, PACKET, lying(0x7777, DATA, 0)], 'LENGTH', 1],
    ['block length 8', [...FRONT, PACKET, lying(0x7777, DATA, 8)], 'LENGTH', 1],
    ['an absurd block length', [...FRONT, PACKET, lying(0x7777, DATA, 0xfffffff0)], 'LENGTH', 1],
    ['a packet block of 17 MB', [...FRONT, PACKET, lying(6, DATA, 17 << 20)], 'LENGTH', 1],
    ['two lengths that differ', [...FRONT, PACKET, lying(0x7777, DATA, 24, 28)], 'CORRUPT', 1],
    ['a name record that does not fit', [...FRONT, pcapngBlock(4, body([0x0190_0001]))], 'CORRUPT', 0],
    ['a custom block of 12 bytes', [...FRONT, pcapngBlock(0x0bad, Buffer.alloc(0))], 'LENGTH', 0],
    ['a journal block that is too short', [...FRONT, pcapngBlock(9, Buffer.from('abc'))], 'LENGTH', 0],
    [
      'statistics with an option that does not fit',
      [...FRONT, pcapngBlock(5, body([0, 0, 0, 0x0190_0004]))],
      'CORRUPT',
      0,
    ],
    [
      'an end mark that claims a length',
      [...FRONT, pcapngBlock(5, body([0, 0, 0, 0x0190_0000]))],
      'CORRUPT',
      0,
    ],
    ['statistics that are too short', [...FRONT, pcapngBlock(5, body([0, 0]))], 'LENGTH', 0],
    [
      'an option longer than its block',
      [...FRONT, pcapngBlock(6, body([0, 0, 0, 0, 0, 0x01f4_0001]))],
      'CORRUPT',
      0,
    ],
    [
      'packet flags of 3 bytes',
      [...FRONT, enhancedPacket(0, 0, 0, DATA, 10, [[2, DATA.subarray(0, 3)]])],
      'CORRUPT',
      0,
    ],
    [
      'an empty verdict',
      [...FRONT, enhancedPacket(0, 0, 0, DATA, 10, [[7, DATA.subarray(0, 0)]])],
      'CORRUPT',
      0,
    ],
    [
      'a custom option of 2 bytes',
      [...FRONT, enhancedPacket(0, 0, 0, DATA, 10, [[2988, DATA.subarray(0, 2)]])],
      'CORRUPT',
      0,
    ],
    [
      'an empty capture filter',
      [sectionHeader(), interfaceDescription(1, 0, [[11, Buffer.alloc(0)]])],
      'CORRUPT',
      0,
    ],
  ];
  for (const [name, blocks, code, packets] of refused) {
    it(`refuses ${name}`, () => {
      const { error, packets: seen } = read(...blocks, PACKET);
      expect(error?.code).to.equal(code);
      expect(error?.offset).to.equal(Buffer.concat(blocks.slice(0, -1)).length);
      expect(seen).to.have.length(packets);
    });
  }

  it('accepts a block length that leaves the padding out', () => {
    const odd = pcapngBlock(6, body([0, 0, 0, 9, 9], DATA.subarray(0, 9)));
    odd.writeUInt32LE(odd.length - 3, 4);
    odd.writeUInt32LE(odd.length - 3, odd.length - 4);
    const { packets, error } = read(...FRONT, odd, PACKET);
    expect(error).to.equal(null);
    expect(packets.map((p) => p.caplen)).to.deep.equal([9, 10]);
  });

  it('bounds the interfaces of a section', function () {
    this.timeout(60_000);
    const many = Buffer.concat(new Array<Buffer>(65_537).fill(pcapngBlock(1, body([1, 0]))));
    const { error, parser } = read(sectionHeader(), many);
    expect(error?.code).to.equal('LENGTH');
    expect(parser.interfaces).to.have.length(65_536);
  });
});

function lyingVersion(major: number, minor: number): Buffer {
  const b = sectionHeader();
  b.writeUInt16LE(major, 12);
  b.writeUInt16LE(minor, 14);
  return b;
}
