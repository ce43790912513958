/**
 * Record marking, the reading side (RFC 5531 section 11): bytes are pushed as they come, whole records are taken
 * out. Any split of the bytes and of a record into fragments gives the same records. Hostile streams meet the
 * limits and an RpcError LIMIT; no memory is reserved on the word of a length field. No sockets, no clock.
 */
import { RpcError } from './errors.ts';

/** Defaults as in DESIGN section 6. `emptyFragments` counts fragments without bytes within one record. */
export interface RecordLimits {
  readonly recordBytes: number;
  readonly fragments: number;
  readonly emptyFragments: number;
}

export const RECORD_LIMITS: RecordLimits = {
  recordBytes: 4 * 1024 * 1024,
  fragments: 4096,
  emptyFragments: 8,
};

/**
 * `borrowed`: the bytes are a view into a pushed chunk and live as long as the caller leaves that chunk alone;
 * otherwise they are the record's own, and so is their whole backing buffer.
 */
export interface RpcRecord {
  readonly bytes: Uint8Array;
  readonly fragments: number;
  readonly borrowed: boolean;
}

const FIRST_ALLOCATION = 256;

/**
 * How much room an unfinished record may have for each byte of it that came. Room is not cleared, so that what nobody
 * writes to costs addresses only; a record of 1 MiB that arrives in 64 KiB pieces is put in place once.
 */
const ROOM_PER_BYTE = 32;

/** Below this, reading straight into the record is not worth a read of its own. */
const LEAST_ROOM = 16 * 1024;

/**
 * Push chunks, then call `next` until it gives null: after that the reader holds no reference to them (what it
 * keeps of an unfinished record is copied), so a read buffer may be reused. A failed reader stays failed.
 */
export class RecordReader {
  readonly #limits: RecordLimits;
  /** pushed and not yet consumed: #chunks[#head] from #at on, then the others */
  readonly #chunks: Uint8Array[] = [];
  #head = 0;
  #at = 0;
  #queued = 0;
  /** chunks before this one are copies of ours */
  #owned = 0;
  /** the record mark being read: its bytes so far */
  #mark = 0;
  #markBytes = 0;
  /** within a fragment: bytes still to come, and whether it is the last one */
  #inFragment = false;
  #left = 0;
  #last = false;
  /** the unfinished record */
  #held: Uint8Array | null = null;
  #heldLength = 0;
  #fragments = 0;
  #empty = 0;
  #error: RpcError | null = null;
  /** stream offset of the next byte to be consumed */
  #offset = 0;

  constructor(limits: Partial<RecordLimits> = {}) {
    this.#limits = { ...RECORD_LIMITS, ...limits };
  }

  /** Bytes pushed and not yet given out as part of a record (record marks consumed not counted). */
  get buffered(): number {
    return this.#queued + this.#heldLength;
  }

  /** Whether the stream would end in the middle of a record if it ended here. */
  get partial(): boolean {
    return this.#queued > 0 || this.#markBytes > 0 || this.#inFragment || this.#fragments > 0;
  }

  /**
   * Where the stream's next bytes may be put, so that they need not be copied: within an unfinished record that is
   * large, behind what it has. null: anywhere. What was put there is pushed as any chunk is.
   */
  room(): Uint8Array | null {
    if (this.#held === null || this.#left < LEAST_ROOM || this.#queued > 0) return null;
    if (this.#held.length - this.#heldLength < LEAST_ROOM)
      this.#grow(this.#heldLength, this.#heldLength + LEAST_ROOM);
    const from = this.#heldLength;
    return this.#held.subarray(from, Math.min(from + this.#left, this.#held.length));
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
  }

  /**
   * Copies what was pushed and not yet taken out, for who must reuse the pushed chunks before `next` gave null.
   * What is copied once stays ours and is not copied again.
   */
  detach(): void {
    for (let i = Math.max(this.#head, this.#owned); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as Uint8Array;
      if (i === this.#head) {
        this.#chunks[i] = Uint8Array.prototype.slice.call(chunk, this.#at);
        this.#at = 0;
      } else {
        this.#chunks[i] = Uint8Array.prototype.slice.call(chunk);
      }
    }
    this.#owned = this.#chunks.length;
  }

  /** The next whole record, or null when more bytes are needed. Throws RpcError LIMIT, then and ever after. */
  next(): RpcRecord | null {
    if (this.#error !== null) throw this.#error;
    for (;;) {
      if (!this.#inFragment && !this.#readMark()) return null;
      if (this.#inFragment) {
        const record = this.#readFragment();
        if (record !== undefined) return record;
      }
      if (this.#queued === 0) return null;
    }
  }

  /** Reads (the rest of) a record mark; false when the bytes end in it. */
  #readMark(): boolean {
    while (this.#markBytes < 4) {
      const chunk = this.#chunks[this.#head];
      if (chunk === undefined) return false;
      this.#mark = ((this.#mark << 8) | (chunk[this.#at] as number)) >>> 0;
      this.#markBytes++;
      this.#consume(chunk, 1);
    }
    const length = this.#mark & 0x7fffffff;
    const last = this.#mark >>> 31 === 1;
    this.#mark = 0;
    this.#markBytes = 0;
    this.#fragments++;
    if (length === 0) this.#empty++;
    if (this.#fragments > this.#limits.fragments) {
      this.#fail(`more than ${this.#limits.fragments} fragments in a record`);
    }
    if (this.#empty > this.#limits.emptyFragments) {
      this.#fail(`more than ${this.#limits.emptyFragments} empty fragments in a record`);
    }
    if (this.#heldLength + length > this.#limits.recordBytes) {
      const total = this.#heldLength + length;
      this.#fail(`a record of at least ${total} bytes, at most ${this.#limits.recordBytes} are taken`);
    }
    this.#inFragment = true;
    this.#left = length;
    this.#last = last;
    return true;
  }

  /** Takes what is there of the current fragment; a record when that completes one. */
  #readFragment(): RpcRecord | undefined {
    const chunk = this.#chunks[this.#head];
    if (this.#left > 0) {
      if (chunk === undefined) return undefined;
      const take = Math.min(this.#left, chunk.length - this.#at);
      if (this.#last && take === this.#left && this.#heldLength === 0) {
        const bytes = chunk.subarray(this.#at, this.#at + take);
        this.#consume(chunk, take);
        return this.#finish(bytes, true);
      }
      this.#hold(chunk, take);
      this.#left -= take;
      this.#consume(chunk, take);
      if (this.#left > 0) return undefined;
    }
    if (this.#last) {
      const bytes = this.#held === null ? new Uint8Array(0) : this.#held.subarray(0, this.#heldLength);
      return this.#finish(bytes, false);
    }
    this.#inFragment = false;
    return undefined;
  }

  /** Puts bytes behind those held, unless they were read there. */
  #hold(chunk: Uint8Array, length: number): void {
    const needed = this.#heldLength + length;
    if (this.#held === null || this.#held.length < needed) this.#grow(needed, needed);
    const held = this.#held as Uint8Array;
    if (chunk.buffer !== held.buffer || chunk.byteOffset + this.#at !== this.#heldLength) {
      held.set(chunk.subarray(this.#at, this.#at + length), this.#heldLength);
    }
    this.#heldLength = needed;
  }

  /** Makes room for `needed` bytes, and for more in proportion to those that `came`. */
  #grow(came: number, needed: number): void {
    const ahead = Math.max(FIRST_ALLOCATION, needed, ROOM_PER_BYTE * came);
    const expected = this.#heldLength + this.#left;
    const grown = new Uint8Array(
      Buffer.allocUnsafeSlow(this.#last ? Math.min(ahead, expected) : ahead).buffer,
    );
    if (this.#held !== null) grown.set(this.#held.subarray(0, this.#heldLength));
    this.#held = grown;
  }

  #consume(chunk: Uint8Array, count: number): void {
    this.#at += count;
    this.#queued -= count;
    this.#offset += count;
    if (this.#at === chunk.length) {
      this.#head++;
      this.#at = 0;
      if (this.#queued === 0) {
        this.#chunks.length = 0;
        this.#head = 0;
        this.#owned = 0;
      }
    }
  }

  #finish(bytes: Uint8Array, borrowed: boolean): RpcRecord {
    const record = { bytes, fragments: this.#fragments, borrowed };
    this.#held = null;
    this.#heldLength = 0;
    this.#fragments = 0;
    this.#empty = 0;
    this.#inFragment = false;
    this.#left = 0;
    return record;
  }

  #fail(message: string): never {
    this.#error = new RpcError('LIMIT', message, { offset: this.#offset - 4 });
    this.#chunks.length = 0;
    this.#head = 0;
    this.#at = 0;
    this.#queued = 0;
    this.#held = null;
    this.#heldLength = 0;
    throw this.#error;
  }
}
