/**
 * Mutations that follow no field: bytes changed at random (havoc), parts of the same type exchanged between two values
 * (cross-over), and values from a dictionary. Pure; the source of randomness is given, so the same seed gives the same
 * bytes.
 */
import { type Rng, resolve } from '../codec/xdr/index.ts';
import { applyEdit, counted, type Edit } from './edit.ts';
import type { Mutation } from './mutation.ts';
import type { Part, PointMap } from './points.ts';

/** Bytes that havoc puts where it strikes. */
const SPECIAL = [0, 1, 0x7f, 0x80, 0xff] as const;

/** One to eight changes within message[off, end): bits flipped, bytes set, words overwritten, blocks copied. */
export function havoc(message: Uint8Array, off: number, rng: Rng): Mutation {
  const bytes = message.slice(off);
  const strikes = 1 + (rng() % 8);
  for (let i = 0; i < strikes && bytes.length > 0; i++) strike(bytes, rng);
  return { id: 'havoc', path: '', edit: { off, remove: bytes.length, insert: bytes } };
}

function strike(bytes: Uint8Array, rng: Rng): void {
  const at = rng() % bytes.length;
  const special = SPECIAL[rng() % SPECIAL.length] as number;
  switch (rng() % 4) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << (rng() % 8));
      return;
    case 1:
      bytes[at] = special;
      return;
    case 2:
      bytes.fill(special, at & ~3, (at & ~3) + 4);
      return;
    default:
      bytes.copyWithin(at & ~3, (rng() % bytes.length) & ~3, (rng() % bytes.length) + 1);
  }
}

/** A part of `donor` in the place of a part of the same type; null where the two share no type. */
export function crossOver(
  map: PointMap,
  donor: { readonly message: Uint8Array; readonly map: PointMap },
  rng: Rng,
): Mutation | null {
  const pairs: [Part, Part][] = [];
  for (const part of map.parts) {
    const same = donor.map.parts.filter(
      (one) => resolve(one.type) === resolve(part.type) && one.path !== part.path,
    );
    const other = same[rng() % Math.max(1, same.length)];
    if (other !== undefined) pairs.push([part, other]);
  }
  const pair = pairs[rng() % Math.max(1, pairs.length)];
  if (pair === undefined) return null;
  const [part, other] = pair;
  const insert = donor.message.slice(other.off, other.off + other.len);
  return { id: 'crossover', path: part.path, edit: { off: part.off, remove: part.len, insert } };
}

/**
 * Words and numbers of the dictionary in several places at once, often the same number in more than one: what a server
 * compares with a constant, or one field with another, is met by no change of a single place. null where nothing fits.
 */
export function scatter(
  message: Uint8Array,
  off: number,
  map: PointMap,
  { words, numbers }: { readonly words: readonly Uint8Array[]; readonly numbers: readonly bigint[] },
  rng: Rng,
): Mutation | null {
  const draw = <T>(all: readonly T[]): T | undefined => all[rng() % Math.max(1, all.length)];
  const own = draw(numbers);
  let out = message;
  for (const { kind, off: at, len, ...point } of map.points.toReversed()) {
    if (rng() % 2 === 0) continue;
    if (kind === 'integer') {
      const number = rng() % 2 === 0 ? own : draw(numbers);
      if (number === undefined) continue;
      const insert = new Uint8Array(len);
      const view = new DataView(insert.buffer);
      if (len === 8) view.setBigInt64(0, BigInt.asIntN(64, number));
      else view.setInt32(0, Number(BigInt.asIntN(32, number)));
      out = applyEdit(out, { off: at, remove: len, insert });
    } else if (kind === 'string' || kind === 'opaque') {
      const limit = 'limit' in point ? (point.limit ?? Number.POSITIVE_INFINITY) : 0;
      const word = draw(words);
      if (word === undefined || word.length > limit) continue;
      out = applyEdit(out, { off: at, remove: len, insert: counted(word) });
    }
  }
  if (out === message) return null;
  return { id: 'dict.many', path: '', edit: { off, remove: message.length - off, insert: out.slice(off) } };
}

/** The call itself in the place of each string and opaque that may hold it, as an indirect call holds one. */
export function* nestedCall(message: Uint8Array, map: PointMap): Generator<Mutation> {
  for (const point of map.points) {
    if (point.kind !== 'string' && point.kind !== 'opaque') continue;
    if (message.length > (point.limit ?? Number.POSITIVE_INFINITY)) continue;
    yield {
      id: 'call.nested',
      path: point.path,
      edit: { off: point.off, remove: point.len, insert: counted(message) },
    };
  }
}

/** Each word of the dictionary in the place of each string and opaque that may hold it. */
export function* fromDictionary(map: PointMap, dictionary: readonly Uint8Array[]): Generator<Mutation> {
  for (const point of map.points) {
    if (point.kind !== 'string' && point.kind !== 'opaque') continue;
    for (const [i, word] of dictionary.entries()) {
      if (word.length > (point.limit ?? Number.POSITIVE_INFINITY)) continue;
      const edit: Edit = { off: point.off, remove: point.len, insert: counted(word) };
      yield { id: `dict(${i})`, path: point.path, edit };
    }
  }
}
