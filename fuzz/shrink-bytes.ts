/**
 * Makes bytes small that fail: cut from the end, taken out of the middle, set to zero, boldly at first, by whole words
 * as long as there are some. What counts as failing is the caller's question, who bounds how often it is asked. Pure but
 * for that.
 */

/** The smallest found that fails; the first `keep` bytes stay as they are. */
export async function shrinkBytes(
  bytes: Uint8Array,
  fails: (smaller: Uint8Array) => boolean | Promise<boolean>,
  keep = 0,
): Promise<Uint8Array> {
  let best = bytes;
  const attempt = async (smaller: Uint8Array): Promise<boolean> => {
    if (!(await fails(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let cut = best.length >> 1; cut > 0; cut >>= 1) {
    const size = wholeWords(cut);
    while (best.length - size >= keep && (await attempt(best.subarray(0, best.length - size)))) {
      // once more as much
    }
  }
  for (const size of sizesFrom(best.length >> 1)) {
    for (let off = keep; off + size < best.length; ) {
      const shorter = new Uint8Array(best.length - size);
      shorter.set(best.subarray(0, off));
      shorter.set(best.subarray(off + size), off);
      if (!(await attempt(shorter))) off += size;
    }
  }
  const sizes = [...sizesFrom(best.length >> 1), ...(best.length <= BYTEWISE ? [1] : [])];
  for (const size of sizes) {
    for (let off = keep; off < best.length; off += size) {
      if (best.subarray(off, off + size).every((byte) => byte === 0)) continue;
      // a Buffer's slice would be the same bytes
      await attempt(new Uint8Array(best).fill(0, off, off + size));
    }
  }
  return best;
}

/** Of what is this short, single bytes are set to zero too. */
const BYTEWISE = 256;

/** Halves of a size, down to a word. */
function* sizesFrom(most: number): Generator<number> {
  for (let size = wholeWords(most); size >= 4; size = wholeWords(size >> 1)) yield size;
}

/** Down to a multiple of four, where there is one. */
function wholeWords(n: number): number {
  return n > 3 ? n & ~3 : n;
}
