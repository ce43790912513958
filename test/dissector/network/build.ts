/**
 * Builders of packets for tests: each takes header values and a payload and returns the bytes. Checksums are
 * right for IPv4 headers and zero elsewhere (nothing here checks them).
 */

export interface IpOptions {
  readonly id?: number;
  readonly ttl?: number;
  /** in bytes */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** IPv4 options, padded by the caller to a multiple of 4 */
  readonly options?: Uint8Array;
  /** overrides the total length field */
  readonly totalLength?: number;
}

export interface TcpOptions {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack?: number;
  /** TCP flags byte, see `TCP_FLAGS`; default ACK */
  readonly flags?: number;
  readonly window?: number;
  readonly options?: Uint8Array;
}

export const TCP_FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  QINQ: 0x88a8,
  MPLS: 0x8847,
  PPPOE: 0x8864,
} as const;

export function u16(...values: number[]): Buffer {
  const b = Buffer.alloc(values.length * 2);
  values.forEach((v, i) => {
    b.writeUInt16BE(v & 0xffff, i * 2);
  });
  return b;
}

export function u32(...values: number[]): Buffer {
  const b = Buffer.alloc(values.length * 4);
  values.forEach((v, i) => {
    b.writeUInt32BE(v >>> 0, i * 4);
  });
  return b;
}

/** '10.0.0.1' → 4 bytes. */
export function ipv4Address(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

/** 'fe80::1' → 16 bytes (one '::' at most, no embedded IPv4). */
export function ipv6Address(text: string): Buffer {
  const [head = '', tail] = text.split('::');
  const groups = (s: string) => (s === '' ? [] : s.split(':').map((g) => Number.parseInt(g, 16)));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  return u16(...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back);
}

export function ethernet(
  etherType: number,
  payload: Uint8Array,
  src = '020000000001',
  dst = '020000000002',
): Buffer {
  return Buffer.concat([Buffer.from(dst, 'hex'), Buffer.from(src, 'hex'), u16(etherType), payload]);
}

/** The 4 bytes after an 0x8100 or 0x88a8 ethertype: tag control and inner ethertype. */
export function vlan(id: number, etherType: number, payload: Uint8Array): Buffer {
  return Buffer.concat([u16(id, etherType), payload]);
}

export function ipv4(
  src: string,
  dst: string,
  protocol: number,
  payload: Uint8Array,
  o: IpOptions = {},
): Buffer {
  const options = o.options ?? Buffer.alloc(0);
  const headerLength = 20 + options.length;
  const header = Buffer.concat([
    Buffer.from([0x40 | (headerLength >> 2), 0]),
    u16(
      o.totalLength ?? headerLength + payload.length,
      o.id ?? 1,
      (o.moreFragments ? 0x2000 : 0) | ((o.fragmentOffset ?? 0) >> 3),
    ),
    Buffer.from([o.ttl ?? 64, protocol, 0, 0]),
    ipv4Address(src),
    ipv4Address(dst),
    options,
  ]);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

/** `extensions`: already chained headers; `nextHeader` is then the type of the first of them. */
export function ipv6(
  src: string,
  dst: string,
  nextHeader: number,
  payload: Uint8Array,
  extensions: Uint8Array = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([
    u32(0x60000000),
    u16(extensions.length + payload.length),
    Buffer.from([nextHeader, 64]),
    ipv6Address(src),
    ipv6Address(dst),
    extensions,
    payload,
  ]);
}

/** An IPv6 fragment extension header; `offset` in bytes. */
export function ipv6Fragment(nextHeader: number, offset: number, more: boolean, id: number): Buffer {
  return Buffer.concat([Buffer.from([nextHeader, 0]), u16((offset & 0xfff8) | (more ? 1 : 0)), u32(id)]);
}

export function udp(srcPort: number, dstPort: number, payload: Uint8Array): Buffer {
  return Buffer.concat([u16(srcPort, dstPort, 8 + payload.length, 0), payload]);
}

export function tcp(o: TcpOptions, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const options = o.options ?? Buffer.alloc(0);
  return Buffer.concat([
    u16(o.srcPort, o.dstPort),
    u32(o.seq, o.ack ?? 0),
    Buffer.from([((20 + options.length) >> 2) << 4, o.flags ?? TCP_FLAGS.ACK]),
    u16(o.window ?? 65535, 0, 0),
    options,
    payload,
  ]);
}

/** Ethernet / IPv4 / UDP in one go. */
export function udpPacket(
  src: string,
  srcPort: number,
  dst: string,
  dstPort: number,
  payload: Uint8Array,
): Buffer {
  return ethernet(ETHERTYPE.IPV4, ipv4(src, dst, 17, udp(srcPort, dstPort, payload)));
}

/** Ethernet / IPv4 / TCP in one go. */
export function tcpPacket(src: string, dst: string, o: TcpOptions, payload?: Uint8Array): Buffer {
  return ethernet(ETHERTYPE.IPV4, ipv4(src, dst, 6, tcp(o, payload)));
}

function checksum(b: Buffer): number {
  let sum = 0;
  for (let i = 0; i + 1 < b.length; i += 2) sum += b.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
