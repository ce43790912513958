/**
 * One TCP connection as tshark 4.0.17 sees it: which segments reach the RPC dissector, alone or put together,
 * and in which frame. Faults included; segments are not sorted unless `tcp.reassemble_out_of_order` is set.
 */
import type { Frame } from '../../network/frame.ts';
import type { Preferences } from '../options.ts';
import { bytesAsChunk, type Chunk, tail } from './chunk.ts';
import { type MessageSink, RpcOverTcp } from './rpc-over-tcp.ts';
import { type SpanningPdu, SpanningPdus } from './segment-store.ts';
import { isBefore, SequenceAnalysis } from './sequence-analysis.ts';
import { looksLikeSmpp, ONE_MORE_SEGMENT, readSmpp } from './smpp.ts';

/** Who reads the connection first: nobody yet, RPC for good, or SMPP unless it refuses. */
export type Owner = 'none' | 'rpc' | 'smpp';

/** The farthest that a PDU may begin before its segment's end. */
const FAR = 1 << 20;

const SYN = 2;
const RST = 4;

/** What a conversation asks of its session. */
export interface ConversationHost extends MessageSink {
  continuation(c: Chunk): void;
  /** the segment, or the last of it, waits for others */
  partial(): void;
}

/** What of a direction outlives the first pass: where PDUs that span segments began, and in which frame. */
class Side {
  spanning = new SpanningPdus();
  /** behind the newest byte; 0 before the first */
  maxNext = 0;
  readonly begun = new Set<number>();
  /** out-of-order mode: segments beyond a hole, by sequence number */
  held: { readonly seq: number; readonly bytes: Buffer }[] = [];

  hold(seq: number, bytes: Buffer): void {
    let at = this.held.length;
    while (at > 0 && isBefore(seq, this.held[at - 1]!.seq)) at--;
    this.held.splice(at, 0, { seq, bytes: Buffer.from(bytes) });
  }

  /** Whether a held segment goes on where `next` ends. */
  heldFollows(next: number): boolean {
    const first = this.held[0];
    return first !== undefined && !isBefore(next, first.seq);
  }
}

export class CompatTcp {
  owner: Owner = 'none';
  readonly #host: ConversationHost;
  readonly #preferences: Preferences;
  readonly #forced: boolean;
  /** the port is another protocol's */
  readonly #taken: boolean;
  readonly #smpp: boolean;
  readonly #heuristic: boolean;
  readonly #rpc: RpcOverTcp;
  readonly #outOfOrder: boolean;
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  #analysis = new SequenceAnalysis();
  #secondPass = false;
  // the segment being read
  #dir: 0 | 1 = 0;
  #frame = 0;
  #desegmentOffset = 0;
  #desegmentLength = 0;

  constructor(
    host: ConversationHost,
    preferences: Preferences,
    o: { registered: 'rpc' | 'other' | 'nobody'; disabled: ReadonlySet<string> },
  ) {
    this.#host = host;
    this.#preferences = preferences;
    this.#forced = o.registered === 'rpc';
    this.#taken = o.registered === 'other';
    this.#smpp = !o.disabled.has('smpp_tcp');
    this.#heuristic = !o.disabled.has('rpc_tcp');
    this.#rpc = new RpcOverTcp(preferences, host);
    this.#outOfOrder = preferences['tcp.desegment_tcp_streams'] && preferences['tcp.reassemble_out_of_order'];
  }

  /** The same segments come again: what the first pass learnt about the connection stays. */
  nextPass(): void {
    this.#secondPass = true;
    this.#analysis = new SequenceAnalysis();
    for (const side of this.#sides) {
      side.spanning = new SpanningPdus();
      side.maxNext = 0;
      side.held = [];
    }
  }

  segment(frame: Frame, time: number): void {
    this.#analysis.segment(frame, time);
    let { seq, nextSeq } = this.#analysis;
    this.#dir = frame.dir;
    this.#frame = frame.packet.number;
    const side = this.#sides[frame.dir];
    if ((frame.tcpFlags & SYN) !== 0) {
      side.maxNext = seq + 1;
      seq++;
      nextSeq++;
    }
    if (frame.payloadLen === 0 || (frame.tcpFlags & RST) !== 0) return;
    const payload: Chunk = {
      buf: frame.tbuf,
      view: frame.tview,
      off: frame.payloadOff,
      len: frame.payloadLen,
      wireLen: frame.wireLen,
      inFrame: frame.tbuf === frame.packet.buf,
    };
    const whole = frame.payloadLen >= frame.wireLen;
    if (this.#preferences['tcp.desegment_tcp_streams'] && whole) {
      this.#desegment(side, payload, seq, nextSeq);
      return;
    }
    const { old, spurious, retransmission } = this.#analysis;
    if (!this.#outOfOrder && ((old && !spurious) || retransmission)) return;
    this.#dissect(payload, seq, false);
    const until = this.#rpc.bytesUntilNext;
    if (until > 0 && !this.#host.aborted) this.#begin(side, seq, nextSeq + until);
  }

  // --- desegmentation

  #desegment(side: Side, payload: Chunk, seq: number, nextSeq: number): void {
    let offset = 0;
    for (;;) {
      const used = this.#step(side, payload, offset, seq, nextSeq);
      if (used <= 0 || this.#host.aborted) return;
      offset += used;
      seq += used;
    }
  }

  /** One round over what follows `offset`; how far the next round begins, 0 when there is none. */
  #step(side: Side, payload: Chunk, offset: number, seq: number, nextSeq: number): number {
    const exact = side.spanning.get(seq);
    if (exact !== undefined && nextSeq <= exact.nextPdu && exact.lastFrame !== this.#frame) return 0;
    if (this.#analysis.retransmission && !this.#outOfOrder) return 0;
    let { old } = this.#analysis;
    if (this.#outOfOrder && offset === 0) {
      old = side.maxNext !== 0 && !isBefore(side.maxNext, nextSeq);
      if (side.maxNext !== 0 && isBefore(side.maxNext, seq)) {
        side.hold(seq, payload.buf.subarray(payload.off, payload.off + payload.len));
        return 0;
      }
      if (!old) side.maxNext = nextSeq;
    }
    let pdu = exact ?? side.spanning.atOrBefore(seq - 1);
    const covered = pdu !== undefined && pdu.seq <= seq && pdu.nextPdu > seq;
    if (!covered) {
      if (old && offset === 0) return 0;
      const fills = this.#outOfOrder && offset === 0 && side.heldFollows(nextSeq);
      pdu = fills ? this.#begin(side, seq, nextSeq) : undefined;
    }
    if (pdu !== undefined) return this.#continue(side, pdu, payload, offset, seq, nextSeq);
    this.#dissect(tail(payload, offset), seq, true);
    if (this.#desegmentLength > 0) {
      const from = payload.off + offset + this.#desegmentOffset;
      const bytes = payload.buf.subarray(from, payload.off + payload.len);
      this.#await(side, bytes, seq + this.#desegmentOffset, nextSeq);
    }
    return 0;
  }

  #begin(side: Side, seq: number, nextPdu: number): SpanningPdu {
    return side.spanning.add(seq, nextPdu, this.#frame);
  }

  /** The segment goes on with a PDU that spans segments. */
  #continue(
    side: Side,
    pdu: SpanningPdu,
    payload: Chunk,
    offset: number,
    seq: number,
    nextSeq: number,
  ): number {
    pdu.lastFrame = this.#frame;
    const length = pdu.wholeSegment ? payload.len - offset : Math.min(nextSeq, pdu.nextPdu) - seq;
    const at = payload.off + offset;
    const bytes = payload.buf.subarray(at, at + length);
    if (this.#outOfOrder && !pdu.complete) pdu.length = Math.max(seq + length, pdu.nextPdu) - pdu.seq;
    if (!pdu.add(seq - pdu.seq, bytes, isBefore(nextSeq, pdu.nextPdu), this.#frame)) return 0;
    if (pdu.wholeSegment) {
      pdu.wholeSegment = false;
      if (isBefore(pdu.nextPdu, nextSeq)) pdu.nextPdu = nextSeq;
    }
    this.#addHeld(side, pdu);
    const follows = pdu.nextPdu < nextSeq && pdu.nextPdu >= seq && length > 0 ? pdu.nextPdu - seq : 0;
    if (!pdu.complete) this.#host.partial();
    if (!pdu.complete || pdu.completedIn !== this.#frame) return follows;
    const wants = this.#deliver(side, pdu);
    if (wants && follows === 0) return offset + length < payload.len ? length : 0;
    return follows;
  }

  /** A PDU is complete. True when its dissector wants more for its beginning. */
  #deliver(side: Side, pdu: SpanningPdu): boolean {
    const whole = pdu.assemble();
    this.#dissect(bytesAsChunk(whole), pdu.seq, true);
    if (this.#host.aborted) return false;
    if (this.#desegmentLength === 0) {
      pdu.release();
      return false;
    }
    const end = pdu.seq + whole.length;
    if (this.#desegmentOffset === 0) {
      pdu.partial = true;
      this.#extend(pdu, end);
      return true;
    }
    pdu.release();
    this.#await(side, whole.subarray(this.#desegmentOffset), pdu.seq + this.#desegmentOffset, end);
    return false;
  }

  /** A PDU begins at `seq` with `bytes`, which end at `end`, and needs more segments. */
  #await(side: Side, bytes: Buffer, seq: number, end: number): void {
    if (end - seq > FAR) return;
    if (this.#secondPass && !side.begun.has(seq)) return;
    side.begun.add(seq);
    const pdu = this.#begin(side, seq, end);
    this.#extend(pdu, end);
    if (this.#outOfOrder) pdu.length = pdu.nextPdu - pdu.seq;
    pdu.add(0, bytes, isBefore(end, pdu.nextPdu), this.#frame);
    this.#addHeld(side, pdu);
    if (!pdu.complete) this.#host.partial();
    else if (this.#outOfOrder) this.#deliver(side, pdu);
  }

  /** Out-of-order mode: held segments that no hole keeps from the PDU any more join it, whole. */
  #addHeld(side: Side, pdu: SpanningPdu): void {
    if (!this.#outOfOrder) return;
    for (let h = side.held[0]; h !== undefined; h = side.held[0]) {
      if (isBefore(side.maxNext, h.seq) || h.seq > pdu.nextPdu) return;
      side.held.shift();
      const end = h.seq + h.bytes.length;
      if (isBefore(pdu.nextPdu, end)) pdu.nextPdu = end;
      if (isBefore(side.maxNext, end)) side.maxNext = end;
      pdu.reopen();
      pdu.length = pdu.nextPdu - pdu.seq;
      pdu.add(h.seq - pdu.seq, h.bytes, true, this.#frame);
    }
  }

  /** The PDU goes on behind `end` for as long as its dissector asked. */
  #extend(pdu: SpanningPdu, end: number): void {
    pdu.wholeSegment = this.#desegmentLength === ONE_MORE_SEGMENT;
    pdu.nextPdu = (end + (pdu.wholeSegment ? 1 : this.#desegmentLength)) >>> 0;
  }

  // --- dissectors

  #dissect(c: Chunk, seq: number, canDesegment: boolean): void {
    this.#desegmentOffset = 0;
    this.#desegmentLength = 0;
    if (canDesegment && this.#analysis.old && !this.#outOfOrder) return;
    if (this.owner === 'smpp' && this.#smppTakes(c, canDesegment)) return;
    if (this.#taken && this.owner !== 'rpc') return;
    const heuristic = this.owner !== 'rpc' && !this.#forced;
    if (heuristic) {
      if (this.#smpp && this.owner === 'none' && this.#smppTakes(c, canDesegment)) return;
      if (!this.#heuristic) return;
    }
    const reading = this.#rpc.read(c, seq, this.#dir, this.#frame, heuristic, canDesegment, this.#secondPass);
    if (reading === 'not rpc' && !heuristic && !this.#host.aborted) this.#host.continuation(c);
    if (reading === 'more') {
      this.#desegmentOffset = this.#rpc.desegmentOffset;
      this.#desegmentLength = this.#rpc.desegmentLength;
    }
  }

  #smppTakes(c: Chunk, canDesegment: boolean): boolean {
    if (!looksLikeSmpp(c)) return false;
    this.owner = 'smpp';
    const wanted = canDesegment ? readSmpp(c) : null;
    if (wanted !== null) {
      this.#desegmentOffset = wanted.offset;
      this.#desegmentLength = wanted.more;
    }
    return true;
  }
}
