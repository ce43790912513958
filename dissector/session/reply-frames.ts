/**
 * For two passes: which frame answers the n-th call of the capture. Four bytes a call.
 */
export class ReplyFrames {
  #frames = new Uint32Array(1024);
  #sealed = false;

  /** First pass over: from now on `get` answers and `set` is ignored. */
  seal(): void {
    this.#sealed = true;
  }

  set(ordinal: number, frame: number): void {
    if (this.#sealed) return;
    if (ordinal >= this.#frames.length) {
      const grown = new Uint32Array(Math.max(ordinal + 1, this.#frames.length * 2));
      grown.set(this.#frames);
      this.#frames = grown;
    }
    this.#frames[ordinal] = frame;
  }

  /** The frame of the reply, 0 when there is none or while the first pass runs. */
  get(ordinal: number): number {
    return this.#sealed ? (this.#frames[ordinal] ?? 0) : 0;
  }
}
