/**
 * The cases of a run, in order: for each procedure a valid call, then every mutation of it, round after round with new
 * values. Deterministic: seed, procedure, round, family and path give the same bytes, in a run or alone. Pure.
 */
import { type DeclaredProcedure, encodeCall, type OpaqueAuth } from '../codec/rpc/index.ts';
import { codecOf, type Rng, randomValue, resolve, rngOf } from '../codec/xdr/index.ts';
import type { Corpus } from './corpus.ts';
import { applyEdit, counted, type Edit, edited, NOTHING } from './edit.ts';
import { mutateCall } from './mutate-call.ts';
import { crossOverFrom, fromNumbers } from './mutate-corpus.ts';
import { mutateFrame } from './mutate-frame.ts';
import { mutateValue } from './mutate-value.ts';
import { crossOver, fromDictionary, havoc } from './mutate-wild.ts';
import type { Mutation } from './mutation.ts';
import { type PointMap, pointsOf } from './points.ts';
import { seedOf } from './seed.ts';
import type { Step } from './step.ts';

/** A procedure to fuzz, and where it is. */
export interface FuzzProcedure {
  readonly program: number;
  readonly version: number;
  readonly declared: DeclaredProcedure;
}

export interface PlanOptions {
  readonly seed: number;
  readonly procedures: readonly FuzzProcedure[];
  /** messages stand on a stream; false: each is a datagram */
  readonly stream: boolean;
  readonly credential?: OpaqueAuth;
  /** valid traffic and dictionaries to draw from */
  readonly corpus?: Corpus;
}

/** One message to send. */
export interface FuzzCase {
  /** 'LEDGER_ECHO.1/0/len.max+1@data': procedure and version, round, family, path */
  readonly id: string;
  /** 'valid' for the call that nothing was done to */
  readonly family: string;
  readonly path: string;
  readonly procedure: FuzzProcedure;
  /** what goes on the wire: a datagram, or a stream's bytes with their record marks */
  readonly bytes: Uint8Array;
  readonly xid: number;
  /** where it is a whole session: what is done, `bytes` and `xid` being those of the step that the family names */
  readonly steps?: readonly Step[];
}

/** A valid call, and the map of its arguments. */
export interface BaseCall {
  readonly procedure: FuzzProcedure;
  readonly message: Uint8Array;
  /** where the arguments begin */
  readonly body: number;
  readonly map: PointMap;
}

/** What IPv4 carries in a datagram, and what our own server takes in a record, both with room for the header. */
const MOST_DATAGRAM = 60_000;
const MOST_RECORD = 1 << 20;

/** Rounds from one with long messages to the next, and what a mutation adds at most in the others. */
const LONG_ROUNDS = 32;
const MOST_ADDED = 4096;

/** How much a random value may hold, by round: the first is the everyday one. */
const ELEMENTS = [8, 3, 40, 0] as const;

/** Of so many random values the one with the most to mutate is taken. */
const DRAWS = 4;

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
}

/** The case of this id, made alone; null when the plan has none of that name. */
export function caseOf(id: string, options: PlanOptions): FuzzCase | null {
  const match = /^(.+)\/(\d+)\/[^/]+$/s.exec(id);
  const procedure = options.procedures.find((one) => procedureId(one) === match?.[1]);
  if (match === null || procedure === undefined) return null;
  for (const one of casesOf(procedure, Number(match[2]), options)) if (one.id === id) return one;
  return null;
}

/** 'LEDGER_ECHO.1' */
export function procedureId({ declared, version }: FuzzProcedure): string {
  return `${declared.procedure.name}.${version}`;
}

/** The valid call of a round. */
export function baseCall(procedure: FuzzProcedure, round: number, options: PlanOptions): BaseCall {
  const captured = options.corpus?.calls(procedure) ?? [];
  // The first round, of which everything is mutated, has what a client really sent; then both take turns.
  const args = round % 2 === 0 ? captured[(round / 2) % captured.length] : undefined;
  if (args !== undefined) return callWith(procedure, args, options);
  const rng = rngOf(seedOf(options.seed, `${procedureId(procedure)}/${round}`));
  return richest(procedure, options, () => draw(procedure, ELEMENTS[round % ELEMENTS.length] as number, rng));
}

function draw({ declared }: FuzzProcedure, elements: number, rng: Rng): Uint8Array {
  const { argument } = declared.procedure;
  return codecOf(argument).encode(randomValue(argument, rng, { elements }));
}

function richest(procedure: FuzzProcedure, options: PlanOptions, next: () => Uint8Array): BaseCall {
  let best = callWith(procedure, next(), options);
  for (let i = 1; i < DRAWS; i++) {
    const other = callWith(procedure, next(), options);
    if (other.map.points.length > best.map.points.length) best = other;
  }
  return best;
}

/** A call with these arguments, which must be valid. Its xid is still 0. */
export function callWith(procedure: FuzzProcedure, args: Uint8Array, options: PlanOptions): BaseCall {
  const { program, version, declared } = procedure;
  const { credential } = options;
  const init = {
    xid: 0,
    program,
    version,
    procedure: declared.procedure.number,
    ...(credential && { credential }),
  };
  const message = encodeCall(init, args);
  const body = message.length - args.length;
  return { procedure, message, body, map: pointsOf(declared.procedure.argument, message, body) };
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
  const xid = seedOf(options.seed, `${prefix}/frag`);
  new DataView(message.buffer, message.byteOffset).setUint32(0, xid);
  for (const { id, bytes } of mutateFrame(message)) {
    yield { id: `${prefix}/${id}`, family: id, path: '', procedure: base.procedure, bytes, xid };
  }
}

function* mutations(base: BaseCall, round: number, options: PlanOptions): Generator<Mutation> {
  const { message, body, map } = base;
  const most = options.stream ? MOST_RECORD : MOST_DATAGRAM;
  // What is long is the same whatever the values are, and takes as long as a thousand others.
  yield* mutateValue(message, body, map, { most: round % LONG_ROUNDS === 0 ? most : MOST_ADDED });
  if (round === 0) yield* mutateCall(message, body);
  const { corpus } = options;
  if (corpus !== undefined) {
    yield* fromDictionary(map, turnOf(corpus.words, round));
    yield* fromNumbers(map, turnOf(corpus.numbers, round));
  }
  if (resolve(base.procedure.declared.procedure.argument).kind === 'void') return;
  const rng = rngOf(seedOf(options.seed, `${procedureId(base.procedure)}/${round}/wild`));
  const donor = callWith(base.procedure, draw(base.procedure, 8, rng), options);
  for (let i = 0; i < WILD; i++) {
    yield { ...havoc(message, body, rng), id: `havoc(${i})` };
    const crossed = crossOver(map, donor, rng);
    if (crossed !== null) yield { ...crossed, id: `crossover(${i})` };
    const foreign = corpus === undefined ? null : crossOverFrom(message, map, corpus, rng);
    if (foreign !== null) yield { ...foreign, id: `crossover.from(${i})` };
  }
}

/** The words whose turn it is in a round. */
function turnOf<T>(words: readonly T[], round: number): readonly T[] {
  const turns = Math.ceil(words.length / DICTIONARY);
  const from = turns === 0 ? 0 : (round % turns) * DICTIONARY;
  return words.slice(from, from + DICTIONARY);
}

/** The xid is the case's own, so that its reply can be told from all others of the run. */
function stamped(
  id: string,
  family: string,
  path: string,
  procedure: FuzzProcedure,
  message: Uint8Array,
  edit: Edit,
  { seed, stream }: PlanOptions,
): FuzzCase {
  const xid = seedOf(seed, id);
  const bytes = edited(message, edit, stream ? MARK : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 + (stream ? MARK : 0)) view.setUint32(stream ? MARK : 0, xid);
  if (stream) view.setUint32(0, (LAST_FRAGMENT | (bytes.length - MARK)) >>> 0);
  return { id, family, path, procedure, bytes, xid };
}

/** A record mark (RFC 5531 section 11): the length, and the bit of the last fragment. */
const MARK = 4;
const LAST_FRAGMENT = 0x80000000;
