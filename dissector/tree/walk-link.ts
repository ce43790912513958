/**
 * The smaller link layers: Linux cooked captures 1 and 2, BSD null/loopback, PPP, raw IP. The network layers
 * checked that each header is whole; nothing here throws.
 */
import type { LayerRange } from '../network/frame.ts';
import { GENERATED, type Sink } from './field.ts';
import { ETHERTYPES, HARDWARE_TYPES, PACKET_TYPES } from './network-names.ts';
import type { Define } from './registry.ts';

const FAMILIES = new Map([
  [2, 'IP'],
  [10, 'IPv6'],
  [24, 'IPv6'],
  [28, 'IPv6'],
  [30, 'IPv6'],
]);
const PPP_PROTOCOLS = new Map([
  [0x0021, 'Internet Protocol version 4'],
  [0x0057, 'Internet Protocol version 6'],
  [0x0281, 'MPLS Unicast'],
  [0x8021, 'Internet Protocol Control Protocol'],
  [0x8057, 'IPv6 Control Protocol'],
  [0xc021, 'Link Control Protocol'],
]);
/** Seen from the terminal, which captured. */
const PPP_DIRECTIONS = new Map([
  [0, 'DTE->DCE'],
  [1, 'DCE->DTE'],
]);
const LOOPBACK = 772;
const ETHERNET = 1;

export type LinkFields = ReturnType<typeof linkFields>;

/** `definer` makes the function that defines fields of one protocol. */
export function linkFields(definer: (protocol: string) => Define) {
  const sll = definer('sll');
  const nul = definer('null');
  const ppp = definer('ppp');
  return {
    sll: sll('sll', 'Linux cooked-mode capture', 'protocol'),
    pkttype: sll('sll.pkttype', 'Packet type', 'uint16', { strings: PACKET_TYPES }),
    hatype: sll('sll.hatype', 'Link-layer address type', 'uint16', { strings: HARDWARE_TYPES }),
    halen: sll('sll.halen', 'Link-layer address length', 'uint16'),
    srcEth: sll('sll.src.eth', 'Source', 'ether'),
    srcOther: sll('sll.src.other', 'Source', 'bytes'),
    unused: sll('sll.unused', 'Unused', 'bytes'),
    etype: sll('sll.etype', 'Protocol', 'uint16', { base: 'hex', strings: ETHERTYPES }),
    ifindex: sll('sll.ifindex', 'Interface index', 'uint32'),
    null: nul('null', 'Null/Loopback', 'protocol'),
    family: nul('null.family', 'Family', 'uint32', { strings: FAMILIES }),
    ppp: ppp('ppp', 'Point-to-Point Protocol', 'protocol'),
    address: ppp('ppp.address', 'Address', 'uint8', { base: 'hex' }),
    control: ppp('ppp.control', 'Control', 'uint8', { base: 'hex' }),
    direction: ppp('ppp.direction', 'Direction', 'uint8', { strings: PPP_DIRECTIONS }),
    protocol: ppp('ppp.protocol', 'Protocol', 'uint16', { base: 'hex', strings: PPP_PROTOCOLS }),
    raw: definer('raw')('raw', 'Raw packet data', 'protocol'),
  };
}

/** 16 bytes: packet type, ARPHRD_, address length, 8 bytes of address, protocol. */
export function walkSll(f: LinkFields, r: LayerRange, sink: Sink): void {
  const { view, off } = r;
  sink.openProtocol(f.sll, off, r.payload - off, 'Linux cooked capture v1');
  sink.field(f.pkttype, view.getUint16(off), off, 2);
  sink.field(f.hatype, view.getUint16(off + 2), off + 2, 2);
  walkSource(f, view.getUint16(off + 2), view.getUint16(off + 4), off + 4, 2, off + 6, sink);
  sink.field(f.etype, view.getUint16(off + 14), off + 14, 2);
  sink.close();
}

/** 20 bytes: protocol, reserved, interface index, ARPHRD_, packet type, address length, 8 bytes of address. */
export function walkSll2(f: LinkFields, r: LayerRange, sink: Sink): void {
  const { view, buf, off } = r;
  sink.openProtocol(f.sll, off, r.payload - off, 'Linux cooked capture v2');
  sink.field(f.etype, view.getUint16(off), off, 2);
  sink.field(f.ifindex, view.getUint32(off + 4), off + 4, 4);
  sink.field(f.hatype, view.getUint16(off + 8), off + 8, 2);
  sink.field(f.pkttype, buf[off + 10] ?? 0, off + 10, 1);
  walkSource(f, view.getUint16(off + 8), buf[off + 11] ?? 0, off + 11, 1, off + 12, sink);
  sink.close();
}

function walkSource(
  f: LinkFields,
  hardware: number,
  halen: number,
  halenOff: number,
  halenLen: number,
  off: number,
  sink: Sink,
): void {
  sink.field(f.halen, halen, halenOff, halenLen);
  const used = Math.min(halen, 8);
  const ethernet = used === 6 && (hardware === ETHERNET || hardware === LOOPBACK);
  if (used > 0) sink.field(ethernet ? f.srcEth : f.srcOther, null, off, used);
  if (used < 8) sink.field(f.unused, null, off + used, 8 - used);
}

/** Four bytes of address family in the byte order of the machine that captured. */
export function walkNull(f: LinkFields, r: LayerRange, sink: Sink): void {
  const big = r.view.getUint32(r.off);
  const family = big > 0xffff ? r.view.getUint32(r.off, true) : big;
  sink.openProtocol(f.null, r.off, r.payload - r.off, 'Null/Loopback');
  sink.field(f.family, family, r.off, 4);
  sink.close();
}

/**
 * RFC 1662 address and control where they are sent, then a protocol of one or two bytes. `direction`: 0 sent,
 * 1 received; null where the capture does not say.
 */
export function walkPpp(f: LinkFields, r: LayerRange, sink: Sink, direction: number | null): void {
  let off = r.off;
  sink.openProtocol(f.ppp, off, r.payload - off, 'Point-to-Point Protocol');
  if (r.payload - off >= 3 && r.buf[off] === 0xff && r.buf[off + 1] === 0x03) {
    sink.field(f.address, 0xff, off, 1);
    sink.field(f.control, 0x03, off + 1, 1);
    off += 2;
  }
  if (direction !== null) sink.field(f.direction, direction, off, 0, GENERATED);
  const len = r.payload - off;
  if (len === 1) sink.field(f.protocol, r.buf[off] ?? 0, off, 1);
  else if (len >= 2) sink.field(f.protocol, r.view.getUint16(off), off, 2);
  sink.close();
}

export function walkRaw(f: LinkFields, r: LayerRange, sink: Sink): void {
  sink.openProtocol(f.raw, r.off, r.end - r.off, 'Raw packet data');
  sink.close();
}
