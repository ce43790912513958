/** Growing runs of numbers: a list, and a list of the few rows that have something to say. Nothing throws. */

/** Numbers from 0 to 4294967295, appended or put in order. */
export class NumberList {
  #items = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get(index: number): number {
    return index < this.#length ? this.#items[index]! : 0;
  }

  push(value: number): void {
    this.#reserve();
    this.#items[this.#length++] = value;
  }

  /** Puts `value` where it belongs in a rising list; it mostly belongs near the end. */
  insert(value: number): void {
    this.#reserve();
    let at = this.#length;
    while (at > 0 && this.#items[at - 1]! > value) at--;
    this.#items.copyWithin(at + 1, at, this.#length);
    this.#items[at] = value;
    this.#length++;
  }

  /** Where `value` stands in a rising list, or where it would. */
  find(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#items[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  has(value: number): boolean {
    const at = this.find(value);
    return at < this.#length && this.#items[at] === value;
  }

  clear(): void {
    this.#length = 0;
  }

  #reserve(): void {
    if (this.#length < this.#items.length) return;
    const wider = new Uint32Array(this.#items.length * 2);
    wider.set(this.#items);
    this.#items = wider;
  }
}

/** A value for some rows, set in rising order of rows. */
export class SparseColumn {
  readonly #rows = new NumberList();
  #values = new Float64Array(64);

  set(row: number, value: number): void {
    if (this.#rows.length === this.#values.length) {
      const wider = new Float64Array(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#rows.length] = value;
    this.#rows.push(row);
  }

  /** -1 where there is none. */
  get(row: number): number {
    const at = this.#rows.find(row);
    return at < this.#rows.length && this.#rows.get(at) === row ? this.#values[at]! : -1;
  }
}
