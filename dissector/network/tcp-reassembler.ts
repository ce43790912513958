/**
 * Puts the two directions of each TCP connection back in order and hands the bytes on. Sans-I/O and zero-copy
 * while segments arrive in order; bytes beyond a hole are copied and held within limits. Hostile segments cost
 * bounded memory and never throw.
 */
import type { Flow } from './flow.ts';
import type { Frame } from './frame.ts';

/**
 * Why bytes of a stream are missing. `lost`: never captured. `cut`: behind the snap length, so the stream goes on
 * right after them. `resync`: the sequence numbers jumped, as if another connection had begun unseen; the
 * number of missing bytes is unknown (0).
 */
export type GapReason = 'lost' | 'cut' | 'resync';

export type CloseReason = 'fin' | 'rst';

/**
 * What a direction of a stream is made of, in order: one onStart, then any onBytes and onGap. onClose says that a
 * FIN was reached (once) or that either side sent RST (for both directions); nothing forbids bytes after it.
 */
export interface StreamConsumer {
  /** The direction's first bytes follow. `midstream`: its SYN was not seen, so they may be the middle of a message. */
  onStart(flow: Flow, dir: 0 | 1, midstream: boolean): void;
  /**
   * The next `len` (> 0) bytes: buf[off, off + len), valid during this call only. `view` has buf's origin.
   * `frameNumber` is the frame they were captured in: the current one, or an earlier one for bytes that were held.
   */
  onBytes(
    flow: Flow,
    dir: 0 | 1,
    buf: Buffer,
    view: DataView,
    off: number,
    len: number,
    frameNumber: number,
  ): void;
  /** `missing` bytes of the stream will not come. */
  onGap(flow: Flow, dir: 0 | 1, missing: number, reason: GapReason): void;
  onClose(flow: Flow, dir: 0 | 1, reason: CloseReason): void;
}

/** Bytes held for bytes that have not come, each segment counted with its bookkeeping. */
export interface ReassemblyLimits {
  /** per flow, default 1 MiB */
  readonly heldPerFlow: number;
  /** in all, default 64 MiB; beyond it, the flow that has held longest loses what it holds */
  readonly heldTotal: number;
}

/** What happened so far. */
export interface ReassemblyCounts {
  /** segments that arrived beyond a hole and were held */
  outOfOrder: number;
  /** segments all of whose bytes were there already */
  retransmitted: number;
  /** segments some of whose bytes were there already; the copy that came first is kept */
  overlapped: number;
  /** holes given up */
  gaps: number;
  /** holes given up because their flow held too much */
  overLimit: number;
  /** segments dropped unread, because of the total limit or because their flow was evicted */
  dropped: number;
}

const DEFAULTS: ReassemblyLimits = { heldPerFlow: 1 << 20, heldTotal: 64 << 20 };

/** What a held segment counts beyond its bytes. */
const SEGMENT_COST = 128;

/** Data further back than this is no retransmission: the sequence numbers are another connection's. */
const FAR_BEHIND = 1 << 26;

/** How far beyond the last acknowledgement a first segment may lie for the stream to begin at the acknowledgement. */
const START_WINDOW = 1 << 20;

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** A copied segment, or a piece of one. `wire` is above the bytes there when the snap length cut it. */
interface Held {
  readonly seq: number;
  readonly bytes: Buffer;
  readonly wire: number;
  readonly frameNumber: number;
  readonly sec: number;
  readonly nsec: number;
}

/** Of all directions that hold nothing, which are most. */
const NOTHING_HELD = Object.freeze([]) as readonly Held[] as Held[];

class Direction {
  /** any packet was seen going this way */
  seen = false;
  started = false;
  /** sequence number of the next byte to deliver, once started */
  next = 0;
  /** first sequence number after the SYN, when a SYN or its acknowledgement told it */
  origin = -1;
  /** highest acknowledgement number sent this way, -1 before the first */
  ack = -1;
  /** sequence number of the FIN, -1 before it */
  fin = -1;
  closed = false;
  /** sorted, without overlaps, all beyond `next` */
  held = NOTHING_HELD;
}

class Connection {
  readonly a = new Direction();
  readonly b = new Direction();
  heldBytes = 0;

  of(dir: 0 | 1): Direction {
    return dir === 0 ? this.a : this.b;
  }
}

/** How far `a` lies beyond `b` in sequence space; negative when it lies before. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/**
 * Reassembles every TCP flow of a capture; its state hangs on `flow.tcp`. Where two copies of a byte differ, the
 * one that arrived first is delivered.
 *
 * A hole is given up as lost when the other side acknowledges bytes beyond it, when its flow holds more than the
 * limit, on RST, on FIN if nothing was ever seen of the other side, by concede() and by flush().
 */
export class TcpReassembler {
  readonly counts: ReassemblyCounts = {
    outOfOrder: 0,
    retransmitted: 0,
    overlapped: 0,
    gaps: 0,
    overLimit: 0,
    dropped: 0,
  };
  readonly #consumer: StreamConsumer;
  readonly #limits: ReassemblyLimits;
  /** flows that hold bytes, the one that has held longest first */
  readonly #holding = new Set<Flow>();
  #heldTotal = 0;
  #heldSince: Held | null = null;

  constructor(consumer: StreamConsumer, limits: Partial<ReassemblyLimits> = {}) {
    this.#consumer = consumer;
    this.#limits = { ...DEFAULTS, ...limits };
  }

  /** Bytes held at this moment, bookkeeping included. */
  get held(): number {
    return this.#heldTotal;
  }

  /** During onBytes: when the bytes were captured, if that was before the packet that is being taken; else null. */
  get heldSince(): { readonly sec: number; readonly nsec: number } | null {
    return this.#heldSince;
  }

  /** Takes the TCP segment in `frame`, and calls the consumer for all that it makes deliverable. */
  segment(frame: Frame): void {
    const flow = frame.flow;
    if (flow === null || frame.transport !== 6) return;
    let connection = flow.tcp as Connection | null;
    if (connection === null) {
      connection = new Connection();
      flow.tcp = connection;
    }
    const dir = frame.dir;
    const back = dir === 0 ? 1 : 0;
    const d = connection.of(dir);
    const other = connection.of(back);
    const flags = frame.tcpFlags;
    d.seen = true;

    let seq = frame.seq;
    if ((flags & SYN) !== 0) {
      seq = (seq + 1) >>> 0;
      if (!d.started) this.#start(flow, d, dir, seq, false);
    }
    if ((flags & (ACK | RST)) === ACK)
      this.#acknowledge(flow, connection, dir, frame.ack, (flags & SYN) !== 0);
    if (frame.wireLen > 0) this.#data(flow, connection, dir, frame, seq);
    if ((flags & FIN) !== 0 && d.fin < 0) {
      d.fin = (seq + frame.wireLen) >>> 0;
      if (!d.started) this.#start(flow, d, dir, d.fin, true);
      if (!other.seen) this.#giveUpAll(flow, connection, dir);
    }
    if (d.fin >= 0) this.#finish(flow, connection, dir);

    if ((flags & RST) !== 0) {
      this.#giveUpAll(flow, connection, 0);
      this.#giveUpAll(flow, connection, 1);
      this.#consumer.onClose(flow, dir, 'rst');
      this.#consumer.onClose(flow, back, 'rst');
    }
  }

  /** There are bytes beyond a hole. */
  get holding(): boolean {
    return this.#holding.size > 0;
  }

  /** The capture is over: every hole is given up and what lies beyond is delivered. */
  flush(): void {
    for (const flow of [...this.#holding]) {
      const connection = flow.tcp as Connection;
      this.#giveUpAll(flow, connection, 0);
      this.#giveUpAll(flow, connection, 1);
    }
  }

  /**
   * What the other side acknowledged of `dir` will not come any more: it answered it. (An acknowledgement alone says
   * less where no bytes are held, for it may have been captured before the bytes.)
   */
  concede(flow: Flow, dir: 0 | 1): void {
    const connection = flow.tcp as Connection | null;
    if (connection === null) return;
    const d = connection.of(dir);
    const { ack } = connection.of(dir === 0 ? 1 : 0);
    if (ack < 0 || !d.started) return;
    this.#giveUpAcknowledged(flow, connection, dir, ack);
    const until = d.fin >= 0 && distance(ack, d.fin) > 0 ? d.fin : ack;
    if (distance(until, d.next) > 0) this.#gap(flow, d, dir, until);
  }

  /** The flow is forgotten (evicted, or its ports were used again): what it holds is dropped. */
  drop(flow: Flow): void {
    const connection = flow.tcp as Connection | null;
    if (connection === null || connection.heldBytes === 0) return;
    for (const d of [connection.a, connection.b]) {
      this.counts.dropped += d.held.length;
      d.held = NOTHING_HELD;
    }
    this.#heldTotal -= connection.heldBytes;
    connection.heldBytes = 0;
    this.#holding.delete(flow);
  }

  #start(flow: Flow, d: Direction, dir: 0 | 1, seq: number, midstream: boolean): void {
    d.started = true;
    d.next = seq;
    this.#consumer.onStart(flow, dir, midstream);
  }

  /** `dir` is the way of the acknowledgement; the bytes acknowledged go the other way. */
  #acknowledge(flow: Flow, connection: Connection, dir: 0 | 1, ack: number, syn: boolean): void {
    const d = connection.of(dir);
    if (d.ack >= 0 && distance(ack, d.ack) <= 0) return;
    d.ack = ack;
    const back = dir === 0 ? 1 : 0;
    const other = connection.of(back);
    if (syn && other.origin < 0) other.origin = ack;
    if (other.held.length > 0 || other.fin >= 0) this.#giveUpAcknowledged(flow, connection, back, ack);
  }

  #data(flow: Flow, connection: Connection, dir: 0 | 1, frame: Frame, at: number): void {
    const d = connection.of(dir);
    const { tbuf, tview, payloadLen, wireLen } = frame;
    const number = frame.packet.number;
    if (d.started && at === d.next && d.held.length === 0) {
      d.next = (at + wireLen) >>> 0;
      if (payloadLen > 0) {
        this.#consumer.onBytes(flow, dir, tbuf, tview, frame.payloadOff, payloadLen, number);
      }
      if (payloadLen < wireLen) this.#consumer.onGap(flow, dir, wireLen - payloadLen, 'cut');
      return;
    }
    const other = connection.of(dir === 0 ? 1 : 0);
    if (!d.started) this.#startAtData(flow, d, other, dir, at);
    const behind = distance(d.next, at);
    if (behind > FAR_BEHIND) {
      this.#giveUpAll(flow, connection, dir);
      other.ack = -1;
      d.next = at;
      this.#consumer.onGap(flow, dir, 0, 'resync');
    } else if (behind >= wireLen) {
      this.counts.retransmitted++;
      return;
    } else if (behind > 0) {
      this.counts.overlapped++;
    } else if (behind < 0) {
      this.#hold(flow, connection, d, frame, at);
      if (other.ack >= 0) this.#giveUpAcknowledged(flow, connection, dir, other.ack);
      while (connection.heldBytes > this.#limits.heldPerFlow && d.held.length > 0) {
        this.counts.overLimit++;
        this.#giveUpFirst(flow, connection, dir);
      }
      if (this.#heldTotal > this.#limits.heldTotal) this.#shed();
      return;
    }
    // From here the segment reaches `next`. What is held was first, so it is delivered in its place.
    for (;;) {
      const done = distance(d.next, at);
      if (done >= wireLen) return;
      const first = d.held[0];
      const wire =
        first === undefined ? wireLen - done : Math.min(wireLen - done, distance(first.seq, d.next));
      const len = Math.max(0, Math.min(payloadLen - done, wire));
      d.next = (d.next + wire) >>> 0;
      if (len > 0) this.#consumer.onBytes(flow, dir, tbuf, tview, frame.payloadOff + done, len, number);
      if (len < wire) this.#consumer.onGap(flow, dir, wire - len, 'cut');
      this.#drain(flow, connection, dir);
    }
  }

  /** Data without a SYN before it. Known from the other side: where it must begin. */
  #startAtData(flow: Flow, d: Direction, other: Direction, dir: 0 | 1, seq: number): void {
    if (d.origin >= 0 && distance(seq, d.origin) >= 0) {
      this.#start(flow, d, dir, d.origin, false);
      return;
    }
    const ahead = other.ack < 0 ? 0 : distance(seq, other.ack);
    this.#start(flow, d, dir, ahead > 0 && ahead <= START_WINDOW ? other.ack : seq, true);
  }

  /**
   * Gives up what the oldest flows hold. An eighth at a time: a Set that loses its first entry again and again
   * keeps their places, and is slow to walk.
   */
  #shed(): void {
    const enough = this.#limits.heldTotal - this.#limits.heldTotal / 8;
    for (const oldest of this.#holding) {
      this.drop(oldest);
      if (this.#heldTotal <= enough) return;
    }
  }

  #hold(flow: Flow, connection: Connection, d: Direction, frame: Frame, at: number): void {
    if (d.held === NOTHING_HELD) d.held = [];
    const { held } = d;
    const { wireLen } = frame;
    let index = held.length;
    while (index > 0 && distance(held[index - 1]!.seq + held[index - 1]!.wire, at) > 0) index--;
    let done = 0;
    let added = false;
    let overlapped = false;
    while (done < wireLen) {
      const after = held[index];
      const room = after === undefined ? wireLen : distance(after.seq, at);
      if (room > done) {
        const end = Math.min(room, wireLen);
        this.#insert(flow, connection, d, index++, frame, at, done, end);
        added = true;
        done = end;
      }
      if (after !== undefined && done < wireLen) {
        overlapped = true;
        done = Math.max(done, distance(after.seq + after.wire, at));
        index++;
      }
    }
    if (!added) this.counts.retransmitted++;
    else this.counts.outOfOrder++;
    if (added && overlapped) this.counts.overlapped++;
  }

  /** Keeps a copy of the bytes [from, to) of the segment that begins at `at`. */
  #insert(
    flow: Flow,
    connection: Connection,
    d: Direction,
    index: number,
    frame: Frame,
    at: number,
    from: number,
    to: number,
  ): void {
    const len = Math.max(0, Math.min(frame.payloadLen, to) - from);
    const bytes = Buffer.allocUnsafeSlow(len);
    if (len > 0) frame.tbuf.copy(bytes, 0, frame.payloadOff + from, frame.payloadOff + from + len);
    const piece: Held = {
      seq: (at + from) >>> 0,
      bytes,
      wire: to - from,
      frameNumber: frame.packet.number,
      sec: frame.packet.sec,
      nsec: frame.packet.nsec,
    };
    if (index === d.held.length) d.held.push(piece);
    else d.held.splice(index, 0, piece);
    const cost = len + SEGMENT_COST;
    if (connection.heldBytes === 0) this.#holding.add(flow);
    connection.heldBytes += cost;
    this.#heldTotal += cost;
  }

  /** Delivers the held segments that now follow without a hole. */
  #drain(flow: Flow, connection: Connection, dir: 0 | 1): void {
    const d = connection.of(dir);
    let count = 0;
    for (const h of d.held) {
      if (h.seq !== d.next) break;
      count++;
      const cost = h.bytes.length + SEGMENT_COST;
      connection.heldBytes -= cost;
      this.#heldTotal -= cost;
      d.next = (d.next + h.wire) >>> 0;
      const { bytes } = h;
      if (bytes.length > 0) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        this.#heldSince = h;
        this.#consumer.onBytes(flow, dir, bytes, view, 0, bytes.length, h.frameNumber);
        this.#heldSince = null;
      }
      if (bytes.length < h.wire) this.#consumer.onGap(flow, dir, h.wire - bytes.length, 'cut');
    }
    if (count > 0) d.held.splice(0, count);
    if (connection.heldBytes === 0) this.#holding.delete(flow);
  }

  #giveUpFirst(flow: Flow, connection: Connection, dir: 0 | 1): void {
    const d = connection.of(dir);
    const first = d.held[0];
    if (first === undefined) return;
    this.#gap(flow, d, dir, first.seq);
    this.#drain(flow, connection, dir);
  }

  #giveUpAcknowledged(flow: Flow, connection: Connection, dir: 0 | 1, ack: number): void {
    const d = connection.of(dir);
    while (d.held.length > 0 && distance(ack, d.held[0]!.seq) >= 0) this.#giveUpFirst(flow, connection, dir);
    if (d.fin >= 0 && d.held.length === 0 && distance(ack, d.fin) > 0 && distance(d.fin, d.next) > 0) {
      this.#gap(flow, d, dir, d.fin);
    }
    this.#finish(flow, connection, dir);
  }

  #giveUpAll(flow: Flow, connection: Connection, dir: 0 | 1): void {
    const d = connection.of(dir);
    while (d.held.length > 0) this.#giveUpFirst(flow, connection, dir);
    if (d.fin >= 0 && distance(d.fin, d.next) > 0) this.#gap(flow, d, dir, d.fin);
    this.#finish(flow, connection, dir);
  }

  #gap(flow: Flow, d: Direction, dir: 0 | 1, until: number): void {
    const missing = distance(until, d.next);
    d.next = until;
    this.counts.gaps++;
    this.#consumer.onGap(flow, dir, missing, 'lost');
  }

  #finish(flow: Flow, connection: Connection, dir: 0 | 1): void {
    const d = connection.of(dir);
    if (d.fin < 0 || d.closed || !d.started || distance(d.next, d.fin) < 0) return;
    d.closed = true;
    this.#consumer.onClose(flow, dir, 'fin');
  }
}
