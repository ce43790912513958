/**
 * Work in the order in which it was asked for, one piece at a time: nothing sees another piece half done. What is
 * synchronous and finds nothing under way runs at once, without a promise.
 */

export class Serial {
  /** the end of what is under way; null when idle */
  #tail: Promise<void> | null = null;

  run<T>(work: () => T | Promise<T>): T | Promise<T> {
    if (this.#tail !== null) return this.#follow(this.#tail.then(work));
    const result = work();
    return result instanceof Promise ? this.#follow(result) : result;
  }

  /** Resolves when everything asked for until now has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  #follow<T>(result: Promise<T>): Promise<T> {
    const settled = (): void => {
      if (this.#tail === tail) this.#tail = null;
    };
    const tail: Promise<void> = result.then(settled, settled);
    this.#tail = tail;
    return result;
  }
}
