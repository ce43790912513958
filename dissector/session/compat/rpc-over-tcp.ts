/**
 * tshark's reading of a TCP payload as RPC records: one fragment after the other, each wholly in the payload or
 * asked for, messages of several fragments joined by sequence number. Never throws.
 */
import type { Preferences } from '../options.ts';
import { bytesAsChunk, type Chunk, tail } from './chunk.ts';

/** A record, or a fragment of one, with the mark that was read last. */
export interface RecordInfo {
  readonly fragLen: number;
  readonly lastFrag: boolean;
  /** -1 when the mark does not stand before the bytes */
  readonly markOff: number;
  readonly fragmentCount: number;
  readonly fragmentFrames: readonly number[] | null;
}

/** What becomes of the messages. */
export interface MessageSink {
  looksLikeCall(c: Chunk): boolean;
  /** Also invents a call where the preferences say so. */
  looksLikeReply(c: Chunk): boolean;
  /** A message, if it is one. `aborted` afterwards: the captured bytes ended inside what tshark reads at once. */
  message(c: Chunk, record: RecordInfo): boolean;
  fragment(c: Chunk, record: RecordInfo): void;
  /** tshark's reading of the packet stopped at an exception */
  readonly aborted: boolean;
  /** RPC was believed on the connection before a message was whole. */
  bind(): void;
}

/** How a payload was read. */
export type Reading = 'rpc' | 'not rpc' | 'more';

interface Joining {
  readonly startSeq: number;
  readonly off: number;
}

interface Joined {
  parts: Buffer[];
  frames: number[];
  complete: boolean;
}

const LAST_FRAGMENT = 0x80000000;

/** Not a length: the fragment is no RPC. */
const NOT_RPC = 0;

export class RpcOverTcp {
  /** set by `read` when it answers 'more' */
  desegmentOffset = 0;
  desegmentLength = 0;
  /** set by `read` without desegmentation: bytes of the last record that lie behind the payload */
  bytesUntilNext = 0;

  readonly #preferences: Preferences;
  readonly #sink: MessageSink;
  /** by sender and sequence number of the fragment's mark */
  readonly #joining: readonly [Map<number, Joining>, Map<number, Joining>] = [new Map(), new Map()];
  readonly #joined: readonly [Map<number, Joined>, Map<number, Joined>] = [new Map(), new Map()];

  constructor(preferences: Preferences, sink: MessageSink) {
    this.#preferences = preferences;
    this.#sink = sink;
  }

  /** Reads all that is in `c`, which begins at `seq`. `canDesegment`: more may be asked for. */
  read(
    c: Chunk,
    seq: number,
    dir: 0 | 1,
    frame: number,
    heuristic: boolean,
    canDesegment: boolean,
    secondPass: boolean,
  ): Reading {
    let offset = 0;
    let saw = false;
    let first = true;
    this.desegmentOffset = 0;
    this.desegmentLength = 0;
    this.bytesUntilNext = 0;
    while (offset < c.wireLen) {
      let length = this.#fragment(c, offset, seq, dir, frame, heuristic, canDesegment, secondPass);
      if (length === NOT_RPC && first && this.#preferences['rpc.find_fragment_start']) {
        offset = findReplyStart(c, 4);
        length = this.#fragment(c, offset, seq, dir, frame, heuristic, canDesegment, secondPass);
      }
      first = false;
      if (this.#sink.aborted) return 'rpc';
      if (length < 0) return 'more';
      if (length === NOT_RPC) break;
      this.bytesUntilNext = Math.max(length - (c.wireLen - offset), 0);
      offset += length;
      saw = true;
    }
    return saw ? 'rpc' : 'not rpc';
  }

  /** The fragment's length with its mark, NOT_RPC, or below zero when more is needed. */
  #fragment(
    c: Chunk,
    offset: number,
    seq: number,
    dir: 0 | 1,
    frame: number,
    heuristic: boolean,
    canDesegment: boolean,
    secondPass: boolean,
  ): number {
    if (c.len - offset < 4) return NOT_RPC;
    const mark = c.view.getUint32(c.off + offset);
    const lastFrag = mark >= LAST_FRAGMENT;
    const fragLen = lastFrag ? mark - LAST_FRAGMENT : mark;
    const p = this.#preferences;
    if (fragLen > p['rpc.max_tcp_pdu_size']) return NOT_RPC;
    const have = c.wireLen - offset - 4;
    const body = tail(c, offset + 4);
    if (p['rpc.desegment_rpc_over_tcp'] && fragLen > have && canDesegment) {
      if (heuristic) {
        if (!this.#looksRight(body)) return NOT_RPC;
        this.#sink.bind();
      }
      this.desegmentOffset = offset;
      this.desegmentLength = fragLen - have;
      return -1;
    }
    const data: Chunk = {
      ...body,
      len: Math.min(body.len, fragLen),
      wireLen: Math.min(Math.max(body.wireLen, 0), fragLen),
    };
    const alone: RecordInfo = {
      fragLen,
      lastFrag,
      markOff: c.off + offset,
      fragmentCount: 1,
      fragmentFrames: null,
    };
    const length = fragLen + 4;
    if (!p['rpc.defragment_rpc_over_tcp'] || data.len < data.wireLen)
      return this.#sink.message(data, alone) ? length : NOT_RPC;
    return this.#defragment(data, alone, (seq + offset) >>> 0, length, dir, frame, secondPass);
  }

  #looksRight(body: Chunk): boolean {
    if (body.len < 8) return false;
    const msgtyp = body.view.getUint32(body.off + 4);
    if (msgtyp === 0) return this.#sink.looksLikeCall(body);
    return msgtyp === 1 && this.#sink.looksLikeReply(body);
  }

  #defragment(
    data: Chunk,
    record: RecordInfo,
    seq: number,
    length: number,
    dir: 0 | 1,
    frame: number,
    secondPass: boolean,
  ): number {
    const joining = this.#joining[dir].get(seq);
    const { lastFrag } = record;
    if (joining === undefined) {
      if (lastFrag) return this.#sink.message(data, record) ? length : NOT_RPC;
      if (!this.#sink.message(data, record)) return NOT_RPC;
      if (!secondPass) this.#joining[dir].set(seq, { startSeq: seq, off: 0 });
      this.#join(seq, 0, seq + length, data, true, dir, frame, secondPass);
      this.#sink.fragment(data, record);
      return length;
    }
    const joined = this.#join(
      joining.startSeq,
      joining.off,
      seq + length,
      data,
      !lastFrag,
      dir,
      frame,
      secondPass,
    );
    if (joined === null || !lastFrag) {
      this.#sink.fragment(data, record);
      return length;
    }
    const whole = bytesAsChunk(Buffer.concat(joined.parts));
    const { fragLen } = record;
    const { frames } = joined;
    const info = { fragLen, lastFrag, markOff: -1, fragmentCount: frames.length, fragmentFrames: frames };
    return this.#sink.message(whole, info) ? length : NOT_RPC;
  }

  /** Adds a fragment to its message; the message when it is whole. */
  #join(
    start: number,
    off: number,
    next: number,
    data: Chunk,
    more: boolean,
    dir: 0 | 1,
    frame: number,
    secondPass: boolean,
  ): Joined | null {
    let joined = this.#joined[dir].get(start);
    if (joined === undefined || (off === 0 && more && secondPass)) {
      joined = { parts: [], frames: [], complete: false };
      this.#joined[dir].set(start, joined);
    }
    if (joined.complete) return joined;
    joined.parts.push(Buffer.from(data.buf.subarray(data.off, data.off + data.len)));
    joined.frames.push(frame);
    if (more) {
      if (!secondPass) this.#joining[dir].set(next >>> 0, { startSeq: start, off: off + data.wireLen });
      return null;
    }
    joined.complete = true;
    return joined;
  }
}

/** tshark's search for a reply: a mark, an xid, REPLY, and 16 zero bytes. The last word is not looked at. */
function findReplyStart(c: Chunk, from: number): number {
  for (let at = from; at + 28 <= c.len; at++) {
    const p = c.off + at;
    if (c.view.getUint32(p + 8) !== 1) continue;
    if (c.view.getUint32(p + 12) !== 0 || c.view.getUint32(p + 16) !== 0) continue;
    if (c.view.getUint32(p + 20) !== 0 || c.view.getUint32(p + 24) !== 0) continue;
    return at;
  }
  return from;
}
