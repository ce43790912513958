/**
 * Inputs for a coverage-guided run: a kept one, changed in one place or a few, bits, bytes, words, blocks, words of a
 * dictionary, parts of another. Pure; the source of randomness is given, so the same seed gives the same inputs. Fast,
 * because it is done for every execution.
 */
import type { Rng } from '../codec/xdr/index.ts';
import type { Dictionary } from './dictionary.ts';

/** What an XDR decoder compares with, where no dictionary says better. */
const WORDS = [
  0, 1, 2, 3, 4, 8, 16, 64, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x40000001, 0x7fffffff, 0x80000000,
  0xfffffffc, 0xffffffff,
];

/** The most bytes that one change adds. */
const MOST_ADDED = 64;

export class ByteMutator {
  readonly #rng: Rng;
  readonly #most: number;
  readonly #words: readonly Uint8Array[];
  /** numbers of one byte, and those as wide as they stand on the wire; the dictionary's, and everybody's */
  readonly #bytewise: readonly (readonly Uint8Array[])[];
  readonly #wide: readonly (readonly Uint8Array[])[];
  /** of the dictionary alone */
  readonly #own: readonly [readonly Uint8Array[], readonly Uint8Array[]];
  #bytes: Uint8Array;
  #length = 0;

  constructor(rng: Rng, { words, numbers }: Dictionary, most: number) {
    this.#rng = rng;
    this.#most = most;
    this.#words = words.filter((word) => word.length > 0 && word.length <= MOST_ADDED);
    const known = [numbers, WORDS.map(BigInt)];
    this.#bytewise = known.map((list) => list.flatMap(byteOf)).filter((list) => list.length > 0);
    this.#wide = known.map((list) => list.map(wordOf)).filter((list) => list.length > 0);
    this.#own = [numbers.flatMap(byteOf), numbers.map(wordOf)];
    this.#bytes = new Uint8Array(most + MOST_ADDED);
  }

  /** An input of its own, no longer than it may be. */
  mutate(seed: Uint8Array, other: Uint8Array): Uint8Array {
    this.#length = Math.min(seed.length, this.#most);
    this.#bytes.set(seed.subarray(0, this.#length));
    // Mostly one change: what was reached by many must not be lost again by the next.
    for (let r = this.#rng() | 0x80; ; r >>>= 1) {
      this.#change(other);
      if ((r & 1) === 1) break;
    }
    return this.#bytes.slice(0, Math.min(this.#length, this.#most));
  }

  /** The dictionary's numbers, one after the other, as a byte at each place and as a word at each fourth. */
  *systematic(seed: Uint8Array): Generator<Uint8Array> {
    const [bytes, words] = this.#own;
    const places = Math.min(seed.length, Math.floor(MOST_SYSTEMATIC / Math.max(1, bytes.length)));
    for (let at = 0; at < places; at++) for (const byte of bytes) yield overwritten(seed, at, byte);
    const aligned = Math.min(seed.length, 4 * Math.floor(MOST_SYSTEMATIC / Math.max(1, words.length)));
    for (let at = 0; at < aligned; at += 4) for (const word of words) yield overwritten(seed, at, word);
  }

  #change(other: Uint8Array): void {
    const r = this.#rng();
    const kind = r % 16;
    if (this.#length === 0) {
      this.#insert(0, this.#one(this.#wide));
      return;
    }
    const at = (r >>> 4) % this.#length;
    switch (kind) {
      case 0:
        this.#bytes[at]! ^= 1 << (this.#rng() & 7);
        return;
      case 1:
        this.#bytes[at] = this.#rng();
        return;
      case 2:
      case 3:
        // so many of these are lengths and counts that they go a little up and down
        this.#bytes[at]! += (this.#rng() % 17) - 8;
        return;
      case 4:
      case 5:
        this.#overwrite(at & ~3, this.#one(this.#wide));
        return;
      case 6:
      case 7:
        this.#overwrite(at, this.#one(this.#bytewise));
        return;
      case 8:
        this.#overwrite(at, this.#word());
        return;
      case 9:
        this.#insert(at & ~3, this.#word());
        return;
      case 10:
        this.#insert(at & ~3, this.#one(this.#wide));
        return;
      case 11:
      case 12:
        this.#remove(at & ~3, 4 << (this.#rng() & 3));
        return;
      case 13:
        this.#length = at;
        return;
      case 14:
        this.#insert(at & ~3, this.#block(this.#bytes, this.#length));
        return;
      default:
        this.#insert(at & ~3, this.#block(other, other.length));
    }
  }

  /** One of the dictionary as often as one of everybody's, however few it has. */
  #one(lists: readonly (readonly Uint8Array[])[]): Uint8Array {
    const list = lists[this.#rng() % lists.length] as readonly Uint8Array[];
    return list[this.#rng() % list.length] as Uint8Array;
  }

  #word(): Uint8Array {
    const { length } = this.#words;
    return length === 0 ? this.#one(this.#wide) : (this.#words[this.#rng() % length] as Uint8Array);
  }

  /** A few words of some bytes. */
  #block(bytes: Uint8Array, length: number): Uint8Array {
    if (length === 0) return EMPTY;
    const from = (this.#rng() % length) & ~3;
    return bytes.slice(from, Math.min(length, from + 4 * (1 + (this.#rng() & 15))));
  }

  #overwrite(at: number, bytes: Uint8Array): void {
    const size = Math.min(bytes.length, this.#length - at);
    if (size === bytes.length) this.#bytes.set(bytes, at);
    else this.#bytes.set(bytes.subarray(0, size), at);
  }

  #insert(at: number, bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#most) return;
    this.#bytes.copyWithin(at + bytes.length, at, this.#length);
    this.#bytes.set(bytes, at);
    this.#length += bytes.length;
  }

  #remove(at: number, size: number): void {
    const end = Math.min(this.#length, at + size);
    this.#bytes.copyWithin(at, end, this.#length);
    this.#length -= end - at;
  }
}

const EMPTY = new Uint8Array(0);

/** Inputs of each kind that one seed is systematically changed to, at most. */
const MOST_SYSTEMATIC = 16_384;

function overwritten(seed: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(seed.length, at + bytes.length));
  out.set(seed);
  out.set(bytes, at);
  return out;
}

/** A number as one byte, where it is one. */
function byteOf(number: bigint): Uint8Array[] {
  return number >= 0n && number <= 0xffn ? [Uint8Array.of(Number(number))] : [];
}

/** A number as a word, or as a hyper where a word does not hold it. */
function wordOf(number: bigint): Uint8Array {
  const hyper = new Uint8Array(8);
  new DataView(hyper.buffer).setBigInt64(0, BigInt.asIntN(64, number));
  return number >= -(2n ** 31n) && number < 2n ** 32n ? hyper.slice(4) : hyper;
}
