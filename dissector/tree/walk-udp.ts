/**
 * UDP (RFC 768). The network layers checked that the header is whole. Nothing throws.
 */
import type { Frame, LayerRange } from '../network/frame.ts';
import type { Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import type { FlowView } from './flow-view.ts';
import { hexText } from './format.ts';
import { CHECKSUM_STATUS } from './network-names.ts';
import type { Define } from './registry.ts';
import { duration } from './walk-frame.ts';

const UNVERIFIED = 2;
const NOT_PRESENT = 3;

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
    stream: define('udp.stream', 'Stream index', 'uint32'),
    timeRelative: define('udp.time_relative', 'Time since first frame', 'reltime'),
    timeDelta: define('udp.time_delta', 'Time since previous frame', 'reltime'),
    payload: define('udp.payload', 'Payload', 'bytes'),
  };
}

export function walkUdp(f: UdpFields, frame: Frame, r: LayerRange, view: FlowView, sink: Sink): void {
  const { off } = r;
  const text = wantsLabels(sink);
  const title = text ? `User Datagram Protocol, Src Port: ${frame.srcPort}, Dst Port: ${frame.dstPort}` : '';
  sink.openProtocol(f.proto, off, 8, title);
  sink.field(f.srcport, frame.srcPort, off, 2);
  sink.field(f.dstport, frame.dstPort, off + 2, 2);
  sink.field(f.port, frame.srcPort, off, 2, HIDDEN);
  sink.field(f.port, frame.dstPort, off + 2, 2, HIDDEN);
  sink.field(f.length, r.view.getUint16(off + 4), off + 4, 2);
  const sum = r.view.getUint16(off + 6);
  const status = sum === 0 ? NOT_PRESENT : UNVERIFIED;
  const note = sum === 0 ? '[zero-value ignored]' : '[unverified]';
  sink.field(
    f.checksum,
    sum,
    off + 6,
    2,
    0,
    text ? `Checksum: ${hexText('uint16', sum)} ${note}` : undefined,
  );
  const statusText = text ? `[Checksum Status: ${CHECKSUM_STATUS.get(status)}]` : undefined;
  sink.field(f.checksumStatus, status, off + 6, sum === 0 ? 2 : 0, GENERATED, statusText);
  if (frame.flow !== null) {
    sink.field(f.stream, frame.flow.index, off + 8, 0, GENERATED);
  }
  if (frame.flow !== null && frame.quoteLayer < 0) {
    sink.openText('Timestamps', off, 0, GENERATED);
    sink.field(f.timeRelative, duration(view.sinceFirst), off, 0, GENERATED);
    sink.field(f.timeDelta, duration(view.sincePrevious), off, 0, GENERATED);
    sink.close();
  }
  const label = text
    ? `UDP payload (${frame.payloadLen} ${frame.payloadLen === 1 ? 'byte' : 'bytes'})`
    : undefined;
  if (frame.payloadLen > 0) sink.field(f.payload, null, frame.payloadOff, frame.payloadLen, 0, label);
  sink.close();
}
