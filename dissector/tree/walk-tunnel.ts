/**
 * The headers of tunnels, with Wireshark's fields: VXLAN (RFC 7348 and its group policy), Geneve (RFC 8926), GRE
 * (RFC 2784, 2890, 1701, 2637) and ERSPAN (draft-foschiano-erspan). The network layers found where each ends; a header
 * that is cut short is shown up to there. Nothing throws.
 */
import type { Frame, LayerRange } from '../network/frame.ts';
import { greLayout } from '../network/tunnels.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import { hexText } from './format.ts';
import { CHECKSUM_STATUS, ETHERTYPES, YES_NO } from './network-names.ts';
import type { Define, FieldOptions } from './registry.ts';
import { type ExpertFields, walkExpert } from './walk-expert.ts';

const BAD = 0;
const GOOD = 1;
const UNVERIFIED = 2;

const DEFINED = new Map([
  [1, 'Defined'],
  [0, 'Not defined'],
]);

const GRE_TYPES: ReadonlyMap<number, string> = new Map([
  ...ETHERTYPES,
  [0x0800, 'IP'],
  [0x22eb, 'ERSPAN III'],
  [0x6558, 'Transparent Ethernet bridging'],
  [0x880b, 'PPP'],
  [0x88be, 'ERSPAN'],
]);

const GRE_VERSIONS = new Map([
  [0, 'GRE'],
  [1, 'Enhanced GRE'],
]);

/** Option classes of the IANA registry that are common. */
const GENEVE_CLASSES: ReadonlyMap<number, string> = new Map([
  [0x0100, 'Linux'],
  [0x0101, 'Open vSwitch'],
  [0x0102, 'Open Virtual Networking (OVN)'],
  [0x0103, 'In-band Network Telemetry (INT)'],
  [0x0104, 'VMware'],
]);

const ERSPAN_VERSIONS = new Map([
  [0, 'Type I'],
  [1, 'Type II'],
  [2, 'Type III'],
]);
const ERSPAN_ENCAPSULATIONS = new Map([
  [0, 'Originally without VLAN tag'],
  [1, 'Originally ISL encapsulated'],
  [2, 'Originally 802.1Q encapsulated'],
  [3, 'VLAN tag preserved in frame'],
]);
const ERSPAN_ERRORS = new Map([
  [0, 'Good frame'],
  [1, 'Short frame'],
  [2, 'Oversized frame'],
  [3, 'Bad frame'],
]);
const ERSPAN_TRUNCATED = new Map([
  [0, 'Not truncated'],
  [1, 'Truncated'],
]);
const ERSPAN_FRAMES = new Map([
  [0, 'Ethernet'],
  [2, 'IP'],
]);
const ERSPAN_GRANULARITY = new Map([
  [0, '100 microseconds'],
  [1, '100 nanoseconds'],
  [2, 'IEEE 1588'],
  [3, 'Custom granularity'],
]);
const ERSPAN_DIRECTION = new Map([
  [0, 'Ingress'],
  [1, 'Egress'],
]);

export type TunnelFields = ReturnType<typeof tunnelFields>;

export function tunnelFields(definer: (protocol: string) => Define) {
  return {
    vxlan: vxlanFields(definer('vxlan')),
    geneve: geneveFields(definer('geneve')),
    gre: greFields(definer('gre')),
    erspan: erspanFields(definer('erspan')),
  };
}

function vxlanFields(define: Define) {
  const bit = (name: string, label: string, mask: number, strings?: ReadonlyMap<number, string>): FieldDef =>
    define(name, label, 'boolean', { mask, bits: 16, ...(strings && { strings }) });
  return {
    proto: define('vxlan', 'Virtual eXtensible Local Area Network', 'protocol'),
    flags: define('vxlan.flags', 'Flags', 'uint16', { base: 'hex' }),
    gbpBit: bit('vxlan.flag_g', 'GBP Extension', 0x8000, DEFINED),
    vniBit: bit('vxlan.flag_i', 'VXLAN Network ID (VNI)', 0x0800),
    dontLearn: bit('vxlan.flag_d', "Don't Learn", 0x0040),
    applied: bit('vxlan.flag_a', 'Policy Applied', 0x0008),
    reserved: define('vxlan.flags_reserved', 'Reserved(R)', 'uint16', { base: 'hex', mask: 0x77b7 }),
    gbp: define('vxlan.gbp', 'Group Policy ID', 'uint16'),
    vni: define('vxlan.vni', 'VXLAN Network Identifier (VNI)', 'uint24'),
    reserved8: define('vxlan.reserved8', 'Reserved', 'uint8'),
  };
}

function geneveFields(define: Define) {
  const bit = (name: string, label: string, mask: number): FieldDef =>
    define(`geneve.${name}`, label, 'boolean', { mask, bits: 8 });
  return {
    proto: define('geneve', 'Generic Network Virtualization Encapsulation', 'protocol'),
    version: define('geneve.version', 'Version', 'uint8'),
    badVersion: define('geneve.version.unknown', 'Unknown version', 'none'),
    flags: define('geneve.flags', 'Flags', 'uint8', { base: 'hex' }),
    oam: bit('flags.oam', 'Operations, Administration and Management Frame', 0x80),
    critical: bit('flags.critical', 'Critical Options Present', 0x40),
    reservedBits: bit('flags.reserved', 'Reserved', 0x3f),
    type: define('geneve.proto_type', 'Protocol Type', 'uint16', { base: 'hex', strings: ETHERTYPES }),
    vni: define('geneve.vni', 'Virtual Network Identifier (VNI)', 'uint24', { base: 'hex_dec' }),
    reserved: define('geneve.reserved', 'Reserved', 'uint8', { base: 'hex' }),
    options: define('geneve.options', 'Geneve Options', 'bytes'),
    option: define('geneve.option', 'Option', 'bytes'),
    optionClass: define('geneve.option.class', 'Class', 'uint16', { base: 'hex', strings: GENEVE_CLASSES }),
    optionType: define('geneve.option.type', 'Type', 'uint8', { base: 'hex' }),
    optionCritical: bit('option.type.critical', 'Critical Option', 0x80),
    optionFlags: define('geneve.option.flags', 'Flags', 'uint8', { base: 'hex' }),
    optionReserved: bit('option.flags.reserved', 'Reserved', 0xe0),
    optionLength: define('geneve.option.length', 'Length', 'uint8'),
    optionData: define('geneve.option.unknown.data', 'Unknown Option Data', 'bytes'),
    badLength: define('geneve.option.length.invalid', 'Invalid length for option', 'none'),
  };
}

function greFields(define: Define) {
  const bit = (name: string, label: string, mask: number): FieldDef =>
    define(`gre.flags.${name}`, label, 'boolean', { mask, bits: 16, strings: YES_NO });
  const reserved = define('gre.flags.reserved', 'Flags (Reserved)', 'uint16', { mask: 0x00f8 });
  return {
    proto: define('gre', 'Generic Routing Encapsulation', 'protocol'),
    flags: define('gre.flags_and_version', 'Flags and Version', 'uint16', { base: 'hex' }),
    checksumBit: bit('checksum', 'Checksum Bit', 0x8000),
    routingBit: bit('routing', 'Routing Bit', 0x4000),
    keyBit: bit('key', 'Key Bit', 0x2000),
    sequenceBit: bit('sequence_number', 'Sequence Number Bit', 0x1000),
    strict: bit('strict_source_route', 'Strict Source Route Bit', 0x0800),
    recursion: define('gre.flags.recursion_control', 'Recursion control', 'uint16', { mask: 0x0700 }),
    ackBit: bit('ack', 'Acknowledgment', 0x0080),
    reserved,
    /** the same field: version 1 took the highest of the bits */
    reservedEnhanced: { ...reserved, mask: 0x0078 },
    version: define('gre.flags.version', 'Version', 'uint16', { mask: 0x0007, strings: GRE_VERSIONS }),
    type: define('gre.proto', 'Protocol Type', 'uint16', { base: 'hex', strings: GRE_TYPES }),
    checksum: define('gre.checksum', 'Checksum', 'uint16', { base: 'hex' }),
    incorrect: define('gre.checksum.incorrect', 'Incorrect GRE Checksum', 'none'),
    status: define('gre.checksum.status', 'Checksum Status', 'uint8', { strings: CHECKSUM_STATUS }),
    offset: define('gre.offset', 'Offset', 'uint16'),
    key: define('gre.key', 'Key', 'uint32', { base: 'hex' }),
    payloadLength: define('gre.key.payload_length', 'Payload Length', 'uint16'),
    callId: define('gre.key.call_id', 'Call ID', 'uint16'),
    sequence: define('gre.sequence_number', 'Sequence Number', 'uint32'),
    acknowledgment: define('gre.ack_number', 'Acknowledgment Number', 'uint32'),
    routing: define('gre.routing', 'Routing', 'none'),
    family: define('gre.routing.address_family', 'Address Family', 'uint16'),
    routeOffset: define('gre.routing.sre_offset', 'SRE Offset', 'uint8'),
    routeLength: define('gre.routing.src_length', 'SRE Length', 'uint8'),
    route: define('gre.routing.information', 'Routing Information', 'bytes'),
  };
}

function erspanFields(define: Define) {
  const part = (name: string, label: string, mask: number, strings?: ReadonlyMap<number, string>) =>
    define(`erspan.${name}`, label, 'uint16', { mask, ...(strings && { strings }) });
  const word = (name: string, label: string, mask: number, options: FieldOptions = {}) =>
    define(`erspan.${name}`, label, 'uint32', { mask, ...options });
  const platforms: ReadonlyMap<number, readonly FieldDef[]> = new Map([
    [
      1,
      [
        word('pid1.rsvd1', 'Reserved', 0x03fff000),
        word('pid1.vsmid', 'VSM Domain ID', 0x00000fff),
        word('pid1.port_index', 'Port ID/Index', 0xffffffff),
      ],
    ],
    [
      3,
      [
        word('pid3.rsvd1', 'Reserved', 0x03ffc000),
        word('pid3.port_index', 'Port ID/Index', 0x00003fff),
        word('pid3.timestamp', 'Upper 32-bit Timestamp', 0xffffffff),
      ],
    ],
    [
      4,
      [
        word('pid4.rsvd1', 'Reserved', 0x03ffc000),
        word('pid4.rsvd2', 'Reserved', 0x00003fff),
        word('pid4.rsvd3', 'Reserved', 0xffffffff),
      ],
    ],
    [
      5,
      [
        word('pid5.switchid', 'Switch ID', 0x03ff0000),
        word('pid5.port_index', 'Port ID/Index', 0x0000ffff),
        word('pid5.timestamp', 'Timestamp (seconds)', 0xffffffff),
      ],
    ],
    [
      7,
      [
        word('pid7.rsvd1', 'Reserved', 0x03f00000),
        word('pid7.source_index', 'Source Index', 0x000fffff),
        word('pid7.timestamp', 'Upper 32-bit Timestamp', 0xffffffff),
      ],
    ],
  ]);
  return {
    proto: define('erspan', 'Encapsulated Remote Switch Packet ANalysis', 'protocol'),
    version: part('version', 'Version', 0xf000, ERSPAN_VERSIONS),
    unknown: define('erspan.version.unknown', 'Unknown version', 'none'),
    vlan: part('vlan', 'Vlan', 0x0fff),
    cos: part('cos', 'COS', 0xe000),
    encap: part('encap', 'Encap', 0x1800, ERSPAN_ENCAPSULATIONS),
    bso: part('bso', 'Bad/Short/Oversized', 0x1800, ERSPAN_ERRORS),
    truncated: part('truncated', 'Truncated', 0x0400, ERSPAN_TRUNCATED),
    spanId: part('spanid', 'SpanID', 0x03ff),
    reserved: word('reserved', 'Reserved', 0xfff00000),
    index: word('index', 'Index', 0x000fffff),
    timestamp: word('timestamp', 'Timestamp', 0xffffffff),
    sgt: part('sgt', 'Security Group Tag', 0xffff),
    hasEthernet: part('p', 'Has Ethernet PDU', 0x8000),
    frameType: part('ft', 'Frame Type', 0x7c00, ERSPAN_FRAMES),
    hardware: part('hw', 'Hardware ID', 0x03f0),
    direction: define('erspan.direction', 'Direction', 'boolean', {
      mask: 0x0008,
      bits: 16,
      strings: ERSPAN_DIRECTION,
    }),
    granularity: part('gra', 'Timestamp granularity', 0x0006, ERSPAN_GRANULARITY),
    more: part('o', 'Optional Sub headers', 0x0001),
    platform: word('platid', 'Platform ID', 0xfc000000),
    platforms,
  };
}

// --- VXLAN

export function walkVxlan(f: TunnelFields['vxlan'], r: LayerRange, sink: Sink): void {
  const { view, off } = r;
  const flags = view.getUint16(off);
  const bits = [f.gbpBit, f.vniBit, f.dontLearn, f.applied];
  sink.openProtocol(f.proto, off, 8, f.proto.label);
  sink.openField(f.flags, flags, off, 2, 0, flagsText(sink, f.flags, flags, bits));
  for (const bit of bits) sink.field(bit, (flags & bit.mask) !== 0, off, 2);
  sink.field(f.reserved, flags & f.reserved.mask, off, 2);
  sink.close();
  sink.field(f.gbp, view.getUint16(off + 2), off + 2, 2);
  sink.field(f.vni, view.getUint32(off + 4) >>> 8, off + 4, 3);
  sink.field(f.reserved8, view.getUint8(off + 7), off + 7, 1);
  sink.close();
}

/** `Flags: 0x8800, GBP Extension, VXLAN Network ID (VNI)`: the bits that are set, by name. */
function flagsText(sink: Sink, def: FieldDef, flags: number, bits: readonly FieldDef[]): string | undefined {
  if (!wantsLabels(sink)) return undefined;
  const names = bits.filter(({ mask }) => (flags & mask) !== 0).map(({ label }) => `, ${label}`);
  return `Flags: ${hexText(def.type, flags)}${names.join('')}`;
}

// --- Geneve

export function walkGeneve(f: TunnelFields['geneve'], expert: ExpertFields, r: LayerRange, sink: Sink): void {
  const { view, off } = r;
  const text = wantsLabels(sink);
  const flags = view.getUint8(off + 1);
  const vni = view.getUint32(off + 4) >>> 8;
  const oam = (flags & f.oam.mask) !== 0 ? ', OAM' : '';
  sink.openProtocol(
    f.proto,
    off,
    r.payload - off,
    text ? `${f.proto.label}, VNI: ${hexText('uint24', vni)}${oam}` : '',
  );
  const version = view.getUint8(off) >> 6;
  sink.field(f.version, version, off, 1);
  if (version !== 0) {
    const message = `Unknown version ${version}`;
    sink.openText(message, off, 1);
    walkExpert(expert, f.badVersion, 'warn', 'protocol', message, off, sink);
    sink.close();
  }
  const length = (view.getUint8(off) & 0x3f) * 4;
  sink.field(f.optionLength, length, off, 1, 0, text ? `Length: ${length} bytes` : undefined);
  const bits = [f.oam, f.critical];
  sink.openField(f.flags, flags, off + 1, 1, 0, flagsText(sink, f.flags, flags, bits));
  for (const bit of [...bits, f.reservedBits]) sink.field(bit, (flags & bit.mask) !== 0, off + 1, 1);
  sink.close();
  sink.field(f.type, view.getUint16(off + 2), off + 2, 2);
  sink.field(f.vni, vni, off + 4, 3);
  sink.field(f.reserved, view.getUint8(off + 7), off + 7, 1, HIDDEN);
  if (r.payload > off + 8) walkOptions(f, expert, r, sink);
  sink.close();
}

function walkOptions(f: TunnelFields['geneve'], expert: ExpertFields, r: LayerRange, sink: Sink): void {
  const { view, payload } = r;
  const text = wantsLabels(sink);
  let off = r.off + 8;
  sink.openField(
    f.options,
    null,
    off,
    payload - off,
    0,
    text ? `Options: (${payload - off} bytes)` : undefined,
  );
  while (payload - off >= 4) {
    const kind = view.getUint16(off);
    const type = view.getUint8(off + 2);
    const length = 4 + (view.getUint8(off + 3) & 0x1f) * 4;
    const critical = (type & 0x80) !== 0;
    const className = `Class: ${GENEVE_CLASSES.get(kind) ?? 'Unknown'} (${hexText('uint16', kind)})`;
    const title = `Unknown, ${className} Type: ${hexText('uint8', type)}`;
    if (length > payload - off) {
      const message = `${title} (length of ${length} is past end of options)`;
      sink.openText(message, off + 3, 1);
      walkExpert(expert, f.badLength, 'warn', 'protocol', message, off + 3, sink);
      sink.close();
      break;
    }
    const note = critical ? 'Critical' : 'Non-critical';
    sink.openField(f.option, null, off, length, 0, text ? `${title} (${note})` : undefined);
    sink.field(f.optionClass, kind, off, 2);
    sink.field(
      f.optionType,
      type,
      off + 2,
      1,
      0,
      text ? `Type: ${hexText('uint8', type)} (${note})` : undefined,
    );
    sink.field(f.optionCritical, critical, off + 2, 1, HIDDEN);
    const flags = view.getUint8(off + 3) >> 5;
    sink.openField(f.optionFlags, flags, off + 3, 1, HIDDEN);
    sink.field(f.optionReserved, flags !== 0, off + 3, 1);
    sink.close();
    sink.field(f.optionLength, length, off + 3, 1, 0, text ? `Length: ${length} bytes` : undefined);
    sink.field(f.optionData, null, off + 4, length - 4);
    sink.close();
    off += length;
  }
  sink.close();
}

// --- GRE

/** `IP`, or `0x1234 (unknown)`. */
export function greTypeText(type: number): string {
  return GRE_TYPES.get(type) ?? `${hexText('uint16', type)} (unknown)`;
}

export function walkGre(
  f: TunnelFields['gre'],
  expert: ExpertFields,
  frame: Frame,
  r: LayerRange,
  sink: Sink,
): void {
  const { view, off, payload } = r;
  const known = payload - off >= 4;
  const type = known ? view.getUint16(off + 2) : -1;
  const name = GRE_TYPES.get(type) ?? `${hexText('uint16', type)} - unknown`;
  sink.openProtocol(
    f.proto,
    off,
    payload - off,
    known && wantsLabels(sink) ? `${f.proto.label} (${name})` : f.proto.label,
  );
  if (known) {
    const flags = view.getUint16(off);
    walkGreFlags(f, flags, off, sink);
    sink.field(f.type, type, off + 2, 2);
    walkGreOptions(f, expert, frame, r, flags, sink);
  }
  sink.close();
}

function walkGreFlags(f: TunnelFields['gre'], flags: number, off: number, sink: Sink): void {
  sink.openField(f.flags, flags, off, 2);
  for (const bit of [f.checksumBit, f.routingBit, f.keyBit, f.sequenceBit, f.strict]) {
    sink.field(bit, (flags & bit.mask) !== 0, off, 2);
  }
  sink.field(f.recursion, (flags & f.recursion.mask) >> 8, off, 2);
  const enhanced = (flags & f.version.mask) === 1;
  if (enhanced) sink.field(f.ackBit, (flags & f.ackBit.mask) !== 0, off, 2);
  const reserved = enhanced ? f.reservedEnhanced : f.reserved;
  sink.field(reserved, (flags & reserved.mask) >> 3, off, 2);
  sink.field(f.version, flags & f.version.mask, off, 2);
  sink.close();
}

function walkGreOptions(
  f: TunnelFields['gre'],
  expert: ExpertFields,
  frame: Frame,
  r: LayerRange,
  flags: number,
  sink: Sink,
): void {
  const { view, off, payload } = r;
  const at = greLayout(flags, off);
  const has = (from: number): boolean => from >= 0 && from + 4 <= payload;
  if (has(at.checksum)) {
    walkGreChecksum(f, expert, frame, r, at.checksum, (flags & f.checksumBit.mask) !== 0, sink);
    sink.field(f.offset, view.getUint16(at.checksum + 2), at.checksum + 2, 2);
  }
  if (has(at.key) && (flags & f.version.mask) === 1) {
    sink.field(f.payloadLength, view.getUint16(at.key), at.key, 2);
    sink.field(f.callId, view.getUint16(at.key + 2), at.key + 2, 2);
  } else if (has(at.key)) sink.field(f.key, view.getUint32(at.key), at.key, 4);
  if (has(at.sequence)) sink.field(f.sequence, view.getUint32(at.sequence), at.sequence, 4);
  if (has(at.acknowledgment))
    sink.field(f.acknowledgment, view.getUint32(at.acknowledgment), at.acknowledgment, 4);
  for (let route = at.routing; has(route); ) {
    const length = Math.min(view.getUint8(route + 3), payload - route - 4);
    sink.field(f.routing, null, route, 4 + length);
    sink.field(f.family, view.getUint16(route), route, 2);
    sink.field(f.routeOffset, view.getUint8(route + 2), route + 2, 1);
    sink.field(f.routeLength, view.getUint8(route + 3), route + 3, 1);
    if (length > 0) sink.field(f.route, null, route + 4, length);
    route += 4 + length;
  }
}

/** The sum is over the header and all behind it, and is wrong by right where not all was captured. */
function walkGreChecksum(
  f: TunnelFields['gre'],
  expert: ExpertFields,
  frame: Frame,
  r: LayerRange,
  off: number,
  sent: boolean,
  sink: Sink,
): void {
  const sum = r.view.getUint16(off);
  const whole = sent && (r.reassembled || frame.packet.caplen === frame.packet.len);
  const should = whole ? checksumWithout(r.view, r.off, r.end, off) : sum;
  const status = !whole ? UNVERIFIED : should === sum ? GOOD : BAD;
  const notes = {
    [BAD]: `incorrect, should be ${hexText('uint16', should)}`,
    [GOOD]: '[correct]',
    [UNVERIFIED]: '[unverified]',
  };
  const label = wantsLabels(sink) ? `Checksum: ${hexText('uint16', sum)} ${notes[status]}` : undefined;
  sink.openField(f.checksum, sum, off, 2, 0, label);
  if (status === BAD) {
    const message = `Incorrect GRE Checksum [should be ${hexText('uint16', should)}]`;
    walkExpert(expert, f.incorrect, 'warn', 'protocol', message, off, sink);
  }
  sink.close();
  const statusLabel = wantsLabels(sink) ? `[Checksum Status: ${CHECKSUM_STATUS.get(status)}]` : undefined;
  sink.field(f.status, status, off, 0, GENERATED, statusLabel);
}

/** The internet checksum (RFC 1071) of [off, end), with the two bytes at `hole` taken as zero. */
function checksumWithout(view: DataView, off: number, end: number, hole: number): number {
  let sum = 0;
  for (let at = off; at < end; at += 2) {
    if (at !== hole) sum += at + 1 < end ? view.getUint16(at) : view.getUint8(at) << 8;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

// --- ERSPAN

export function walkErspan(f: TunnelFields['erspan'], expert: ExpertFields, r: LayerRange, sink: Sink): void {
  const { view, off, payload } = r;
  const version = payload - off >= 2 ? view.getUint8(off) >> 4 : 0;
  const type = ERSPAN_VERSIONS.get(version);
  const known = version === 1 || version === 2;
  // Wireshark counts the mirrored frame as part of it
  const len = known ? r.end - off : Math.min(payload - off, 2);
  sink.openProtocol(f.proto, off, len, `${f.proto.label} ${type ?? 'Unknown'}`);
  if (payload - off >= 2) {
    const at = new Masked(r, off, sink);
    at.half(f.version);
    if (!known) {
      const message = 'Unknown version, please report or test to use fake ERSPAN preference';
      sink.openField(f.version, version, off, 2);
      walkExpert(expert, f.unknown, 'warn', 'undecoded', message, off, sink);
      sink.close();
    } else {
      at.half(f.vlan);
      at.off += 2;
      for (const def of [f.cos, version === 1 ? f.encap : f.bso, f.truncated, f.spanId]) at.half(def);
      at.off += 2;
      if (version === 1) {
        at.word(f.reserved);
        at.word(f.index);
      } else walkTypeThree(f, at);
    }
  }
  sink.close();
}

function walkTypeThree(f: TunnelFields['erspan'], at: Masked): void {
  at.word(f.timestamp);
  at.off += 4;
  at.half(f.sgt);
  at.off += 2;
  for (const def of [f.hasEthernet, f.frameType, f.hardware, f.direction, f.granularity, f.more])
    at.half(def);
  at.off += 2;
  const platform = at.word(f.platform);
  if (platform < 0) return;
  // 0 and 6 are older numbers of 7 and 5
  const defs = f.platforms.get(platform === 0 ? 7 : platform === 6 ? 5 : platform) ?? [];
  for (const def of defs) {
    if (def.mask >>> 0 === 0xffffffff) at.off += 4;
    at.word(def);
  }
}

/** Announces the bits that a field's mask selects from the word at `off`, as far as the header goes. */
class Masked {
  off: number;
  readonly #r: LayerRange;
  readonly #sink: Sink;

  constructor(r: LayerRange, off: number, sink: Sink) {
    this.#r = r;
    this.off = off;
    this.#sink = sink;
  }

  half(def: FieldDef): void {
    if (this.off + 2 <= this.#r.payload) this.#announce(def, this.#r.view.getUint16(this.off), 2);
  }

  /** The value; -1 past the end. */
  word(def: FieldDef): number {
    if (this.off + 4 > this.#r.payload) return -1;
    return this.#announce(def, this.#r.view.getUint32(this.off), 4);
  }

  #announce(def: FieldDef, word: number, len: number): number {
    const mask = def.mask >>> 0;
    const lowest = 31 - Math.clz32(mask & -mask);
    const value = ((word & mask) >>> 0) >>> lowest;
    this.#sink.field(def, def.type === 'boolean' ? value !== 0 : value, this.off, len);
    return value;
  }
}
