/**
 * Mutations that put what was seen elsewhere into a call: encodings of the same XDR type (cross-over between messages)
 * and numbers of a dictionary. Pure; the source of randomness is given, so the same seed gives the same bytes.
 */
import type { Rng, XdrType } from '../codec/xdr/index.ts';
import type { Corpus } from './corpus.ts';
import { setWord } from './edit.ts';
import type { Mutation } from './mutation.ts';
import type { Part, PointMap } from './points.ts';

/** A part of the corpus in the place of a part of the same type; null where it has none. */
export function crossOverFrom(
  message: Uint8Array,
  map: PointMap,
  corpus: Pick<Corpus, 'parts'>,
  rng: Rng,
): Mutation | null {
  const places = map.parts.filter((part) => donorsOf(message, part, corpus).length > 0);
  const part = places[rng() % Math.max(1, places.length)];
  if (part === undefined) return null;
  const donors = donorsOf(message, part, corpus);
  const insert = donors[rng() % donors.length] as Uint8Array;
  return { id: 'crossover', path: part.path, edit: { off: part.off, remove: part.len, insert } };
}

/** Encodings that are not what stands there already. */
function donorsOf(
  message: Uint8Array,
  { type, off, len }: Part,
  corpus: { parts(type: XdrType): readonly Uint8Array[] },
): readonly Uint8Array[] {
  const there = message.subarray(off, off + len);
  return corpus.parts(type).filter((bytes) => Buffer.compare(bytes, there) !== 0);
}

/** Each number in the place of each integer that may hold it. */
export function* fromNumbers(map: PointMap, numbers: readonly bigint[]): Generator<Mutation> {
  for (const { kind, path, off, len } of map.points) {
    if (kind !== 'integer') continue;
    for (const number of numbers) {
      if (len === 8) {
        const insert = new Uint8Array(8);
        new DataView(insert.buffer).setBigInt64(0, BigInt.asIntN(64, number));
        yield { id: `dict.${number}`, path, edit: { off, remove: 8, insert } };
      } else if (number >= -(2n ** 31n) && number < 2n ** 32n) {
        yield { id: `dict.${number}`, path, edit: setWord(off, Number(number)) };
      }
    }
  }
}
