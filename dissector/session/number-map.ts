/**
 * A map from whole numbers below 2^53 that makes no garbage: a Map allocates each key above 31 bits, and its whole
 * table anew after so many deletions, which over a long capture is memory that only a full collection gives back.
 * Its keys come from captures, so where one stands is not to be foretold.
 */
const FIRST_CAPACITY = 64;
const NONE = -1;
const WORD = 2 ** 32;

export class NumberMap<T> {
  size = 0;
  readonly #seed = Math.floor(Math.random() * WORD) | 0;
  /** first entry of each bucket, as many buckets as entries; then for each entry the next of its bucket */
  #buckets = new Int32Array(FIRST_CAPACITY).fill(NONE);
  #next = new Int32Array(FIRST_CAPACITY);
  #keys = new Float64Array(FIRST_CAPACITY);
  readonly #values: (T | undefined)[] = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined);
  /** entries given back, a list through `#next`; those from `#fresh` on were never used */
  #free = NONE;
  #fresh = 0;

  get(key: number): T | undefined {
    for (let at = this.#buckets[this.#bucket(key)]!; at !== NONE; at = this.#next[at]!) {
      if (this.#keys[at] === key) return this.#values[at];
    }
    return undefined;
  }

  set(key: number, value: T): void {
    let bucket = this.#bucket(key);
    for (let at = this.#buckets[bucket]!; at !== NONE; at = this.#next[at]!) {
      if (this.#keys[at] === key) {
        this.#values[at] = value;
        return;
      }
    }
    let at = this.#free;
    if (at !== NONE) this.#free = this.#next[at]!;
    else {
      if (this.#fresh === this.#keys.length) {
        this.#grow();
        bucket = this.#bucket(key);
      }
      at = this.#fresh++;
    }
    this.#keys[at] = key;
    this.#values[at] = value;
    this.#next[at] = this.#buckets[bucket]!;
    this.#buckets[bucket] = at;
    this.size++;
  }

  delete(key: number): void {
    const bucket = this.#bucket(key);
    let before = NONE;
    for (let at = this.#buckets[bucket]!; at !== NONE; before = at, at = this.#next[at]!) {
      if (this.#keys[at] !== key) continue;
      if (before === NONE) this.#buckets[bucket] = this.#next[at]!;
      else this.#next[before] = this.#next[at]!;
      this.#values[at] = undefined;
      this.#next[at] = this.#free;
      this.#free = at;
      this.size--;
      return;
    }
  }

  #bucket(key: number): number {
    let hash = Math.imul((key % WORD) ^ this.#seed, 0x9e3779b1) ^ Math.imul(key / WORD, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#seed, 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) & (this.#buckets.length - 1);
  }

  /** Twice the room; every entry is in use when it is called. */
  #grow(): void {
    const capacity = this.#keys.length * 2;
    const keys = this.#keys;
    this.#keys = new Float64Array(capacity);
    this.#keys.set(keys);
    this.#next = new Int32Array(capacity);
    this.#buckets = new Int32Array(capacity).fill(NONE);
    for (let at = 0; at < keys.length; at++) {
      const bucket = this.#bucket(keys[at]!);
      this.#next[at] = this.#buckets[bucket]!;
      this.#buckets[bucket] = at;
    }
    for (let at = keys.length; at < capacity; at++) this.#values.push(undefined);
  }
}
