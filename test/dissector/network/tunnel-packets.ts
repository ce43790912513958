/**
 * Packets in packets: a portmapper call in every tunnel that the network layers know, with each optional part of its
 * header. Written from the RFCs, so that tshark and we can both be asked about them.
 */
import { ETHERTYPE, ethernet, ipv4, ipv6, tcp, u16, u32, udp, vlan } from './build.ts';

const ERSPAN_II = 0x88be;
const ERSPAN_III = 0x22eb;
const TRANSPARENT_ETHERNET = 0x6558;
const PPP = 0x880b;
const GRE = 47;

/** A NULL call of portmapper version 2. */
export const rpcCall = (xid: number): Buffer => u32(xid, 0, 2, 100000, 2, 0, 0, 0, 0, 0);

/** What stands in every tunnel: from 10.0.0.1 to the portmapper of 10.0.0.2. */
export const inner = (xid: number): Buffer => ipv4('10.0.0.1', '10.0.0.2', 17, udp(900, 111, rpcCall(xid)));
export const innerFrame = (packet: Buffer, type: number = ETHERTYPE.IPV4): Buffer =>
  ethernet(type, packet, '020000000a01', '020000000a02');
const inner6 = (xid: number): Buffer => ipv6('fd00::1', 'fd00::2', 17, udp(900, 111, rpcCall(xid)));

/** Around the tunnel: from 192.0.2.1 to 192.0.2.2. */
export const outer = (protocol: number, payload: Buffer): Buffer =>
  ethernet(ETHERTYPE.IPV4, ipv4('192.0.2.1', '192.0.2.2', protocol, payload));

export const vxlan = (packet: Buffer, flags = 0x0800, policy = 0, port = 4789): Buffer =>
  outer(17, udp(40000, port, Buffer.concat([u16(flags, policy), u32(42 << 8), packet])));

export function geneve(
  packet: Buffer,
  type = TRANSPARENT_ETHERNET,
  options: Buffer = Buffer.alloc(0),
  flags = 0,
  port = 6081,
): Buffer {
  const header = Buffer.concat([Buffer.of(options.length / 4, flags), u16(type), u32(7 << 8), options]);
  return outer(17, udp(40000, port, Buffer.concat([header, packet])));
}

/** `words`: what the flags announce, in order. */
export const gre = (type: number, flags: number, words: readonly number[], packet: Buffer): Buffer =>
  outer(GRE, Buffer.concat([u16(flags, type), u32(...words), packet]));

const mirroredTwo = (packet: Buffer): Buffer => Buffer.concat([u16(0x100a, 0x5803), u32(99), packet]);

/** `platform` absent: without the optional sub-header. */
function mirroredThree(packet: Buffer, platform?: number): Buffer {
  const last = 0x8098 | (platform === undefined ? 0 : ((platform & 3) << 1) | 1);
  const sub = platform === undefined ? [] : [(platform << 26) | 0x02345678, 0x11223344];
  return Buffer.concat([u16(0x200b, 0x2804), u32(123456), u16(7, last), u32(...sub), packet]);
}

const frame = (xid: number): Buffer => innerFrame(inner(xid));
const segment = (xid: number): Buffer =>
  tcp({ srcPort: 900, dstPort: 111, seq: 100, ack: 1 }, Buffer.concat([u32(0x8000_0000 + 40), rpcCall(xid)]));

/** One call in each; what tshark shows the same. */
export const TUNNELS: readonly Buffer[] = [
  vxlan(frame(1)),
  vxlan(innerFrame(vlan(5, ETHERTYPE.IPV6, inner6(2)), ETHERTYPE.VLAN), 0x8848, 77),
  vxlan(innerFrame(ipv4('10.0.0.1', '10.0.0.2', 6, segment(3)))),
  geneve(frame(4)),
  geneve(
    frame(5),
    TRANSPARENT_ETHERNET,
    Buffer.concat([u32(0x0103_8001, 0xdead_beef), u32(0x0104_0100)]),
    0x40,
  ),
  geneve(inner(6), ETHERTYPE.IPV4),
  geneve(inner6(7), ETHERTYPE.IPV6, Buffer.alloc(0), 0x80),
  geneve(frame(8), TRANSPARENT_ETHERNET, u32(0x0103_8009, 0xdead_beef)),
  gre(ETHERTYPE.IPV4, 0, [], inner(9)),
  gre(ETHERTYPE.IPV6, 0x2000, [5], inner6(10)),
  gre(TRANSPARENT_ETHERNET, 0x3000, [7, 8], frame(11)),
  gre(ETHERTYPE.IPV4, 0xb000, [0x1234_0000, 7, 8], inner(12)),
  gre(ETHERTYPE.IPV4, 0x4000, [0, 0x0002_0004, 0x0102_0304, 0], inner(13)),
  gre(PPP, 0x3081, [(72 << 16) | 9, 1, 3], Buffer.concat([u32(0xff03_0021), inner(14)])),
  gre(ERSPAN_II, 0, [], frame(15)),
  gre(ERSPAN_II, 0x1000, [9], mirroredTwo(frame(16))),
  gre(ERSPAN_III, 0x1000, [10], mirroredThree(frame(17))),
  ...[0, 1, 3, 4, 5, 6, 7].map((platform, i) =>
    gre(ERSPAN_III, 0x1000, [11], mirroredThree(frame(18 + i), platform)),
  ),
  outer(4, inner(25)),
  outer(41, inner6(26)),
  ethernet(ETHERTYPE.IPV6, ipv6('2001:db8::1', '2001:db8::2', 4, inner(27))),
  ethernet(ETHERTYPE.IPV6, ipv6('2001:db8::1', '2001:db8::2', 41, inner6(28))),
  ethernet(
    ETHERTYPE.IPV6,
    ipv6('2001:db8::1', '2001:db8::2', GRE, Buffer.concat([u16(0, 0x800), inner(29)])),
  ),
];
