/**
 * A byte store behind a small cache of its pages, so that looking at neighbouring packets does not ask the system for
 * each. Bytes that were there once are taken to stay; a page that was not full is read again. Throws what the store
 * throws.
 */
import type { ByteStore } from './scratch.ts';

const PAGE = 1 << 14;

interface CachedPage {
  readonly bytes: Buffer;
  length: number;
}

export class CachedStore implements ByteStore {
  readonly #store: ByteStore;
  readonly #maxPages: number;
  /** in order of use, the one longest unused first */
  readonly #pages = new Map<number, CachedPage>();

  constructor(store: ByteStore, maxPages = 128) {
    this.#store = store;
    this.#maxPages = maxPages;
  }

  read(at: number, into: Uint8Array): number {
    // long runs would push everything else out
    if (into.length > PAGE * 2) return this.#store.read(at, into);
    let got = 0;
    while (got < into.length) {
      const place = at + got;
      const index = Math.floor(place / PAGE);
      const from = place - index * PAGE;
      const page = this.#page(index, Math.min(PAGE, from + into.length - got));
      const n = Math.min(into.length - got, page.length - from);
      if (n <= 0) return got;
      into.set(page.bytes.subarray(from, from + n), got);
      got += n;
    }
    return got;
  }

  #page(index: number, needed: number): CachedPage {
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = { bytes: this.#room(), length: 0 };
    } else this.#pages.delete(index);
    this.#pages.set(index, page);
    if (page.length < needed) {
      page.length += this.#store.read(index * PAGE + page.length, page.bytes.subarray(page.length));
    }
    return page;
  }

  #room(): Buffer {
    if (this.#pages.size < this.#maxPages) return Buffer.allocUnsafeSlow(PAGE);
    const [index, oldest] = this.#pages.entries().next().value!;
    this.#pages.delete(index);
    return oldest.bytes;
  }
}
