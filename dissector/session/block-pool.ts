/**
 * Buffers for records that span segments: grown by doubling as bytes really arrive, bounded in all, and used
 * again once the PDUs that show them are gone.
 */

/** A buffer and a view of the same bytes. */
export interface Block {
  readonly buf: Buffer;
  readonly view: DataView;
}

const SMALLEST = 128;

/** Free blocks kept for use, in bytes. */
const KEEP_FREE = 8 << 20;

export class BlockPool {
  /** times a record could not be kept because of the limit */
  refused = 0;
  readonly #limit: number;
  #held = 0;
  #freeBytes = 0;
  /** free blocks by the logarithm of their size */
  readonly #free: Block[][] = [];
  /** blocks that PDUs of the current frame show */
  readonly #lent: Block[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes in blocks that hold unfinished records. */
  get held(): number {
    return this.#held;
  }

  /**
   * A block of at least `size` bytes with the first `used` bytes of `old` in it; null beyond the limit. `shown`: a
   * fragment PDU may still show the old one, which is left to the collector then.
   */
  grow(old: Block | null, used: number, size: number, shown = true): Block | null {
    let bytes = SMALLEST;
    while (bytes < size) bytes *= 2;
    if (this.#held + bytes > this.#limit) {
      this.refused++;
      return null;
    }
    const block = this.#free[Math.clz32(bytes)]?.pop();
    if (block !== undefined) this.#freeBytes -= bytes;
    const grown = block ?? newBlock(bytes);
    this.#held += bytes;
    if (old !== null) {
      old.buf.copy(grown.buf, 0, 0, used);
      this.#held -= old.buf.length;
      if (!shown) this.#keep(old);
    }
    return grown;
  }

  /** The record is finished and shown: its block comes back at the next `reclaim`. */
  lend(block: Block): void {
    this.#held -= block.buf.length;
    this.#lent.push(block);
  }

  /** The record is given up. A block that a fragment PDU may still show is left to the collector. */
  drop(block: Block): void {
    this.#held -= block.buf.length;
  }

  /** The PDUs of the last frame are gone. */
  reclaim(): void {
    for (let block = this.#lent.pop(); block !== undefined; block = this.#lent.pop()) this.#keep(block);
  }

  #keep(block: Block): void {
    const bytes = block.buf.length;
    if (this.#freeBytes + bytes > KEEP_FREE) return;
    this.#freeBytes += bytes;
    const size = Math.clz32(bytes);
    this.#free[size] ??= [];
    this.#free[size].push(block);
  }
}

function newBlock(bytes: number): Block {
  const buf = Buffer.allocUnsafeSlow(bytes);
  return { buf, view: new DataView(buf.buffer, buf.byteOffset, bytes) };
}
