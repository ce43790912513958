/**
 * A growing buffer that encoders append to. Its public fields are the contract with generated encoders, which
 * write through `v` and `b` after `need`; everybody else uses the methods. Bytes at and after `p` are undefined.
 */
const FIRST_CAPACITY = 1024;
const MAX_CAPACITY = 2 ** 32;

/**
 * Where small results live, as Node's own small Buffers do: a backing store for each would cost more than encoding
 * it. The views are plain Uint8Arrays, whose `slice` copies, and are never handed out twice.
 */
class Pool {
  #bytes = new ArrayBuffer(POOL);
  #used = 0;

  get(size: number): Uint8Array {
    if (size > POOLED) return new Uint8Array(size);
    if (size > POOL - this.#used) {
      this.#bytes = new ArrayBuffer(POOL);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += size + (-size & 7);
    return new Uint8Array(this.#bytes, start, size);
  }
}

const POOL = 1 << 14;
const POOLED = POOL >> 2;
const pool = new Pool();

/** Zeroed bytes that nobody else has, though small ones share a backing buffer, as Node's small Buffers do. */
export function freshBytes(size: number): Uint8Array {
  return pool.get(size);
}

/** Bytes that belong into the output just before what the writer holds at `at`. */
export interface Insert {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Appends big-endian data; `p` is the length so far, without what is only referred to. */
export class Writer {
  /** the backing bytes */
  b: Uint8Array;
  /** over all of `b` */
  v: DataView;
  /** length so far, and where the next byte goes */
  p = 0;
  /** capacity of `b` */
  n: number;
  /** opaques from this length on stay where they are and become `inserts`: their owner leaves them alone meanwhile */
  readonly referFrom: number;
  /** in the order of the output */
  readonly inserts: Insert[] = [];

  constructor(capacity: number = FIRST_CAPACITY, referFrom: number = Number.POSITIVE_INFINITY) {
    this.b = new Uint8Array(capacity);
    this.v = new DataView(this.b.buffer);
    this.n = capacity;
    this.referFrom = referFrom;
  }

  /** How much was appended, with what is only referred to. */
  get length(): number {
    let length = this.p;
    for (const { bytes } of this.inserts) length += bytes.length;
    return length;
  }

  /** Make room for `size` bytes at `p`. May replace `b` and `v`. */
  need(size: number): void {
    const wanted = this.p + size;
    if (wanted <= this.n) return;
    if (wanted > MAX_CAPACITY) throw new RangeError(`a message of more than ${MAX_CAPACITY} bytes`);
    const grown = new Uint8Array(Math.min(Math.max(wanted, this.n * 2), MAX_CAPACITY));
    grown.set(this.b.subarray(0, this.p));
    this.b = grown;
    this.v = new DataView(grown.buffer);
    this.n = grown.length;
  }

  uint8(value: number): void {
    this.need(1);
    this.b[this.p++] = value;
  }

  /** Also for signed values: two's complement. */
  uint32(value: number): void {
    this.need(4);
    this.v.setUint32(this.p, value);
    this.p += 4;
  }

  /** Also for signed values: two's complement. */
  uint64(value: bigint): void {
    this.need(8);
    this.v.setBigUint64(this.p, value);
    this.p += 8;
  }

  float32(value: number): void {
    this.need(4);
    this.v.setFloat32(this.p, value);
    this.p += 4;
  }

  float64(value: number): void {
    this.need(8);
    this.v.setFloat64(this.p, value);
    this.p += 8;
  }

  /** Bytes as they are, without padding. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length >= this.referFrom) {
      this.inserts.push({ at: this.p, bytes });
      return;
    }
    this.need(bytes.length);
    this.b.set(bytes, this.p);
    this.p += bytes.length;
  }

  /** Forgets what was appended since `p` was `start` and there were `inserts` so many inserts. */
  rewind(start: number, inserts: number): void {
    this.p = start;
    this.inserts.length = inserts;
  }

  /** What was appended since `p` was `start`, in order: views of the backing bytes and what `inserts` refers to. */
  parts(start: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let from = start;
    for (const { at, bytes } of this.inserts) {
      if (at > from) parts.push(this.b.subarray(from, at));
      parts.push(bytes);
      from = at;
    }
    if (this.p > from) parts.push(this.b.subarray(from, this.p));
    return parts;
  }

  /** A copy of what was written into the backing bytes. For writers that refer to nothing. */
  take(): Uint8Array {
    const copy = pool.get(this.p);
    copy.set(this.p === this.n ? this.b : this.b.subarray(0, this.p));
    return copy;
  }
}
