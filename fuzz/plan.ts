/**
 * The cases of a run, in order: for each procedure a valid call, then every mutation of it, round after round with new
 * values. Deterministic: seed, procedure, round, family and path give the same bytes, in a run or alone. Pure.
 */
import { resolve, rngOf } from '../codec/xdr/index.ts';
import {
  type BaseCall,
  baseCall,
  callWith,
  draw,
  type FuzzCase,
  type FuzzProcedure,
  type PlanOptions,
  procedureId,
  stamped,
} from './call.ts';
import { applyEdit, counted, type Edit, NOTHING } from './edit.ts';
import { mutateCall } from './mutate-call.ts';
import { crossOverFrom, fromNumbers } from './mutate-corpus.ts';
import { mutateFrame } from './mutate-frame.ts';
import { mutateValue } from './mutate-value.ts';
import { crossOver, fromDictionary, havoc, nestedCall, scatter } from './mutate-wild.ts';
import type { Mutation } from './mutation.ts';
import { seedOf } from './seed.ts';
import { sessionsOf } from './session.ts';

export {
  type BaseCall,
  baseCall,
  callWith,
  type FuzzCase,
  type FuzzProcedure,
  type PlanOptions,
  procedureId,
} from './call.ts';

/** What IPv4 carries in a datagram, and what our own server takes in a record, both with room for the header. */
const MOST_DATAGRAM = 60_000;
const MOST_RECORD = 1 << 20;

/** Rounds from one with long messages to the next, and what a mutation adds at most in the others. */
const LONG_ROUNDS = 32;
const MOST_ADDED = 4096;

/** Random cases of each kind in a round. */
const WILD = 24;

/** Words, and numbers, of the dictionary that a round puts in each place; the next round has the next. */
const DICTIONARY = 12;

/** Rounds without end, the caller takes as many cases as it wants. */
export function* plan(options: PlanOptions): Generator<FuzzCase> {
  for (let round = 0; ; round++) {
    for (const procedure of options.procedures) yield* casesOf(procedure, round, options);
    if (options.procedures.length === 0) return;
  }
}

/** The cases of one procedure in one round. */
export function* casesOf(procedure: FuzzProcedure, round: number, options: PlanOptions): Generator<FuzzCase> {
  const base = baseCall(procedure, round, options);
  yield* mutate(base, round, options);
  yield* sessionsOf(procedure, round, options);
}

/** The case of this id, made alone; null when the plan has none of that name. */
export function caseOf(id: string, options: PlanOptions): FuzzCase | null {
  const match = /^(.+)\/(\d+)\/[^/]+$/s.exec(id);
  const procedure = options.procedures.find((one) => procedureId(one) === match?.[1]);
  if (match === null || procedure === undefined) return null;
  for (const one of casesOf(procedure, Number(match[2]), options)) if (one.id === id) return one;
  return null;
}

/** A valid call whose strings and opaques are full of one byte, as long as they may be: what a leak would show. */
export function patternCall(procedure: FuzzProcedure, byte: number, options: PlanOptions): Uint8Array {
  const { message, map } = baseCall(procedure, 0, options);
  let out = message;
  for (const point of map.points.toReversed()) {
    if (point.kind !== 'opaque' && point.kind !== 'string') continue;
    const length = Math.min(point.limit ?? PATTERN_BYTES, PATTERN_BYTES);
    const insert = counted(new Uint8Array(length).fill(byte));
    out = applyEdit(out, { off: point.off, remove: point.len, insert });
  }
  return out;
}

const PATTERN_BYTES = 1024;

/** The same mutation at the same path, of other arguments; null where those have no such place. Never a random one. */
export function remade(one: FuzzCase, base: BaseCall, options: PlanOptions): FuzzCase | null {
  const { message, body, map } = base;
  if (one.family === 'valid')
    return stamped(one.id, one.family, one.path, one.procedure, message, NOTHING, options);
  const most = options.stream ? MOST_RECORD : MOST_DATAGRAM;
  for (const mutation of [...mutateValue(message, body, map, { most }), ...mutateCall(message, body)]) {
    if (mutation.id !== one.family || mutation.path !== one.path) continue;
    return stamped(one.id, one.family, one.path, one.procedure, message, mutation.edit, options);
  }
  return null;
}

function* mutate(base: BaseCall, round: number, options: PlanOptions): Generator<FuzzCase> {
  const { message } = base;
  const prefix = `${procedureId(base.procedure)}/${round}`;
  const make = (family: string, path: string, edit: Edit): FuzzCase => {
    const id = `${prefix}/${family}${path === '' ? '' : `@${path}`}`;
    return stamped(id, family, path, base.procedure, message, edit, options);
  };
  yield make('valid', '', NOTHING);
  for (const { id, path, edit } of mutations(base, round, options)) yield make(id, path, edit);
  if (round > 0 || !options.stream) return;
  // Each is made anew, with an xid of its own: on a connection with others the reply to one must not be another's.
  const view = new DataView(message.buffer, message.byteOffset);
  for (let i = 0; ; i++) {
    const xid = seedOf(options.seed, `${prefix}/frag/${i}`);
    view.setUint32(0, xid);
    const made = nth(mutateFrame(message), i);
    if (made === undefined) return;
    const { id, bytes } = made;
    yield { id: `${prefix}/${id}`, family: id, path: '', procedure: base.procedure, bytes, xid };
  }
}

/** What comes behind so many others. */
function nth<T>(all: Iterable<T>, n: number): T | undefined {
  let i = 0;
  for (const one of all) if (i++ === n) return one;
  return undefined;
}

function* mutations(base: BaseCall, round: number, options: PlanOptions): Generator<Mutation> {
  const { message, body, map } = base;
  const most = options.stream ? MOST_RECORD : MOST_DATAGRAM;
  // What is long is the same whatever the values are, and takes as long as a thousand others.
  yield* mutateValue(message, body, map, { most: round % LONG_ROUNDS === 0 ? most : MOST_ADDED });
  if (round === 0) {
    yield* mutateCall(message, body);
    yield* nestedCall(message, map);
  }
  const { corpus } = options;
  if (corpus !== undefined) {
    yield* fromDictionary(map, turnOf(corpus.words, round));
    yield* fromNumbers(map, turnOf(corpus.numbers, round));
  }
  if (resolve(base.procedure.declared.procedure.argument).kind === 'void') return;
  const rng = rngOf(seedOf(options.seed, `${procedureId(base.procedure)}/${round}/wild`));
  const donor = callWith(base.procedure, draw(base.procedure, 8, rng, options), options);
  for (let i = 0; i < WILD; i++) {
    yield { ...havoc(message, body, rng), id: `havoc(${i})` };
    const crossed = crossOver(map, donor, rng);
    if (crossed !== null) yield { ...crossed, id: `crossover(${i})` };
    const foreign = corpus === undefined ? null : crossOverFrom(message, map, corpus, rng);
    if (foreign !== null) yield { ...foreign, id: `crossover.from(${i})` };
    const many = corpus === undefined ? null : scatter(message, body, map, corpus, rng);
    if (many !== null) yield { ...many, id: `dict.many(${i})` };
  }
}

/** The words whose turn it is in a round. */
function turnOf<T>(words: readonly T[], round: number): readonly T[] {
  const turns = Math.ceil(words.length / DICTIONARY);
  const from = turns === 0 ? 0 : (round % turns) * DICTIONARY;
  return words.slice(from, from + DICTIONARY);
}
