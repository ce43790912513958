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

/** Appends big-endian data; `p` is the length so far. */
export class Writer {
  /** the backing bytes */
  b: Uint8Array;
  /** over all of `b` */
  v: DataView;
  /** length so far */
  p = 0;
  /** capacity of `b` */
  n: number;

  constructor(capacity: number = FIRST_CAPACITY) {
    this.b = new Uint8Array(capacity);
    this.v = new DataView(this.b.buffer);
    this.n = capacity;
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
    this.need(bytes.length);
    this.b.set(bytes, this.p);
    this.p += bytes.length;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    const copy = pool.get(this.p);
    copy.set(this.p === this.n ? this.b : this.b.subarray(0, this.p));
    return copy;
  }
}
