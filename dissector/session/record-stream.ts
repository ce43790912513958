/**
 * One direction of a TCP connection, cut into RPC records (RFC 5531 section 11). Takes bytes in any portions and
 * gaps between them, hands whole messages to its host, and finds the next plausible record after bytes that are
 * none. Never throws; work is linear in the bytes, memory is what the pool allows.
 */
import type { Block, BlockPool } from './block-pool.ts';
import { Verdict } from './plausible.ts';

/** What a stream asks of and tells its connection. `len` bytes at `off` are valid during the call. */
export interface RecordHost {
  /** true once anything on the connection was believed to be RPC, or it was forced */
  readonly trusted: boolean;
  /** Judges a message of which [off, end) is at hand; `length` -1 unknown. */
  judge(view: DataView, off: number, end: number, length: number, more: boolean): Verdict;
  /** As `judge`, for bytes found while searching: nothing is believed that does not speak for itself. */
  judgeFound(view: DataView, off: number, end: number, length: number, more: boolean): Verdict;
  message(stream: RecordStream, m: FoundMessage): void;
  fragment(stream: RecordStream, f: FoundMessage): void;
  continuation(stream: RecordStream, buf: Buffer, view: DataView, off: number, len: number): void;
  /**
   * Where a record mark should be stands `mark`, which reads as the head of a TLS record. `first`: the stream said
   * nothing before. If true, TLS begins here: the stream forgets its framing, and its bytes from the mark on are
   * given to `tls`.
   */
  startsTls(mark: number, first: boolean): boolean;
  tls(buf: Buffer, off: number, len: number, frame: number): void;
}

/** A message or a fragment, for the duration of a call. */
export interface FoundMessage {
  buf: Buffer;
  view: DataView;
  off: number;
  len: number;
  wireLen: number;
  /** offset of the record mark before `off`, -1 when it is not there */
  markOff: number;
  fragLen: number;
  lastFrag: boolean;
  fragmentCount: number;
  fragmentFrames: number[] | null;
  /** bytes are missing inside the message */
  cut: boolean;
  /** found by searching */
  resynchronised: boolean;
}

export function newFoundMessage(): FoundMessage {
  const none = Buffer.alloc(0);
  return {
    buf: none,
    view: new DataView(none.buffer, 0, 0),
    off: 0,
    len: 0,
    wireLen: 0,
    markOff: -1,
    fragLen: 0,
    lastFrag: false,
    fragmentCount: 1,
    fragmentFrames: null,
    cut: false,
    resynchronised: false,
  };
}

export interface RecordLimits {
  /** longest record, in bytes */
  readonly recordBytes: number;
  /** bytes kept of a record that spans segments */
  readonly keepBytes: number;
  readonly fragmentsPerRecord: number;
  readonly emptyFragmentsPerRecord: number;
}

type State = 'aligned' | 'searching' | 'off';

/** What a search looks at beyond a candidate's mark before it believes a header that goes on. */
const SEARCH_BYTES = 60;

/** The smallest messages: a denied reply, and a call with empty credential and verifier. */
const SMALLEST_REPLY = 20;

/** A connection not known to be RPC is searched this far; then only where a portion begins. */
const SEARCH_BUDGET = 256 << 10;

const LAST_FRAGMENT = 0x80000000;

/** A handshake, alert, change of cipher or data record of SSL 3.0 or later, no longer than those may be. */
function readsAsTls(mark: number, lastFrag: boolean): boolean {
  const type = mark >>> 24;
  if (lastFrag || type < 0x14 || type > 0x17) return false;
  return ((mark >>> 16) & 0xff) === 3 && ((mark >>> 8) & 0xff) <= 4 && (mark & 0xff) <= 0x48;
}

/** What is known of a record that has begun. Streams share these: between records one needs none. */
class OpenRecord {
  block: Block | null = null;
  stored = 0;
  total = 0;
  cut = false;
  believed = false;
  fragments = 0;
  emptyFragments = 0;
  frames: number[] | null = null;
  resynchronised = false;
  // the current fragment
  markBytes = 0;
  mark = 0;
  inFragment = false;
  fragLen = 0;
  lastFrag = false;
  remaining = 0;
  /** where the mark stands in the portion at hand, -1 elsewhere */
  markAt = -1;

  /** It has begun, and not ended. */
  get begun(): boolean {
    return this.inFragment || this.markBytes > 0 || this.fragments > 0;
  }

  reset(): void {
    this.block = null;
    this.stored = 0;
    this.total = 0;
    this.cut = false;
    this.believed = false;
    this.fragments = 0;
    this.emptyFragments = 0;
    this.frames = null;
    this.resynchronised = false;
    this.markBytes = 0;
    this.mark = 0;
    this.inFragment = false;
    this.remaining = 0;
    this.markAt = -1;
  }
}

/** What all streams of a session share: limits, memory, and the object in which what is found is told. */
export class RecordStreams {
  readonly pool: BlockPool;
  readonly limits: RecordLimits;
  readonly found: FoundMessage = newFoundMessage();
  /** for use again; as many as were ever open at once */
  readonly #spare: OpenRecord[] = [];

  constructor(pool: BlockPool, limits: RecordLimits) {
    this.pool = pool;
    this.limits = limits;
  }

  take(): OpenRecord {
    return this.#spare.pop() ?? new OpenRecord();
  }

  giveBack(record: OpenRecord): void {
    this.#spare.push(record);
  }
}

export class RecordStream {
  state: State = 'aligned';
  readonly #host: RecordHost;
  readonly #shared: RecordStreams;
  #open: OpenRecord | null = null;
  // the search
  /** something of the stream was shown or passed over: a message found now is found again */
  #begun = false;
  #carry: Buffer | null = null;
  #budget = SEARCH_BUDGET;

  constructor(host: RecordHost, shared: RecordStreams) {
    this.#host = host;
    this.#shared = shared;
  }

  get #record(): OpenRecord {
    this.#open ??= this.#shared.take();
    return this.#open;
  }

  /** Between records nothing is kept of them. */
  #rest(): void {
    const record = this.#open;
    if (record === null) return;
    record.markAt = -1;
    if (record.begun || record.believed) return;
    this.#shared.giveBack(record);
    this.#open = null;
  }

  /** A record has begun and not ended. */
  get unfinished(): boolean {
    return this.state === 'aligned' && this.#open !== null && this.#open.begun;
  }

  /** The record that has begun is a message with that xid. */
  awaits(xid: number): boolean {
    const record = this.#open;
    if (record === null || !record.believed || record.block === null || record.stored < 4) return false;
    return record.block.view.getUint32(0) === xid;
  }

  search(): void {
    this.#reset();
    this.#rest();
    this.state = 'searching';
  }

  off(): void {
    this.#reset();
    this.#rest();
    this.#carry = null;
    this.state = 'off';
  }

  /** Takes buf[off, off + len), the stream's next bytes, captured in `frame`. */
  bytes(buf: Buffer, view: DataView, off: number, len: number, frame: number): void {
    const end = off + len;
    let at = off;
    while (at < end) {
      if (this.state === 'aligned') at = this.#aligned(buf, view, at, end, frame);
      else if (this.state === 'searching') at = this.#search(buf, view, at, end, frame);
      else return;
    }
    this.#rest();
  }

  /** The next `missing` bytes will not come; 0: nobody knows how many. */
  gap(missing: number, frame: number): void {
    if (this.state === 'off') return;
    this.#carry = null;
    if (this.state === 'searching') return;
    const r = this.#open;
    const known = r?.inFragment && r.believed;
    if (known && missing > 0 && missing <= r.remaining) {
      r.cut = true;
      r.total += missing;
      r.remaining -= missing;
      if (r.remaining === 0) this.#endFragment(null, null, 0, frame);
      this.#rest();
      return;
    }
    if (known && missing > r.remaining) {
      r.cut = true;
      r.total += r.remaining;
      r.remaining = 0;
      r.lastFrag = true;
      this.#endFragment(null, null, 0, frame);
    }
    this.search();
  }

  // --- aligned

  /** Goes on at a known place of a record; returns how far it came. */
  #aligned(buf: Buffer, view: DataView, at: number, end: number, frame: number): number {
    const r = this.#record;
    if (r.inFragment) return this.#append(buf, view, at, end, frame);
    let markOff = -1;
    let next = at;
    if (r.markBytes === 0 && end - at >= 4) {
      markOff = at;
      r.mark = view.getUint32(at);
      next = at + 4;
    } else {
      while (next < end && r.markBytes < 4) {
        r.mark = ((r.mark << 8) | buf[next++]!) >>> 0;
        r.markBytes++;
      }
      if (r.markBytes < 4) return end;
      r.markBytes = 0;
    }
    const lastFrag = r.mark >= LAST_FRAGMENT;
    const fragLen = lastFrag ? r.mark - LAST_FRAGMENT : r.mark;
    r.fragLen = fragLen;
    r.lastFrag = lastFrag;
    r.mark = 0;
    if (!this.#acceptable(fragLen, lastFrag)) {
      if (readsAsTls(fragLen, lastFrag) && this.#host.startsTls(fragLen, !this.#begun)) {
        this.#handToTls(fragLen, buf, next, end, at, frame);
        return end;
      }
      return this.#refuse(at, end);
    }
    r.fragments++;
    if (fragLen === 0) {
      if (lastFrag && r.total === 0) this.#reset();
      else this.#endFragment(buf, view, next, frame);
      return next;
    }
    if (lastFrag && r.fragments === 1 && fragLen <= end - next) {
      return this.#whole(buf, view, markOff, next, fragLen, at);
    }
    r.inFragment = true;
    r.remaining = fragLen;
    r.markAt = markOff;
    return next;
  }

  #acceptable(fragLen: number, lastFrag: boolean): boolean {
    const r = this.#record;
    const { recordBytes, fragmentsPerRecord, emptyFragmentsPerRecord } = this.#shared.limits;
    if (r.total + fragLen > recordBytes || r.fragments >= fragmentsPerRecord) return false;
    return fragLen > 0 || lastFrag || ++r.emptyFragments <= emptyFragmentsPerRecord;
  }

  /** A record that lies in these bytes from its mark to its end. */
  #whole(buf: Buffer, view: DataView, markOff: number, off: number, len: number, at: number): number {
    const end = off + len;
    if (this.#record.believed || this.#host.judge(view, off, end, len, false) === Verdict.YES) {
      const found = this.#fill(buf, view, off, len, len);
      found.markOff = markOff;
      this.#host.message(this, found);
      this.#reset();
      return end;
    }
    this.#reset();
    if (!this.#host.trusted) return this.#distrust(end);
    if (len < 8) {
      this.#host.continuation(this, buf, view, off, len);
      return end;
    }
    this.state = 'searching';
    return at;
  }

  /** The mark is none. Its own bytes are searched too, as far as they are in this portion. */
  #refuse(at: number, end: number): number {
    this.#reset();
    if (!this.#host.trusted) return this.#distrust(end);
    this.state = 'searching';
    return at;
  }

  /** `next` is behind the mark, which began at `at` or in an earlier portion. */
  #handToTls(mark: number, buf: Buffer, next: number, end: number, at: number, frame: number): void {
    this.#reset();
    let from = next - 4;
    if (from < at) {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(mark);
      this.#host.tls(head, 0, 4, frame);
      from = next;
    }
    if (from < end) this.#host.tls(buf, from, end - from, frame);
  }

  /** The connection's first bytes are no RPC: another protocol's. */
  #distrust(at: number): number {
    this.off();
    return at;
  }

  #append(buf: Buffer, view: DataView, at: number, end: number, frame: number): number {
    const r = this.#record;
    const n = Math.min(r.remaining, end - at);
    this.#store(buf, at, n);
    r.total += n;
    r.remaining -= n;
    if (!r.believed) {
      const more = r.remaining > 0 || !r.lastFrag;
      const verdict = this.#judgeStored(more);
      if (verdict === Verdict.NO) {
        const { trusted } = this.#host;
        // its mark is none either, and is searched and shown where it is at hand
        const from = r.fragments === 1 && r.markAt >= 0 && r.markAt === at - 4 ? r.markAt : at;
        this.#reset();
        if (!trusted) return this.#distrust(end);
        this.state = 'searching';
        return from;
      }
      r.believed = verdict === Verdict.YES;
    }
    if (r.remaining === 0) this.#endFragment(buf, view, at + n, frame);
    return at + n;
  }

  #judgeStored(more: boolean): Verdict {
    const r = this.#record;
    if (r.block === null) return Verdict.NO;
    const length = r.lastFrag ? r.total + r.remaining : -1;
    return this.#host.judge(r.block.view, 0, r.stored, length, more && !r.cut);
  }

  /** Keeps bytes of a record that is not whole yet, up to the limits. */
  #store(buf: Buffer, at: number, n: number): void {
    const r = this.#record;
    if (r.cut) return;
    const keep = Math.min(n, this.#shared.limits.keepBytes - r.stored);
    const size = r.stored + keep;
    if (r.block === null || r.block.buf.length < size) {
      const grown = this.#shared.pool.grow(r.block, r.stored, size, r.fragments > 1);
      if (grown === null) {
        r.cut = true;
        return;
      }
      r.block = grown;
    }
    buf.copy(r.block.buf, r.stored, at, at + keep);
    r.stored += keep;
    if (keep < n) r.cut = true;
  }

  /** A fragment ended before `at` in these bytes (null: in a gap). */
  #endFragment(buf: Buffer | null, view: DataView | null, at: number, frame: number): void {
    const r = this.#record;
    r.inFragment = false;
    if (r.fragments > 1 || !r.lastFrag) {
      r.frames ??= [];
      r.frames.push(frame);
    }
    if (!r.lastFrag) {
      if (r.believed || this.#host.trusted) this.#showFragment(buf, view, at);
      return;
    }
    const block = r.block;
    if (r.believed && block !== null) {
      const found = this.#fill(block.buf, block.view, 0, r.stored, r.total);
      r.block = null;
      this.#shared.pool.lend(block);
      this.#host.message(this, found);
    }
    this.#reset();
  }

  #showFragment(buf: Buffer | null, view: DataView | null, at: number): void {
    const r = this.#record;
    const block = r.block;
    const len = r.fragLen;
    let found: FoundMessage;
    if (buf !== null && view !== null && at - len >= 4 && view.getUint32(at - len - 4) === len) {
      found = this.#fill(buf, view, at - len, len, len);
      found.markOff = at - len - 4;
    } else {
      if (block === null) return;
      const from = Math.min(r.total - len, r.stored);
      found = this.#fill(block.buf, block.view, from, Math.min(len, r.stored - from), len);
    }
    this.#host.fragment(this, found);
  }

  #fill(buf: Buffer, view: DataView, off: number, len: number, wireLen: number): FoundMessage {
    const r = this.#record;
    const found = this.#shared.found;
    found.buf = buf;
    found.view = view;
    found.off = off;
    found.len = len;
    found.wireLen = wireLen;
    found.markOff = -1;
    found.fragLen = r.fragLen;
    found.lastFrag = r.lastFrag;
    found.fragmentCount = r.fragments;
    found.fragmentFrames = r.frames;
    found.cut = r.cut;
    this.#begun = true;
    found.resynchronised = r.resynchronised;
    return found;
  }

  #reset(): void {
    const record = this.#open;
    if (record === null) return;
    if (record.block !== null) this.#shared.pool.drop(record.block);
    record.reset();
  }

  // --- searching

  /** Looks for a mark with a believable message behind it; returns how far it came. */
  #search(buf: Buffer, view: DataView, at: number, end: number, frame: number): number {
    const trusted = this.#host.trusted;
    if (this.#carry !== null) {
      const used = this.#searchCarry(this.#carry, buf, at, end, frame);
      if (used >= 0) return used;
    }
    const limit = trusted || this.#budget > 0 ? end : at + 1;
    if (!trusted) this.#budget -= end - at;
    for (let p = at; p < limit; p++) {
      if (end - p >= 12) {
        if (buf[p + 8] !== 0 || buf[p + 9] !== 0 || buf[p + 10] !== 0 || buf[p + 11]! > 1) continue;
      }
      const verdict = this.#candidate(view, p, end);
      if (verdict === Verdict.NO) continue;
      if (p > at && trusted) this.#host.continuation(this, buf, view, at, p - at);
      if (verdict === Verdict.YES) {
        this.#enter(this.#begun || p > at);
        return p;
      }
      this.#carry = Buffer.from(buf.subarray(p, end));
      if (p > at) this.#begun = true;
      return end;
    }
    if (trusted) this.#host.continuation(this, buf, view, at, end - at);
    this.#begun = true;
    return end;
  }

  /**
   * Looks where a candidate begins in the bytes carried over. Returns how far these bytes are used, or -1 when
   * none does and the search goes on at `at`.
   */
  #searchCarry(carry: Buffer, buf: Buffer, at: number, end: number, frame: number): number {
    const ahead = Math.min(end - at, SEARCH_BYTES + 4);
    const joined = Buffer.concat([carry, buf.subarray(at, at + ahead)]);
    const view = new DataView(joined.buffer, joined.byteOffset, joined.length);
    this.#carry = null;
    for (let p = 0; p < carry.length; p++) {
      const verdict = this.#candidate(view, p, joined.length);
      if (verdict === Verdict.NO) continue;
      if (verdict === Verdict.MORE) {
        this.#carry = Buffer.from(joined.subarray(p));
        return at + ahead;
      }
      this.#enter(true);
      this.bytes(joined, view, p, carry.length - p, frame);
      return at;
    }
    return -1;
  }

  #candidate(view: DataView, p: number, end: number): Verdict {
    const have = end - p - 4;
    if (have >= 0) {
      const mark = view.getUint32(p);
      const lastFrag = mark >= LAST_FRAGMENT;
      const fragLen = lastFrag ? mark - LAST_FRAGMENT : mark;
      if (fragLen < SMALLEST_REPLY || fragLen > this.#shared.limits.recordBytes) return Verdict.NO;
      if (have >= 8) {
        const stop = p + 4 + Math.min(have, fragLen);
        const more = have < Math.min(fragLen, SEARCH_BYTES);
        return this.#host.judgeFound(view, p + 4, stop, lastFrag ? fragLen : -1, more);
      }
      if (have >= 7 && view.getUint16(p + 8) !== 0) return Verdict.NO;
    }
    return Verdict.MORE;
  }

  #enter(resynchronised: boolean): void {
    const r = this.#record;
    this.#reset();
    this.state = 'aligned';
    r.believed = true;
    r.resynchronised = resynchronised;
  }
}
