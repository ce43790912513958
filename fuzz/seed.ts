/**
 * Seeds derived from the run's seed and a name, so that each case has its own source of randomness, and a case made
 * alone has the same bytes as in the run. Pure.
 */

/** A 32-bit hash (FNV-1a) of text, begun with a seed. */
export function seedOf(seed: number, text: string): number {
  // Spread first: a seed and a character that differ in the same bits would cancel out.
  let h = Math.imul(seed ^ 0x811c9dc5, 0x9e3779b1) >>> 0;
  h ^= h >>> 15;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  // FNV's low bits are weak where texts differ in their last character only.
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}
