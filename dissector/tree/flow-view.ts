/**
 * What the header fields of TCP and UDP need to know about earlier packets of the same flow: where sequence numbers
 * begin, window scaling, times, completeness. One small record a flow, held by the flow itself (a WeakMap), so it
 * is bounded with the flow table. `update` is called once per packet, in order; it never throws.
 */

import type { Flow } from '../network/flow.ts';
import type { Frame } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';
import { packetTime } from './walk-frame.ts';

/** Window scale: not seen (the connection began before the capture), and known to be unused. */
export const SCALE_UNKNOWN = -1;
export const SCALE_UNUSED = -2;

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_SCALE = 3;

interface FlowRecord {
  first: bigint;
  previous: bigint;
  /** per direction: the sequence number shown as 0, -1 while unknown; window scale */
  readonly base: [number, number];
  readonly scale: [number, number];
  completeness: number;
  /** per direction: what its last acknowledgment and window let the other side send up to, -1 unknown */
  readonly edge: [number, number];
  /** per direction: it was the first to send FIN */
  readonly closes: [boolean, boolean];
}

/** Nanoseconds since a flow's first and previous packet. */
export interface FlowTimes {
  readonly sinceFirst: bigint;
  readonly sincePrevious: bigint;
}

/** The numbers for the packet last given to `update`. */
export class FlowView {
  readonly #records = new WeakMap<Flow, FlowRecord>();
  /** relative sequence and acknowledgment numbers */
  seq = 0;
  ack = 0;
  /** window in bytes; shift count or SCALE_* */
  window = 0;
  scale = SCALE_UNKNOWN;
  /** tshark's completeness bits as they were before this packet */
  completeness = 0;
  /** this segment ends where the receiver's window does */
  windowFull = false;
  /** of a segment with FIN: whether the other side began to close */
  passiveClose = false;
  /** nanoseconds since the flow's first and previous packet */
  sinceFirst = 0n;
  sincePrevious = 0n;
  /** of the packets around the conversation's own, by the index of their UDP header */
  readonly #around = new Map<number, FlowTimes>();

  /** Of the UDP header at layers[index]. */
  times(index: number): FlowTimes {
    return this.#around.get(index) ?? this;
  }

  update(frame: Frame): void {
    if (this.#around.size > 0) this.#around.clear();
    if (frame.quoteLayer >= 0) return;
    if (frame.tunnelLayer > 0) this.#updateAround(frame);
    const flow = frame.flow;
    if (flow === null) return;
    const record = this.#touch(flow, packetTime(frame.packet));
    if (frame.transport === 6) this.#updateTcp(frame, record);
  }

  #updateAround(frame: Frame): void {
    const now = packetTime(frame.packet);
    for (let i = 0; i < frame.tunnelLayer; i++) {
      const { kind, flow } = frame.layers[i]!;
      if (kind !== Layer.UDP || flow === null) continue;
      this.#touch(flow, now);
      this.#around.set(i, { sinceFirst: this.sinceFirst, sincePrevious: this.sincePrevious });
    }
  }

  /** Sets the times of the flow's packet. */
  #touch(flow: Flow, now: bigint): FlowRecord {
    let record = this.#records.get(flow);
    if (record === undefined) {
      record = {
        first: now,
        previous: now,
        base: [-1, -1],
        scale: [SCALE_UNKNOWN, SCALE_UNKNOWN],
        completeness: 0,
        edge: [-1, -1],
        closes: [false, false],
      };
      this.#records.set(flow, record);
    }
    this.sinceFirst = now - record.first;
    this.sincePrevious = now - record.previous;
    record.previous = now;
    return record;
  }

  #updateTcp(frame: Frame, record: FlowRecord): void {
    const forward = frame.dir;
    const reverse = forward === 0 ? 1 : 0;
    const flags = frame.tcpFlags;
    const syn = (flags & SYN) !== 0;
    const ack = (flags & ACK) !== 0;
    if (record.base[forward] < 0) record.base[forward] = (syn ? frame.seq : frame.seq - 1) >>> 0;
    if (record.base[reverse] < 0 && ack) record.base[reverse] = (frame.ack - 1) >>> 0;
    this.seq = (frame.seq - record.base[forward]) >>> 0;
    // without the flag the number means nothing, and stays as it stands
    this.ack = ack ? (frame.ack - record.base[reverse]) >>> 0 : frame.ack;
    if (syn) this.#learnScale(frame, record, forward, reverse, ack);
    this.scale = record.scale[forward];
    this.window = this.scale >= 0 && !syn ? frame.window * 2 ** this.scale : frame.window;
    const end = (frame.seq + frame.wireLen) >>> 0;
    const mayFill = frame.wireLen > 0 && (flags & (SYN | FIN | RST)) === 0;
    this.windowFull = mayFill && record.scale[reverse] !== SCALE_UNKNOWN && record.edge[reverse] === end;
    if (ack) record.edge[forward] = (frame.ack + this.window) >>> 0;
    this.passiveClose = record.closes[reverse];
    if ((flags & FIN) !== 0 && !this.passiveClose) record.closes[forward] = true;
    this.completeness = record.completeness;
    record.completeness = completenessAfter(record.completeness, flags, frame.payloadLen > 0);
  }

  #learnScale(frame: Frame, record: FlowRecord, forward: 0 | 1, reverse: 0 | 1, synAck: boolean): void {
    const found = windowScale(frame);
    if (found >= 0) record.scale[forward] = found;
    // neither side scales unless both SYNs carry the option (RFC 7323 section 2.2)
    if (record.scale[forward] === SCALE_UNKNOWN) {
      record.scale[forward] = SCALE_UNUSED;
      record.scale[reverse] = SCALE_UNUSED;
    } else if (synAck && record.scale[reverse] === SCALE_UNUSED) {
      record.scale[forward] = SCALE_UNUSED;
    }
  }
}

function completenessAfter(before: number, flags: number, data: boolean): number {
  let bits = before;
  if ((flags & (SYN | ACK)) === SYN) bits |= 1;
  else if ((flags & (SYN | ACK)) === (SYN | ACK)) bits |= 2;
  else if ((flags & ACK) !== 0 && (bits & 3) === 3) bits |= 4;
  if (data) bits |= 8;
  if ((flags & FIN) !== 0) bits |= 16;
  if ((flags & RST) !== 0) bits |= 32;
  return bits;
}

/** The shift count of a SYN's window scale option, at most 14, or -1. */
function windowScale(frame: Frame): number {
  const r = frame.layers[frame.transportLayer];
  if (r === undefined) return -1;
  let at = r.off + 20;
  while (at < r.payload) {
    const kind = r.buf[at] ?? OPTION_END;
    if (kind === OPTION_END) return -1;
    if (kind === OPTION_NOP) {
      at++;
      continue;
    }
    const len = at + 1 < r.payload ? (r.buf[at + 1] ?? 0) : 0;
    if (len < 2 || at + len > r.payload) return -1;
    if (kind === OPTION_SCALE && len === 3) return Math.min(r.buf[at + 2] ?? 0, 14);
    at += len;
  }
  return -1;
}
