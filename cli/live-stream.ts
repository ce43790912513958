/**
 * What a live source gives, for whoever asks for it (the source of `watch`): in order, and bounded. A source that can
 * wait is told to; from one that cannot, whole chunks are left out beyond the bound, and counted.
 */

/** Bytes that wait to be asked for. */
const MAX_WAITING = 8 << 20;

export class LiveStream implements AsyncIterable<Uint8Array> {
  readonly #limit: number;
  readonly #canWait: boolean;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #leftOut = 0;
  #over = false;
  #wake: () => void = () => {};
  #drained: (() => void) | null = null;
  #full: Promise<void> | undefined;

  constructor(canWait: boolean, limit: number = MAX_WAITING) {
    this.#canWait = canWait;
    this.#limit = limit;
  }

  /** Chunks that were left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A promise: settles when there is room again. */
  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#over) return undefined;
    if (this.#waiting >= this.#limit && !this.#canWait) {
      this.#leftOut++;
      return undefined;
    }
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.#wake();
    if (this.#waiting < this.#limit || !this.#canWait) return undefined;
    this.#full ??= new Promise((resolve) => {
      this.#drained = resolve;
    });
    return this.#full;
  }

  /** Nothing more will come. What waits is still given. */
  end(): void {
    this.#over = true;
    this.#wake();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#waiting -= chunk.length;
        if (this.#waiting < this.#limit) this.#release();
        yield chunk;
      } else if (this.#over) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #release(): void {
    this.#drained?.();
    this.#drained = null;
    this.#full = undefined;
  }
}
