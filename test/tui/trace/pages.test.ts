import { expect } from 'chai';
import { CachedStore } from '../../../tui/trace/pages.ts';

/** A store that grows, and counts how often it was asked. */
function growing(): { bytes: Buffer; asked: number; read(at: number, into: Uint8Array): number } {
  return {
    bytes: Buffer.alloc(0),
    asked: 0,
    read(at, into) {
      this.asked++;
      const part = this.bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
  };
}

describe('tui/trace/pages', () => {
  it('gives the bytes of the store, over pages and in long runs', () => {
    const store = growing();
    store.bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0xff));
    const cached = new CachedStore(store, 2);
    for (const [at, length] of [
      [0, 10],
      [16_380, 10],
      [50_000, 40_000],
      [99_990, 100],
      [16_380, 10],
    ] as const) {
      const into = Buffer.alloc(length);
      const got = cached.read(at, into);
      expect(got).to.equal(Math.min(length, 100_000 - at));
      expect(into.subarray(0, got).equals(store.bytes.subarray(at, at + length))).to.equal(true);
    }
  });

  it('asks once for what is read again, and again for a page that was not full', () => {
    const store = growing();
    store.bytes = Buffer.from('abc');
    const cached = new CachedStore(store);
    const into = Buffer.alloc(3);
    cached.read(0, into);
    cached.read(0, into);
    expect(store.asked).to.equal(1);
    store.bytes = Buffer.from('abcdef');
    expect(cached.read(3, into)).to.equal(3);
    expect(into.toString()).to.equal('def');
  });
});
