import { expect } from 'chai';
import fc from 'fast-check';
import { Layer } from '../../../dissector/network/index.ts';
import {
  ETHERTYPE,
  ethernet,
  ipv4,
  ipv6,
  ipv6Fragment,
  TCP_FLAGS,
  tcp,
  tcpPacket,
  u16,
  u32,
  udp,
  udpPacket,
  vlan,
} from './build.ts';
import { Feeder, kindsOf, packetOf, payloadOf } from './decode.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const A6 = 'fd00::1';
const B6 = 'fd00::2';
const DATA = Buffer.from('hello');
const UDP4 = ipv4(A, B, 17, udp(700, 111, DATA));
const UDP6 = ipv6(A6, B6, 17, udp(700, 111, DATA));
const { ETHERNET, VLAN, MPLS, SLL, SLL2, NULL, PPP, PPPOE, RAW, LLC, ARP, IPV4, IPV6, UDP, TCP } = Layer;

function decode(bytes: Uint8Array, linkType = 1, cut = bytes.length) {
  return new Feeder().frame(bytes, linkType, cut);
}

describe('network decoder: link layers', () => {
  const sll = (protocol: number) => Buffer.concat([u16(0, 1, 6), Buffer.alloc(8), u16(protocol)]);
  const sll2 = (protocol: number) => Buffer.concat([u16(protocol), Buffer.alloc(18)]);
  const pppoe = (ppp: Buffer) => Buffer.concat([Buffer.of(0x11, 0), u16(1, ppp.length), ppp]);
  const little = (family: number) => Buffer.from(u32(family)).reverse();
  const cases: [string, number, Buffer, number[]][] = [
    ['Ethernet, IPv4', 1, ethernet(ETHERTYPE.IPV4, UDP4), [ETHERNET, IPV4, UDP]],
    ['Ethernet, IPv6', 1, ethernet(ETHERTYPE.IPV6, UDP6), [ETHERNET, IPV6, UDP]],
    ['802.1Q', 1, ethernet(ETHERTYPE.VLAN, vlan(5, ETHERTYPE.IPV4, UDP4)), [ETHERNET, VLAN, IPV4, UDP]],
    [
      'QinQ',
      1,
      ethernet(ETHERTYPE.QINQ, vlan(5, ETHERTYPE.VLAN, vlan(6, ETHERTYPE.IPV6, UDP6))),
      [ETHERNET, VLAN, VLAN, IPV6, UDP],
    ],
    ['old QinQ', 1, ethernet(0x9100, vlan(5, ETHERTYPE.IPV4, UDP4)), [ETHERNET, VLAN, IPV4, UDP]],
    [
      'MPLS, two labels',
      1,
      ethernet(ETHERTYPE.MPLS, Buffer.concat([u32(0x0001_0040, 0x0002_0140), UDP4])),
      [ETHERNET, MPLS, MPLS, IPV4, UDP],
    ],
    [
      'PPPoE',
      1,
      ethernet(ETHERTYPE.PPPOE, pppoe(Buffer.concat([u16(0x21), UDP4]))),
      [ETHERNET, PPPOE, PPP, IPV4, UDP],
    ],
    [
      '802.3 with SNAP',
      1,
      ethernet(
        8 + UDP4.length,
        Buffer.concat([Buffer.from('aaaa030000000800', 'hex'), UDP4, Buffer.alloc(9)]),
      ),
      [ETHERNET, LLC, IPV4, UDP],
    ],
    [
      '802.3 with LLC',
      1,
      ethernet(3 + UDP4.length, Buffer.concat([Buffer.from('060603', 'hex'), UDP4])),
      [ETHERNET, LLC, IPV4, UDP],
    ],
    ['Linux cooked', 113, Buffer.concat([sll(0x0800), UDP4]), [SLL, IPV4, UDP]],
    ['Linux cooked 2', 276, Buffer.concat([sll2(0x86dd), UDP6]), [SLL2, IPV6, UDP]],
    ['loopback, little-endian', 0, Buffer.concat([little(2), UDP4]), [NULL, IPV4, UDP]],
    ['loopback, big-endian', 0, Buffer.concat([u32(30), UDP6]), [NULL, IPV6, UDP]],
    ['OpenBSD loopback', 108, Buffer.concat([u32(2), UDP4]), [NULL, IPV4, UDP]],
    ['PPP in HDLC framing', 9, Buffer.concat([u16(0xff03, 0x0021), UDP4]), [PPP, IPV4, UDP]],
    ['PPP behind a direction', 204, Buffer.concat([Buffer.of(1, 0xff, 3, 0, 0x21), UDP4]), [PPP, IPV4, UDP]],
    ['compressed PPP behind a direction', 204, Buffer.concat([Buffer.of(0, 0x57), UDP6]), [PPP, IPV6, UDP]],
    ['PPP with a compressed protocol', 9, Buffer.concat([Buffer.of(0x57), UDP6]), [PPP, IPV6, UDP]],
    ...[12, 14, 101, 228].map((link): [string, number, Buffer, number[]] => [
      `raw ${link}`,
      link,
      UDP4,
      [RAW, IPV4, UDP],
    ]),
    ...[101, 229].map((link): [string, number, Buffer, number[]] => [
      `raw ${link}`,
      link,
      UDP6,
      [RAW, IPV6, UDP],
    ]),
    ['IPv4 in IPv4', 101, ipv4(B, A, 4, UDP4), [RAW, IPV4, IPV4, UDP]],
    ['IPv6 in IPv4', 101, ipv4(B, A, 41, UDP6), [RAW, IPV4, IPV6, UDP]],
  ];
  for (const [name, linkType, bytes, kinds] of cases) {
    it(`decodes ${name}`, () => {
      const f = decode(bytes, linkType);
      expect(f.malformed).to.equal(null);
      expect(kindsOf(f)).to.deep.equal(kinds);
      expect(payloadOf(f)).to.equal('hello');
      expect(f).to.include({
        transport: 17,
        srcPort: 700,
        dstPort: 111,
        wireLen: 5,
        transportLayer: kinds.length - 1,
      });
      expect(f.ipLayer).to.equal(kinds.length - 2);
    });

    it(`never reads beyond the captured bytes of ${name}`, () => {
      for (let cut = 0; cut < bytes.length; cut++) {
        const f = decode(bytes, linkType, cut);
        for (const layer of f.layers.slice(0, f.layerCount)) {
          expect(layer.off).to.be.at.most(layer.payload);
          expect(layer.payload).to.be.at.most(layer.end);
          expect(layer.end).to.be.at.most(3 + cut);
        }
        expect(f.payloadOff + f.payloadLen).to.be.at.most(3 + Math.max(cut, 0));
        expect(f.payloadLen).to.be.at.least(0);
        if (f.transport !== 0) expect(f.wireLen).to.equal(5);
      }
    });
  }

  it('leaves other link types, ethertypes and protocols as data', () => {
    expect(kindsOf(decode(UDP4, 147))).to.deep.equal([Layer.DATA]);
    expect(kindsOf(decode(UDP4, -1))).to.deep.equal([Layer.DATA]);
    expect(kindsOf(decode(ethernet(0x1234, DATA)))).to.deep.equal([ETHERNET, Layer.DATA]);
    expect(kindsOf(decode(ethernet(ETHERTYPE.ARP, Buffer.alloc(28))))).to.deep.equal([ETHERNET, ARP]);
    expect(kindsOf(decode(ipv4(A, B, 50, DATA), 101))).to.deep.equal([RAW, IPV4, Layer.DATA]);
    for (const [protocol, kind] of [
      [1, Layer.ICMP],
      [58, Layer.ICMPV6],
      [132, Layer.SCTP],
    ] as const) {
      expect(kindsOf(decode(ipv4(A, B, protocol, DATA), 101))).to.deep.equal([RAW, IPV4, kind]);
    }
  });

  it('bounds the depth of headers', () => {
    let bytes = UDP4;
    for (let i = 0; i < 1000; i++) bytes = ipv4(A, B, 4, bytes);
    const f = decode(bytes, 101);
    expect(f.layerCount).to.be.at.most(f.layers.length);
    expect(kindsOf(f).at(-1)).to.equal(Layer.DATA);
  });
});

describe('network decoder: IP', () => {
  it('trims what Ethernet padded', () => {
    const f = decode(Buffer.concat([ethernet(ETHERTYPE.IPV4, UDP4), Buffer.alloc(20, 0xff)]));
    expect(payloadOf(f)).to.equal('hello');
    expect(f.layers[1]!.end).to.equal(3 + 14 + UDP4.length);
  });

  it('takes the length from the packet where segmentation offload left 0', () => {
    const segment = tcp({ srcPort: 1, dstPort: 2, seq: 9 }, DATA);
    const f = decode(ethernet(ETHERTYPE.IPV4, ipv4(A, B, 6, segment, { totalLength: 0 })));
    expect(f).to.include({ transport: 6, payloadLen: 5, wireLen: 5, malformed: null });
  });

  it('steps over IPv4 options', () => {
    const f = decode(ipv4(A, B, 17, udp(1, 2, DATA), { options: Buffer.alloc(8, 1) }), 101);
    expect(payloadOf(f)).to.equal('hello');
    expect(f.layers[1]!.payload - f.layers[1]!.off).to.equal(28);
  });

  it('steps over IPv6 extension headers', () => {
    const extensions = Buffer.concat([
      Buffer.of(43, 0, 1, 4, 0, 0, 0, 0), // hop-by-hop options, then routing
      Buffer.of(60, 1), // routing of 16 bytes, then destination options
      Buffer.alloc(14),
      Buffer.of(51, 0, 1, 4, 0, 0, 0, 0), // destination options, then AH
      Buffer.of(17, 4), // AH of 24 bytes, then UDP
      Buffer.alloc(22),
    ]);
    const f = decode(ipv6(A6, B6, 0, udp(1, 2, DATA), extensions), 101);
    const { IPV6_HOPOPTS, IPV6_ROUTING, IPV6_DSTOPTS, AH } = Layer;
    expect(kindsOf(f)).to.deep.equal([RAW, IPV6, IPV6_HOPOPTS, IPV6_ROUTING, IPV6_DSTOPTS, AH, UDP]);
    expect(payloadOf(f)).to.equal('hello');
  });

  it('says why a header cannot be right', () => {
    const shortHeader = Buffer.from(UDP4);
    shortHeader[0] = 0x44;
    expect(decode(shortHeader, 101).malformed).to.equal('bad IPv4 length');
    const version = Buffer.from(UDP4);
    version[0] = 0x55;
    expect(decode(version, 101).malformed).to.equal('IP version 5');
    expect(decode(ipv4(A, B, 17, udp(1, 2, DATA), { totalLength: 19 }), 101).malformed).to.equal(
      'bad IPv4 length',
    );
  });

  const whole = udp(700, 111, Buffer.from('0123456789abcdefghijklmn'));
  const part = (from: number, to: number) =>
    ethernet(
      ETHERTYPE.IPV4,
      ipv4(A, B, 17, whole.subarray(from, to), {
        id: 7,
        fragmentOffset: from,
        moreFragments: to < whole.length,
      }),
    );
  const part6 = (from: number, to: number) =>
    ethernet(
      ETHERTYPE.IPV6,
      ipv6(A6, B6, 44, whole.subarray(from, to), ipv6Fragment(17, from, to < whole.length, 7)),
    );
  for (const [name, cut] of [
    ['IPv4', part],
    ['IPv6', part6],
  ] as const) {
    it(`puts ${name} fragments together in the frame that completes them`, () => {
      const feeder = new Feeder();
      for (const bytes of [cut(16, 24), cut(0, 8), cut(0, 8)]) {
        const f = feeder.frame(bytes);
        expect(f).to.include({ fragment: true, transport: 0, fragmentFrames: null });
        expect(kindsOf(f).at(-1)).to.equal(Layer.DATA);
      }
      feeder.frame(cut(8, 16));
      const f = feeder.frame(cut(24, 32));
      expect(f).to.include({ fragment: false, transport: 17, srcPort: 700, wireLen: 24 });
      expect(f.fragmentFrames).to.deep.equal([1, 2, 3, 4, 5]);
      expect(payloadOf(f)).to.equal('0123456789abcdefghijklmn');
      expect(f.layers[f.transportLayer]).to.include({ reassembled: true, off: 0 });
      expect(f.layers[f.ipLayer]!.reassembled).to.equal(false);
      expect(f.flow).to.include({ aPort: 700, index: 0 });
    });

    it(`shows the header in the first ${name} fragment when it is told not to put them together`, () => {
      const feeder = new Feeder({ defragment: false });
      expect(feeder.frame(cut(0, 16))).to.include({ fragment: true, transport: 17, payloadLen: 8 });
      expect(feeder.frame(cut(16, 32))).to.include({ fragment: true, transport: 0 });
    });
  }

  it('does not put together what the snap length cut', () => {
    const feeder = new Feeder();
    const first = part(0, 16);
    expect(feeder.frame(first, 1, first.length - 2)).to.include({
      fragment: true,
      transport: 17,
      wireLen: 8,
      payloadLen: 6,
    });
    expect(feeder.frame(part(16, 32))).to.include({ fragment: true, transport: 0 });
  });

  it('takes an IPv6 fragment header on an unfragmented packet for what it is', () => {
    const f = decode(ipv6(A6, B6, 44, udp(1, 2, DATA), ipv6Fragment(17, 0, false, 7)), 101);
    expect(f).to.include({ transport: 17, fragment: false });
    expect(kindsOf(f)).to.deep.equal([RAW, IPV6, Layer.IPV6_FRAGMENT, UDP]);
  });

  it('says that a fragment reaches beyond 65,535 bytes', () => {
    const f = decode(ipv4(A, B, 17, Buffer.alloc(64), { fragmentOffset: 65_528 }), 101);
    expect(f.malformed).to.contain('65,535');
  });

  it('counts datagrams that had to go', () => {
    const feeder = new Feeder({ maxFragmentBytes: 1000 });
    for (let id = 0; id < 20; id++)
      feeder.frame(ipv4(A, B, 17, DATA.subarray(0, 0), { id, moreFragments: true }), 101);
    expect(feeder.decoder.counts.datagramsDropped).to.be.above(5);
  });
});

describe('network decoder: transport', () => {
  it('reads the TCP header, and steps over its options', () => {
    const o = { srcPort: 1, dstPort: 2, seq: 0xfffffff0, ack: 0x80000001, flags: 0x18, window: 4096 };
    const f = decode(tcpPacket(A, B, { ...o, options: Buffer.alloc(12, 1) }, DATA));
    expect(kindsOf(f)).to.deep.equal([ETHERNET, IPV4, TCP]);
    expect(f).to.include({
      seq: 0xfffffff0,
      ack: 0x80000001,
      tcpFlags: 0x18,
      window: 4096,
      transport: 6,
      malformed: null,
    });
    expect(payloadOf(f)).to.equal('hello');
  });

  it('tells what the snap length left of a segment', () => {
    const bytes = tcpPacket(A, B, { srcPort: 1, dstPort: 2, seq: 5, options: Buffer.alloc(12, 1) }, DATA);
    expect(decode(bytes, 1, bytes.length - 2)).to.include({ payloadLen: 3, wireLen: 5, malformed: null });
    expect(decode(bytes, 1, 60), 'within the options').to.include({
      transport: 6,
      seq: 5,
      payloadLen: 0,
      wireLen: 5,
    });
    expect(decode(bytes, 1, 60).malformed).to.contain('snap length');
    expect(decode(bytes, 1, 50), 'within the header').to.include({ transport: 0, flow: null });
  });

  it('shows a TCP header length that cannot be', () => {
    for (const words of [4, 15]) {
      const bytes = tcpPacket(A, B, { srcPort: 1, dstPort: 2, seq: 5 }, DATA);
      bytes[14 + 20 + 12] = words << 4;
      expect(decode(bytes)).to.include({ malformed: 'bad TCP header length', payloadLen: 0, wireLen: 0 });
    }
  });

  it('ends a UDP payload where its length says, but not beyond the packet', () => {
    const lengths: [number, number, string | null][] = [
      [13, 5, null],
      [10, 2, null],
      [8, 0, null],
      [14, 5, 'bad UDP length'],
    ];
    for (const [length, payloadLen, malformed] of lengths) {
      const bytes = udpPacket(A, 1, B, 2, DATA);
      bytes.writeUInt16BE(length, 14 + 20 + 4);
      expect(decode(bytes)).to.include({ payloadLen, malformed, transport: 17 });
    }
    const bytes = udpPacket(A, 1, B, 2, DATA);
    bytes.writeUInt16BE(7, 14 + 20 + 4);
    expect(decode(bytes)).to.include({ malformed: 'bad UDP length', transport: 0, flow: null });
  });

  it('numbers the flows of each protocol, and tells the direction', () => {
    const feeder = new Feeder();
    const there = feeder.frame(udpPacket(A, 700, B, 111, DATA));
    expect(there.dir).to.equal(0);
    const { flow } = there;
    expect(flow).to.include({ index: 0, aAddr: A, aPort: 700, bAddr: B, bPort: 111, firstFrame: 1 });
    const back = feeder.frame(udpPacket(B, 111, A, 700, DATA));
    expect(back).to.include({ dir: 1, flow });
    expect(feeder.frame(udpPacket(A, 701, B, 111, DATA)).flow!.index).to.equal(1);
    expect(feeder.frame(tcpPacket(A, B, { srcPort: 1, dstPort: 2, seq: 5 })).flow!.index).to.equal(0);
    expect(feeder.frame(ipv6(A6, B6, 17, udp(700, 111, DATA)), 101).flow).to.include({ index: 2, aAddr: A6 });
  });

  it('begins a new flow when the ports are used again, and tells that the old one is over', () => {
    const ended: [number, string][] = [];
    const feeder = new Feeder({ maxFlows: 2, onFlowEnd: (flow, reason) => ended.push([flow.index, reason]) });
    const syn = (port: number, seq: number) =>
      feeder.frame(tcpPacket(A, B, { srcPort: port, dstPort: 2049, seq, flags: TCP_FLAGS.SYN })).flow!.index;
    expect([syn(1, 100), syn(1, 100), syn(1, 900), syn(2, 1), syn(3, 1)]).to.deep.equal([0, 0, 1, 2, 3]);
    expect(ended).to.deep.equal([
      [0, 'replaced'],
      [1, 'evicted'],
    ]);
    expect(feeder.decoder.counts.flowsEvicted).to.equal(1);
  });

  it('decodes any bytes of any link type without throwing', () => {
    const linkType = fc.constantFrom(0, 1, 9, 51, 101, 108, 113, 276, 999);
    const good = [
      UDP4,
      UDP6,
      ethernet(ETHERTYPE.IPV4, UDP4),
      tcpPacket(A, B, { srcPort: 1, dstPort: 2, seq: 5 }, DATA),
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc
        .tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
        .map(([b, changes]) => {
          const copy = Buffer.from(b);
          for (const [at, value] of changes) copy[at % copy.length] = value;
          return copy;
        }),
    );
    const feeder = new Feeder();
    fc.assert(
      fc.property(bytes, linkType, fc.nat(120), (b, link, cut) => {
        const f = feeder.decoder.decode(packetOf(b, 1, link, cut));
        expect(f.payloadLen).to.be.at.least(0);
        expect(f.wireLen).to.be.at.least(f.payloadLen);
        expect(f.payloadOff + f.payloadLen).to.be.at.most(f.tbuf.length);
        for (const layer of f.layers.slice(0, f.layerCount)) {
          expect(layer.off).to.be.at.most(layer.payload);
          expect(layer.payload).to.be.at.most(layer.end);
          expect(layer.end).to.be.at.most(layer.reassembled ? layer.buf.length : 3 + Math.min(cut, b.length));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('network decoder: what ICMP errors quote', () => {
  const error = (quoted: Uint8Array, type = 3) =>
    ethernet(ETHERTYPE.IPV4, ipv4(B, A, 1, Buffer.concat([Buffer.of(type, 3), Buffer.alloc(6), quoted])));

  it("shows a quoted UDP datagram, beside the error's own addresses", () => {
    const f = decode(error(UDP4));
    expect(kindsOf(f)).to.deep.equal([ETHERNET, IPV4, Layer.ICMP, IPV4, UDP]);
    expect([f.ipLayer, f.quoteLayer, f.transport, f.srcPort, f.dstPort]).to.deep.equal([1, 2, 17, 700, 111]);
    expect(payloadOf(f)).to.equal('hello');
  });

  it('knows how long a cut datagram was', () => {
    const f = decode(error(UDP4.subarray(0, UDP4.length - 2)));
    expect([f.payloadLen, f.wireLen, f.malformed]).to.deep.equal([3, 5, null]);
  });

  it('keeps quoted segments out of their streams, and quotes within quotes', () => {
    const segment = ipv4(A, B, 6, tcp({ srcPort: 1, dstPort: 2, seq: 0, flags: 2 }));
    expect(decode(error(segment))).to.deep.include({ transport: 0, flow: null, malformed: null });
    const twice = ipv4(A, B, 1, Buffer.concat([Buffer.of(3, 3), Buffer.alloc(6), UDP4]));
    expect(kindsOf(decode(error(twice)))).to.deep.equal([ETHERNET, IPV4, Layer.ICMP, IPV4, Layer.ICMP]);
  });

  it('does not put quoted fragments together', () => {
    const piece = ipv4(A, B, 17, Buffer.alloc(16), { id: 1, moreFragments: true });
    const f = decode(error(piece));
    expect([f.fragment, f.quoteLayer, f.malformed]).to.deep.equal([false, 2, null]);
  });

  it('leaves messages that are no errors alone', () => {
    expect(kindsOf(decode(error(UDP4, 8)))).to.deep.equal([ETHERNET, IPV4, Layer.ICMP]);
    expect(decode(error(Buffer.alloc(0))).quoteLayer).to.equal(-1);
  });
});
