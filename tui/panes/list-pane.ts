/**
 * A list of which only the lines that are seen exist: how many there are, which one is chosen, which one is on top.
 * Pure numbers, always in range; nothing throws.
 */
export class ListPane {
  /** chosen line, 0 when there is none */
  cursor = 0;
  /** first line shown */
  top = 0;
  /** cells that lines are moved to the left */
  left = 0;
  #count = 0;
  #height = 1;

  get count(): number {
    return this.#count;
  }

  get height(): number {
    return this.#height;
  }

  /** Lines there are, and lines that fit. */
  fit(count: number, height: number): void {
    this.#count = count;
    this.#height = Math.max(1, height);
    this.select(this.cursor);
  }

  /** Chooses a line and brings it into view. */
  select(index: number): void {
    const last = Math.max(0, this.#count - 1);
    this.cursor = Math.min(Math.max(0, index), last);
    if (this.cursor < this.top) this.top = this.cursor;
    if (this.cursor >= this.top + this.#height) this.top = this.cursor - this.#height + 1;
    this.top = Math.min(Math.max(0, this.top), Math.max(0, this.#count - this.#height));
  }

  /** The same with the line in the middle, when it was out of view. */
  show(index: number): void {
    const out = index < this.top || index >= this.top + this.#height;
    if (out) this.top = Math.max(0, index - (this.#height >> 1));
    this.select(index);
  }

  move(by: number): void {
    this.select(this.cursor + by);
  }

  /** By `pages` of what is seen; half pages are fine. */
  page(pages: number): void {
    const by = Math.trunc(pages * this.#height);
    this.top = Math.min(Math.max(0, this.top + by), Math.max(0, this.#count - this.#height));
    this.move(by);
  }

  /** Moves what is seen and leaves the cursor, as far as it stays in view. */
  scroll(by: number): void {
    this.top = Math.min(Math.max(0, this.top + by), Math.max(0, this.#count - this.#height));
    this.cursor = Math.min(
      Math.max(this.cursor, this.top),
      this.top + this.#height - 1,
      Math.max(0, this.#count - 1),
    );
  }

  /** Whether the last line is chosen. */
  get atEnd(): boolean {
    return this.cursor >= this.#count - 1;
  }
}
