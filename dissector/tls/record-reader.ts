/**
 * One direction of a TCP connection from where TLS begins, cut into TLS records (RFC 8446 section 5.1). Takes bytes
 * in any portions and gaps between them; after bytes that are no record it searches for the next header that its
 * host believes. Never throws; work is linear but for a bounded number of second looks, memory is one record.
 */

export const ContentType = {
  CHANGE_CIPHER_SPEC: 20,
  ALERT: 21,
  HANDSHAKE: 22,
  APPLICATION_DATA: 23,
  HEARTBEAT: 24,
} as const;

export const RECORD_HEADER = 5;

/** 2^14 bytes of contents and what TLS 1.2 may add to them; TLS 1.3 allows less. */
const MAX_RECORD = (1 << 14) + 2048;

/** How often bytes are looked at again because a header found by searching led to no record. */
const SECOND_LOOKS = 64;

/** A buffer and a view of the same bytes. */
export interface RecordBlock {
  readonly buf: Buffer;
  readonly view: DataView;
}

/** Where unfinished records are kept: bounded, so `grow` may refuse. BlockPool of the session layer is one. */
export interface RecordMemory {
  /** a block of `size` bytes or more with the first `used` bytes of `old` in it, or null */
  grow(old: RecordBlock | null, used: number, size: number): RecordBlock | null;
  /** the block is shown until the next packet */
  lend(block: RecordBlock): void;
  /** the block is given up */
  drop(block: RecordBlock): void;
}

/** `dir`: as the reader was made with. */
export interface RecordReaderHost {
  /**
   * The record at buf[off, off + 5 + length). `found`: it was found by searching and may be none; false says that
   * it is none. The answer is not looked at otherwise.
   */
  readRecord(dir: 0 | 1, buf: Buffer, off: number, length: number, frame: number, found: boolean): boolean;
  /** A record of that type and length of which bytes are missing; the next one follows it. */
  cutRecord(dir: 0 | 1, type: number, length: number, frame: number): void;
  /** An unknown number of records is missing. */
  lostRecords(dir: 0 | 1, frame: number): void;
}

/** Length of the contents of the record whose header is at `off`, or -1 when that is no TLS record header. */
export function recordLength(buf: Buffer, off: number): number {
  const type = buf[off]!;
  if (type < ContentType.CHANGE_CIPHER_SPEC || type > ContentType.HEARTBEAT) return -1;
  if (buf[off + 1] !== 3 || buf[off + 2]! > 4) return -1;
  const length = (buf[off + 3]! << 8) | buf[off + 4]!;
  return length > MAX_RECORD || (length === 0 && type !== ContentType.APPLICATION_DATA) ? -1 : length;
}

/** Whether bytes from the middle of a connection begin with a TLS record, and go on with another if they go on. */
export function startsWithRecords(buf: Buffer, off: number, end: number): boolean {
  if (end - off < RECORD_HEADER) return false;
  const length = recordLength(buf, off);
  if (length <= 0) return false;
  const next = off + RECORD_HEADER + length;
  if (next >= end) return true;
  return end - next < RECORD_HEADER ? mayBegin(buf, next, end - next) : recordLength(buf, next) >= 0;
}

/** Whether the `have` bytes at `off`, fewer than a record header, may begin one. */
function mayBegin(buf: Buffer, off: number, have: number): boolean {
  if (have >= RECORD_HEADER) return false;
  const type = buf[off]!;
  if (type < ContentType.CHANGE_CIPHER_SPEC || type > ContentType.APPLICATION_DATA) return false;
  if (have > 1 && buf[off + 1] !== 3) return false;
  return have < 3 || buf[off + 2]! <= 4;
}

export class RecordReader {
  readonly #dir: 0 | 1;
  readonly #host: RecordReaderHost;
  readonly #memory: RecordMemory;
  #searching = false;
  #secondLooks = SECOND_LOOKS;
  #off = false;
  /** the record being put together */
  #block: RecordBlock | null = null;
  #have = 0;
  #need = RECORD_HEADER;
  /** bytes still to pass of a record of which some are missing */
  #skip = 0;
  #skipped: { type: number; length: number } | null = null;

  constructor(dir: 0 | 1, host: RecordReaderHost, memory: RecordMemory) {
    this.#dir = dir;
    this.#host = host;
    this.#memory = memory;
  }

  /** A record has begun and not ended. */
  get unfinished(): boolean {
    return this.#have > 0 || this.#skip > 0;
  }

  /** Takes no more. */
  close(): void {
    this.#drop();
    this.#off = true;
  }

  /** What follows may begin anywhere in a record. */
  search(): void {
    this.#drop();
    this.#searching = true;
    this.#secondLooks = SECOND_LOOKS;
  }

  /** Takes buf[off, off + len), the direction's next bytes, captured in `frame`. */
  bytes(buf: Buffer, off: number, len: number, frame: number): void {
    const end = off + len;
    let at = off;
    while (at < end && !this.#off) {
      if (this.#skip > 0) at = this.#pass(at, end, frame);
      else if (this.#have > 0) at = this.#fill(buf, at, end, frame);
      else at = this.#next(buf, at, end, frame);
    }
  }

  /** The next `missing` bytes will not come; 0: nobody knows how many. */
  gap(missing: number, frame: number): void {
    if (this.#off) return;
    if (missing > 0 && this.#skip > 0 && missing <= this.#skip) {
      this.#pass(0, missing, frame);
      return;
    }
    const rest = this.#need - this.#have;
    if (missing > 0 && this.#have >= RECORD_HEADER && missing <= rest && !this.#searching) {
      const { buf } = this.#block!;
      this.#skipped = { type: buf[0]!, length: this.#need - RECORD_HEADER };
      this.#skip = rest;
      this.#drop();
      this.#pass(0, missing, frame);
      return;
    }
    this.#lose(frame);
  }

  #lose(frame: number): void {
    this.#skip = 0;
    this.#skipped = null;
    const known = this.#searching;
    this.search();
    if (!known) this.#host.lostRecords(this.#dir, frame);
  }

  #pass(at: number, end: number, frame: number): number {
    const n = Math.min(this.#skip, end - at);
    this.#skip -= n;
    if (this.#skip === 0 && this.#skipped !== null) {
      const { type, length } = this.#skipped;
      this.#skipped = null;
      this.#host.cutRecord(this.#dir, type, length, frame);
    }
    return at + n;
  }

  /** At the start of a record, or searching for one. */
  #next(buf: Buffer, from: number, end: number, frame: number): number {
    let at = from;
    if (this.#searching) {
      while (at < end && !mayBegin(buf, at, end - at) && !startsWithRecords(buf, at, end)) at++;
      if (at === end) return end;
    }
    if (end - at < RECORD_HEADER) return this.#store(buf, at, end, frame);
    const length = recordLength(buf, at);
    if (length < 0) {
      this.#lose(frame);
      return at + 1;
    }
    const stop = at + RECORD_HEADER + length;
    if (stop > end) {
      this.#need = stop - at;
      return this.#store(buf, at, end, frame);
    }
    if (!this.#host.readRecord(this.#dir, buf, at, length, frame, this.#searching)) {
      if (this.#searching) return at + 1;
    }
    this.#searching = false;
    return stop;
  }

  /** Keeps bytes of a record that is not whole yet. */
  #store(buf: Buffer, at: number, end: number, frame: number): number {
    const n = Math.min(this.#need - this.#have, end - at);
    let block = this.#block;
    if (block === null || block.buf.length < this.#have + n) {
      block = this.#memory.grow(block, this.#have, this.#have + n);
      if (block === null) {
        this.#lose(frame);
        return end;
      }
      this.#block = block;
    }
    buf.copy(block.buf, this.#have, at, at + n);
    this.#have += n;
    return at + n;
  }

  /** Goes on with a record that was begun. */
  #fill(buf: Buffer, at: number, end: number, frame: number): number {
    const next = this.#store(buf, at, end, frame);
    if (this.#have < this.#need) return next;
    const block = this.#block;
    if (block === null) return next;
    if (this.#need === RECORD_HEADER) {
      const length = recordLength(block.buf, 0);
      if (length < 0) {
        this.#again(frame);
        return next;
      }
      this.#need = RECORD_HEADER + length;
      if (length > 0) return next;
    }
    const length = this.#need - RECORD_HEADER;
    const searching = this.#searching;
    if (!this.#host.readRecord(this.#dir, block.buf, 0, length, frame, searching) && searching) {
      this.#again(frame);
      return next;
    }
    this.#searching = false;
    this.#memory.lend(block);
    this.#forget();
    return next;
  }

  /** The bytes kept are no record: the search goes on behind the first of them. */
  #again(frame: number): void {
    const kept = Buffer.from(this.#block!.buf.subarray(1, this.#have));
    const looks = this.#secondLooks - 1;
    this.#lose(frame);
    this.#secondLooks = looks;
    if (looks <= 0) {
      this.close();
      return;
    }
    this.bytes(kept, 0, kept.length, frame);
  }

  #drop(): void {
    if (this.#block !== null) this.#memory.drop(this.#block);
    this.#forget();
  }

  #forget(): void {
    this.#block = null;
    this.#have = 0;
    this.#need = RECORD_HEADER;
  }
}
