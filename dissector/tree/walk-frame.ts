/**
 * The pseudo-protocol `frame`: what is known of a packet before its first byte is read. Asks nothing of the bytes
 * and never throws. Time deltas need the clock that the packet walker keeps.
 */
import type { Packet } from '../capture/packet.ts';
import type { Frame, LayerKind } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';
import { LinkType } from '../network/numbers.ts';
import type { FieldDef, FieldValue, Sink } from './field.ts';
import { GENERATED, wantsLabels } from './field.ts';
import { secondsText } from './format.ts';
import type { Define } from './registry.ts';

/** LINKTYPE_ to tshark's encapsulation number and name. */
const ENCAPSULATION: ReadonlyMap<number, readonly [number, string]> = new Map([
  [1, [1, 'Ethernet']],
  [9, [4, 'PPP']],
  [204, [19, 'PPP with Directional Info']],
  [0, [15, 'NULL/Loopback']],
  [108, [144, 'OpenBSD Loopback']],
  [12, [7, 'Raw IP']],
  [14, [7, 'Raw IP']],
  [101, [7, 'Raw IP']],
  [228, [129, 'Raw IPv4']],
  [229, [130, 'Raw IPv6']],
  [113, [25, 'Linux cooked-mode capture v1']],
  [276, [210, 'Linux cooked-mode capture v2']],
] as const);

const PROTOCOL_NAMES: Partial<Record<LayerKind, string>> = {
  [Layer.ETHERNET]: 'eth:ethertype',
  [Layer.VLAN]: 'vlan:ethertype',
  [Layer.MPLS]: 'mpls',
  [Layer.SLL]: 'sll:ethertype',
  [Layer.SLL2]: 'sll:ethertype',
  [Layer.NULL]: 'null',
  [Layer.PPP]: 'ppp',
  [Layer.RAW]: 'raw',
  [Layer.LLC]: 'llc',
  [Layer.ARP]: 'arp',
  [Layer.IPV4]: 'ip',
  [Layer.IPV6]: 'ipv6',
  [Layer.IPV6_HOPOPTS]: 'ipv6.hopopts',
  [Layer.IPV6_ROUTING]: 'ipv6.routing',
  [Layer.IPV6_DSTOPTS]: 'ipv6.dstopts',
  [Layer.IPV6_FRAGMENT]: 'ipv6.fraghdr',
  [Layer.AH]: 'ah',
  [Layer.ICMP]: 'icmp',
  [Layer.ICMPV6]: 'icmpv6',
  [Layer.UDP]: 'udp',
  [Layer.TCP]: 'tcp',
  [Layer.SCTP]: 'sctp',
  [Layer.VXLAN]: 'vxlan',
  [Layer.GENEVE]: 'geneve',
  [Layer.GRE]: 'gre',
  [Layer.ERSPAN]: 'erspan',
  [Layer.DATA]: 'data',
};

/** As tshark numbers them. */
const DIRECTIONS = new Map([
  [0, 'Sent'],
  [1, 'Received'],
]);

export type FrameFields = ReturnType<typeof frameFields>;

export function frameFields(define: Define) {
  return {
    proto: define('frame', 'Frame', 'protocol'),
    sectionNumber: define('frame.section_number', 'Section number', 'uint32'),
    interfaceId: define('frame.interface_id', 'Interface id', 'uint32'),
    interfaceName: define('frame.interface_name', 'Interface name', 'string'),
    encapType: define('frame.encap_type', 'Encapsulation type', 'int16'),
    time: define('frame.time', 'Arrival Time', 'abstime'),
    offsetShift: define('frame.offset_shift', 'Time shift for this packet', 'reltime'),
    timeEpoch: define('frame.time_epoch', 'Epoch Time', 'reltime'),
    timeDelta: define('frame.time_delta', 'Time delta from previous captured frame', 'reltime'),
    timeDeltaDisplayed: define(
      'frame.time_delta_displayed',
      'Time delta from previous displayed frame',
      'reltime',
    ),
    timeRelative: define('frame.time_relative', 'Time since reference or first frame', 'reltime'),
    number: define('frame.number', 'Frame Number', 'uint32'),
    len: define('frame.len', 'Frame length on the wire', 'uint32'),
    capLen: define('frame.cap_len', 'Frame length stored into the capture file', 'uint32'),
    marked: define('frame.marked', 'Frame is marked', 'boolean'),
    ignored: define('frame.ignored', 'Frame is ignored', 'boolean'),
    p2pDir: define('frame.p2p_dir', 'Point-to-Point Direction', 'int8', { strings: DIRECTIONS }),
    protocols: define('frame.protocols', 'Protocols in frame', 'string'),
    comment: define('frame.comment', 'Comment', 'string'),
  };
}

/** Arrival times that the deltas are counted from, in nanoseconds. */
export interface FrameClock {
  readonly first: bigint;
  readonly previous: bigint;
  readonly displayed: bigint;
}

export interface FrameContext {
  readonly clock: FrameClock;
  /** the interface's name for -V; null where the file has no interfaces (classic pcap) */
  readonly interfaceName: string | null;
  /** protocols above the transport, as frame.protocols has them, each with its leading ':' */
  readonly upper: string;
}

/** Nanoseconds since the epoch. */
export function packetTime(packet: Packet): bigint {
  return BigInt(packet.sec) * 1_000_000_000n + BigInt(packet.nsec);
}

/** A difference of times as the sink wants it: a number while that is exact. */
export function duration(ns: bigint): FieldValue {
  const n = Number(ns);
  return Number.isSafeInteger(n) ? n : ns;
}

/** A link type that says IPv4 or IPv6 (228, 229) has no layer of its own in tshark. */
export function showsRaw(packet: Packet): boolean {
  return packet.linkType !== 228 && packet.linkType !== 229;
}

/** Which way a point-to-point packet went, where its capture says so: 0 sent, 1 received. */
export function directionOf(packet: Packet): number | null {
  if (packet.linkType !== LinkType.PPP_WITH_DIR || packet.caplen === 0) return null;
  return packet.buf[packet.off] === 0 ? 1 : 0;
}

/** `eth:ethertype:ip:tcp`, without what the session layer found. */
export function layerNames(frame: Frame): string {
  let out = '';
  for (let i = 0; i < frame.layerCount; i++) {
    const layer = frame.layers[i];
    if (layer === undefined || (layer.kind === Layer.RAW && !showsRaw(frame.packet))) continue;
    const name = PROTOCOL_NAMES[layer.kind];
    if (name !== undefined) out = out === '' ? name : `${out}:${name}`;
  }
  return out;
}

export function walkFrame(f: FrameFields, frame: Frame, sink: Sink, context: FrameContext): void {
  const p = frame.packet;
  const text = wantsLabels(sink);
  sink.openProtocol(f.proto, p.off, p.caplen, text ? heading(p, context.interfaceName) : '');
  if (context.interfaceName !== null) {
    sink.field(f.sectionNumber, p.section, p.off, 0);
    sink.openField(
      f.interfaceId,
      p.interfaceId,
      p.off,
      0,
      0,
      text ? `Interface id: ${p.interfaceId} (${context.interfaceName})` : undefined,
    );
    sink.field(f.interfaceName, context.interfaceName, p.off, 0);
    sink.close();
  }
  const encap = ENCAPSULATION.get(p.linkType) ?? [0, 'Unknown'];
  sink.field(
    f.encapType,
    encap[0],
    p.off,
    0,
    0,
    text ? `Encapsulation type: ${encap[1]} (${encap[0]})` : undefined,
  );
  if (p.hasTime && wantsTimes(f, sink)) walkTimes(f, p, sink, context.clock);
  sink.field(f.number, p.number, p.off, 0);
  sink.field(f.len, p.len, p.off, 0, 0, text ? `Frame Length: ${bytesAndBits(p.len)}` : undefined);
  sink.field(f.capLen, p.caplen, p.off, 0, 0, text ? `Capture Length: ${bytesAndBits(p.caplen)}` : undefined);
  sink.field(f.marked, false, p.off, 0, GENERATED);
  sink.field(f.ignored, false, p.off, 0, GENERATED);
  const direction = directionOf(p);
  if (direction !== null) sink.field(f.p2pDir, direction, p.off, 0);
  if (sink.wants(f.protocols))
    sink.field(f.protocols, layerNames(frame) + context.upper, p.off, 0, GENERATED);
  sink.close();
  for (const comment of p.comments) sink.field(f.comment, comment, p.off, 0);
}

/** Whether a sink wants any field that a clock is kept for. */
export function wantsTimes(f: FrameFields, sink: Sink): boolean {
  const defs: readonly FieldDef[] = [
    f.time,
    f.timeEpoch,
    f.timeDelta,
    f.timeDeltaDisplayed,
    f.timeRelative,
    f.offsetShift,
  ];
  return defs.some((def) => sink.wants(def));
}

function walkTimes(f: FrameFields, p: Packet, sink: Sink, clock: FrameClock): void {
  const now = packetTime(p);
  sink.field(f.time, now, p.off, 0);
  sink.field(f.offsetShift, 0, p.off, 0, GENERATED);
  const epochText = wantsLabels(sink) ? `Epoch Time: ${secondsText(now)} seconds` : undefined;
  sink.field(f.timeEpoch, duration(now), p.off, 0, 0, epochText);
  sink.field(f.timeDelta, duration(now - clock.previous), p.off, 0, GENERATED);
  sink.field(f.timeDeltaDisplayed, duration(now - clock.displayed), p.off, 0, GENERATED);
  sink.field(f.timeRelative, duration(now - clock.first), p.off, 0, GENERATED);
}

function heading(p: Packet, interfaceName: string | null): string {
  const on = interfaceName === null ? '' : ` on interface ${interfaceName}, id ${p.interfaceId}`;
  return `Frame ${p.number}: ${p.len} bytes on wire (${p.len * 8} bits), ${p.caplen} bytes captured (${p.caplen * 8} bits)${on}`;
}

function bytesAndBits(n: number): string {
  return `${n} ${n === 1 ? 'byte' : 'bytes'} (${n * 8} bits)`;
}
