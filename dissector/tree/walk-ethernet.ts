/**
 * Ethernet II, 802.1Q tags and MPLS labels. The ranges come from the network layers, which checked that each header
 * is whole; nothing here reads beyond them or throws.
 */
import { type Frame, Layer, type LayerRange } from '../network/frame.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import { bytesText, hexText } from './format.ts';
import { ETHERTYPES } from './network-names.ts';
import type { Define } from './registry.ts';

const LG = new Map([
  [1, 'Locally administered address (this is NOT the factory default)'],
  [0, 'Globally unique address (factory default)'],
]);
const IG = new Map([
  [1, 'Group address (multicast/broadcast)'],
  [0, 'Individual address (unicast)'],
]);
const DEI = new Map([
  [1, 'Eligible'],
  [0, 'Ineligible'],
]);
const PRIORITIES = new Map([
  [0, 'Best Effort (default)'],
  [1, 'Background'],
  [2, 'Spare'],
  [3, 'Excellent Effort'],
  [4, 'Controlled Load'],
  [5, 'Video, < 100ms latency and jitter'],
  [6, 'Voice, < 10ms latency and jitter'],
  [7, 'Network Control'],
]);

/** The shortest frame, without and with its check sequence (IEEE 802.3). */
const MIN_FRAME = 60;
const MIN_CHECKED = 64;
const FCS_BYTES = 4;
/** tshark's number for a checksum that was not computed */
const FCS_UNVERIFIED = 2;

/** 1536 and above is a type, up to 1500 a length (IEEE 802.3) */
const MIN_TYPE = 1536;

export type EthernetFields = ReturnType<typeof ethernetFields>;

export function ethernetFields(define: Define) {
  const address = (name: string, label: string): FieldDef => define(name, label, 'ether');
  const lg = { mask: 0x020000, bits: 24, strings: LG };
  const ig = { mask: 0x010000, bits: 24, strings: IG };
  return {
    proto: define('eth', 'Ethernet', 'protocol'),
    dst: address('eth.dst', 'Destination'),
    dstResolved: define('eth.dst_resolved', 'Destination (resolved)', 'string'),
    dstLg: define('eth.dst.lg', 'LG bit', 'boolean', lg),
    dstIg: define('eth.dst.ig', 'IG bit', 'boolean', ig),
    src: address('eth.src', 'Source'),
    srcResolved: define('eth.src_resolved', 'Source (resolved)', 'string'),
    srcLg: define('eth.src.lg', 'LG bit', 'boolean', lg),
    srcIg: define('eth.src.ig', 'IG bit', 'boolean', ig),
    addr: address('eth.addr', 'Address'),
    addrResolved: define('eth.addr_resolved', 'Address (resolved)', 'string'),
    lg: define('eth.lg', 'LG bit', 'boolean', lg),
    ig: define('eth.ig', 'IG bit', 'boolean', ig),
    type: define('eth.type', 'Type', 'uint16', { base: 'hex', strings: ETHERTYPES }),
    len: define('eth.len', 'Length', 'uint16'),
    padding: define('eth.padding', 'Padding', 'bytes'),
    trailer: define('eth.trailer', 'Trailer', 'bytes'),
    fcs: define('eth.fcs', 'Frame check sequence', 'uint32', { base: 'hex' }),
    fcsStatus: define('eth.fcs.status', 'FCS Status', 'uint8', {
      strings: new Map([[FCS_UNVERIFIED, 'Unverified']]),
    }),
  };
}

export type VlanFields = ReturnType<typeof vlanFields>;

export function vlanFields(define: Define) {
  return {
    proto: define('vlan', '802.1Q Virtual LAN', 'protocol'),
    priority: define('vlan.priority', 'Priority', 'uint16', { mask: 0xe000, strings: PRIORITIES }),
    dei: define('vlan.dei', 'DEI', 'boolean', { mask: 0x1000, bits: 16, strings: DEI }),
    id: define('vlan.id', 'ID', 'uint16', { mask: 0x0fff }),
    etype: define('vlan.etype', 'Type', 'uint16', { base: 'hex', strings: ETHERTYPES }),
    len: define('vlan.len', 'Length', 'uint16'),
    trailer: define('vlan.trailer', 'Trailer', 'bytes'),
  };
}

export type MplsFields = ReturnType<typeof mplsFields>;

export function mplsFields(define: Define) {
  return {
    proto: define('mpls', 'MultiProtocol Label Switching Header', 'protocol'),
    label: define('mpls.label', 'MPLS Label', 'uint32', { mask: 0xfffff000 }),
    exp: define('mpls.exp', 'MPLS Experimental Bits', 'uint32', { mask: 0x00000e00 }),
    bottom: define('mpls.bottom', 'MPLS Bottom Of Label Stack', 'uint32', { mask: 0x00000100 }),
    ttl: define('mpls.ttl', 'MPLS TTL', 'uint32', { mask: 0x000000ff }),
  };
}

/** Walks the header at layers[index], and what stands behind its contents. */
export function walkEthernet(f: EthernetFields, frame: Frame, index: number, sink: Sink): void {
  const r = frame.layers[index];
  if (r === undefined) return;
  const { buf, off } = r;
  const type = r.view.getUint16(off + 12);
  let title = '';
  if (wantsLabels(sink)) {
    title =
      type < MIN_TYPE
        ? 'IEEE 802.3 Ethernet '
        : `Ethernet II, Src: ${bytesText(buf, off + 6, 6, ':')}, Dst: ${bytesText(buf, off, 6, ':')}`;
  }
  sink.openProtocol(f.proto, off, r.payload - off, title);
  walkAddress(f, f.dst, f.dstResolved, f.dstLg, f.dstIg, r, off, sink);
  walkAddress(f, f.src, f.srcResolved, f.srcLg, f.srcIg, r, off + 6, sink);
  sink.field(type >= MIN_TYPE ? f.type : f.len, type, off + 12, 2);
  walkTrailer(f, f.trailer, index === 0, frame, index, sink);
  sink.close();
}

/**
 * The bytes behind what a header says it carries: zeros up to the shortest frame, and the rest. Of a frame on its
 * own, the last four of the rest count as check sequence once it is long enough to have one, as tshark counts them.
 */
function walkTrailer(
  f: EthernetFields,
  trailer: FieldDef,
  checked: boolean,
  frame: Frame,
  index: number,
  sink: Sink,
): void {
  const { packet, layers } = frame;
  const r = layers[index]!;
  const within = layers[index + 1];
  if (index + 1 >= frame.layerCount || within === undefined || within.buf !== r.buf) return;
  // a tag's own trailer; and of a frame that was cut nobody knows
  if (within.kind === Layer.VLAN || packet.caplen < packet.len) return;
  let at = within.end;
  let end = r.end;
  if (at >= end) return;
  const padded = packet.off + MIN_FRAME;
  if (padded > at && padded <= end && isZero(r.buf, at, padded)) {
    sink.field(f.padding, null, at, padded - at);
    at = padded;
  }
  const hasFcs = checked && end - at >= FCS_BYTES && packet.len >= MIN_CHECKED;
  if (hasFcs) end -= FCS_BYTES;
  if (at < end) sink.field(trailer, null, at, end - at);
  if (!hasFcs) return;
  const fcs = r.view.getUint32(end);
  const label = wantsLabels(sink)
    ? `Frame check sequence: ${hexText('uint32', fcs)} [unverified]`
    : undefined;
  sink.field(f.fcs, fcs, end, FCS_BYTES, 0, label);
  sink.field(
    f.fcsStatus,
    FCS_UNVERIFIED,
    end,
    0,
    GENERATED,
    wantsLabels(sink) ? '[FCS Status: Unverified]' : undefined,
  );
}

function isZero(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[i] !== 0) return false;
  return true;
}

function walkAddress(
  f: EthernetFields,
  address: FieldDef,
  resolved: FieldDef,
  lg: FieldDef,
  ig: FieldDef,
  r: LayerRange,
  off: number,
  sink: Sink,
): void {
  const first = r.buf[off] ?? 0;
  sink.openField(address, null, off, 6);
  const name = sink.wants(resolved) || sink.wants(f.addrResolved) ? bytesText(r.buf, off, 6, ':') : '';
  sink.field(resolved, name, off, 6, HIDDEN | GENERATED);
  sink.field(f.addr, null, off, 6);
  sink.field(f.addrResolved, name, off, 6, HIDDEN | GENERATED);
  sink.field(lg, (first & 2) !== 0, off, 3);
  sink.field(f.lg, (first & 2) !== 0, off, 3, HIDDEN);
  sink.field(ig, (first & 1) !== 0, off, 3);
  sink.field(f.ig, (first & 1) !== 0, off, 3, HIDDEN);
  sink.close();
}

/** One tag of four bytes: 802.1Q's TCI and the type that follows. */
export function walkVlan(f: VlanFields, eth: EthernetFields, frame: Frame, index: number, sink: Sink): void {
  const r = frame.layers[index];
  if (r === undefined) return;
  const tci = r.view.getUint16(r.off);
  const type = r.view.getUint16(r.off + 2);
  const title = wantsLabels(sink)
    ? `802.1Q Virtual LAN, PRI: ${tci >> 13}, DEI: ${(tci >> 12) & 1}, ID: ${tci & 0xfff}`
    : '';
  sink.openProtocol(f.proto, r.off, r.payload - r.off, title);
  sink.field(f.priority, tci >> 13, r.off, 2);
  sink.field(f.dei, (tci & 0x1000) !== 0, r.off, 2);
  sink.field(f.id, tci & 0xfff, r.off, 2);
  sink.field(type >= MIN_TYPE ? f.etype : f.len, type, r.off + 2, 2);
  walkTrailer(eth, f.trailer, false, frame, index, sink);
  sink.close();
}

/** One label stack entry of four bytes. */
export function walkMpls(f: MplsFields, r: LayerRange, sink: Sink): void {
  const word = r.view.getUint32(r.off);
  const label = word >>> 12;
  const exp = (word >> 9) & 7;
  const bottom = (word >> 8) & 1;
  const ttl = word & 0xff;
  const title = wantsLabels(sink)
    ? `MultiProtocol Label Switching Header, Label: ${label}, Exp: ${exp}, S: ${bottom}, TTL: ${ttl}`
    : '';
  sink.openProtocol(f.proto, r.off, 4, title);
  sink.field(f.label, label, r.off, 4);
  sink.field(f.exp, exp, r.off, 4);
  sink.field(f.bottom, bottom, r.off, 4);
  sink.field(f.ttl, ttl, r.off, 4);
  sink.close();
}
