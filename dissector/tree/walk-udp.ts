/**
 * UDP (RFC 768). The network layers checked that the header is whole. Nothing throws.
 */
import type { Frame } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';
import type { Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import type { FlowView } from './flow-view.ts';
import { hexText } from './format.ts';
import { CHECKSUM_STATUS } from './network-names.ts';
import type { Define } from './registry.ts';
import { type ExpertFields, walkExpert } from './walk-expert.ts';
import { duration } from './walk-frame.ts';

const UNVERIFIED = 2;
const NOT_PRESENT = 3;
const ILLEGAL = 4;
const CHECKSUM_NOTES = {
  [UNVERIFIED]: '[unverified]',
  [NOT_PRESENT]: '[zero-value ignored]',
  [ILLEGAL]: '[zero-value illegal]',
} as const;

export type UdpFields = ReturnType<typeof udpFields>;

export function udpFields(define: Define) {
  return {
    proto: define('udp', 'User Datagram Protocol', 'protocol'),
    srcport: define('udp.srcport', 'Source Port', 'uint16'),
    dstport: define('udp.dstport', 'Destination Port', 'uint16'),
    port: define('udp.port', 'Source or Destination Port', 'uint16'),
    length: define('udp.length', 'Length', 'uint16'),
    checksum: define('udp.checksum', 'Checksum', 'uint16', { base: 'hex' }),
    checksumStatus: define('udp.checksum.status', 'Checksum Status', 'uint8', { strings: CHECKSUM_STATUS }),
    zero: define('udp.checksum.zero', 'Illegal checksum value (0)', 'none'),
    stream: define('udp.stream', 'Stream index', 'uint32'),
    timeRelative: define('udp.time_relative', 'Time since first frame', 'reltime'),
    timeDelta: define('udp.time_delta', 'Time since previous frame', 'reltime'),
    payload: define('udp.payload', 'Payload', 'bytes'),
  };
}

/** Walks the header at layers[index], which may be that of a tunnel around the conversation's own. */
export function walkUdp(
  f: UdpFields,
  expert: ExpertFields,
  frame: Frame,
  index: number,
  view: FlowView,
  sink: Sink,
): void {
  const r = frame.layers[index];
  if (r === undefined) return;
  const { off, flow, payload } = r;
  const text = wantsLabels(sink);
  const srcPort = r.view.getUint16(off);
  const dstPort = r.view.getUint16(off + 2);
  const title = text ? `User Datagram Protocol, Src Port: ${srcPort}, Dst Port: ${dstPort}` : '';
  sink.openProtocol(f.proto, off, 8, title);
  sink.field(f.srcport, srcPort, off, 2);
  sink.field(f.dstport, dstPort, off + 2, 2);
  sink.field(f.port, srcPort, off, 2, HIDDEN);
  sink.field(f.port, dstPort, off + 2, 2, HIDDEN);
  sink.field(f.length, r.view.getUint16(off + 4), off + 4, 2);
  walkChecksum(f, expert, frame, index, sink);
  if (flow !== null) sink.field(f.stream, flow.index, off + 8, 0, GENERATED);
  if (flow !== null && frame.quoteLayer < 0) {
    const { sinceFirst, sincePrevious } = view.times(index);
    sink.openText('Timestamps', off, 0, GENERATED);
    sink.field(f.timeRelative, duration(sinceFirst), off, 0, GENERATED);
    sink.field(f.timeDelta, duration(sincePrevious), off, 0, GENERATED);
    sink.close();
  }
  const len = r.end - payload;
  const label = text ? `UDP payload (${len} ${len === 1 ? 'byte' : 'bytes'})` : undefined;
  if (len > 0) sink.field(f.payload, null, payload, len, 0, label);
  sink.close();
}

/** Zero is a checksum that was not computed, which only IPv4 allows. */
function walkChecksum(f: UdpFields, expert: ExpertFields, frame: Frame, index: number, sink: Sink): void {
  const r = frame.layers[index]!;
  const off = r.off + 6;
  const sum = r.view.getUint16(off);
  const status = sum !== 0 ? UNVERIFIED : isOverIpv6(frame, index) ? ILLEGAL : NOT_PRESENT;
  const label = wantsLabels(sink)
    ? `Checksum: ${hexText('uint16', sum)} ${CHECKSUM_NOTES[status]}`
    : undefined;
  const statusLabel = wantsLabels(sink) ? `[Checksum Status: ${CHECKSUM_STATUS.get(status)}]` : undefined;
  sink.openField(f.checksum, sum, off, 2, 0, label);
  if (status === UNVERIFIED) {
    sink.close();
    sink.field(f.checksumStatus, status, off, 0, GENERATED, statusLabel);
    return;
  }
  if (status === ILLEGAL)
    walkExpert(expert, f.zero, 'error', 'checksum', 'Illegal checksum value (0)', off, sink);
  sink.field(f.checksumStatus, status, off, 2, GENERATED, statusLabel);
  sink.close();
}

function isOverIpv6(frame: Frame, index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const kind = frame.layers[i]!.kind;
    if (kind === Layer.IPV6 || kind === Layer.IPV4) return kind === Layer.IPV6;
  }
  return false;
}
