/**
 * What is known of valid traffic before a run: calls that were made, in their sessions, the encodings of values by
 * their type, and a dictionary of texts and numbers. Pure and bounded; the same input gives the same corpus, so that a
 * case's id and the seed still give its bytes.
 */
import type { DeclaredProcedure } from '../codec/rpc/index.ts';
import { isXdrError, type ResolvedType, resolve, type XdrType } from '../codec/xdr/index.ts';
import type { Dictionary } from './dictionary.ts';
import { type FuzzProcedure, procedureId } from './plan.ts';
import { type PointMap, pointsOf } from './points.ts';

/** A call that a client made: arguments that decode, as they stood on the wire. */
export interface CorpusCall {
  readonly procedure: FuzzProcedure;
  readonly args: Uint8Array;
}

/** The calls of one connection, in order. */
export interface CorpusSession {
  readonly calls: readonly CorpusCall[];
}

export interface Corpus extends Dictionary {
  /** distinct arguments of a procedure, the first seen first */
  calls(procedure: FuzzProcedure): readonly Uint8Array[];
  /** encodings of values of this very type: of arguments, and of results, whose handles go into arguments */
  parts(type: XdrType): readonly Uint8Array[];
  readonly sessions: readonly CorpusSession[];
}

/** Distinct ones that are kept: calls of a procedure, encodings of a type, texts, numbers. */
const MOST = { calls: 256, parts: 64, words: 512, numbers: 512 } as const;

/** The longest text, and the largest value of a type, that is worth keeping. */
const MOST_WORD = 1024;
const MOST_PART = 8192;

/** Sessions, and calls in one, that are kept. */
const MOST_SESSIONS = 256;
const MOST_SESSION_CALLS = 1024;

export class CorpusBuilder implements Corpus {
  readonly #calls = new Map<string, Distinct>();
  readonly #parts = new Map<ResolvedType, Distinct>();
  readonly #words = new Distinct(MOST.words);
  readonly #numbers = new Set<bigint>();
  readonly #sessions: { readonly calls: CorpusCall[] }[] = [];

  get words(): readonly Uint8Array[] {
    return this.#words.all;
  }

  get numbers(): readonly bigint[] {
    return [...this.#numbers];
  }

  get sessions(): readonly CorpusSession[] {
    return this.#sessions;
  }

  calls(procedure: FuzzProcedure): readonly Uint8Array[] {
    return this.#calls.get(callKey(procedure))?.all ?? [];
  }

  parts(type: XdrType): readonly Uint8Array[] {
    return this.#parts.get(resolve(type))?.all ?? [];
  }

  /** Texts and numbers from elsewhere, from a `.x` for instance. */
  addDictionary({ words, numbers }: Dictionary): void {
    for (const word of words) this.#word(word);
    for (const number of numbers) this.#number(number);
  }

  /** A call with its arguments; those that do not decode are left out, and false says so. */
  addCall(call: CorpusCall): boolean {
    const { procedure, args } = call;
    const map = mapOf(procedure.declared.procedure.argument, args);
    if (map === null) return false;
    entry(this.#calls, callKey(procedure), MOST.calls).add(args);
    this.#values(map, args);
    return true;
  }

  /** What a call was answered with; nothing of it is ever sent as a call, only its values. */
  addResult({ procedure, declared }: DeclaredProcedure, results: Uint8Array): boolean {
    if (declared.repeats !== undefined) return false;
    const map = mapOf(procedure.result, results);
    if (map !== null) this.#values(map, results);
    return map !== null;
  }

  /** The calls of a connection, of which those that decode were added before. */
  addSession(calls: readonly CorpusCall[]): void {
    if (calls.length === 0 || this.#sessions.length >= MOST_SESSIONS) return;
    this.#sessions.push({ calls: calls.slice(0, MOST_SESSION_CALLS) });
  }

  #values({ points, parts }: PointMap, bytes: Uint8Array): void {
    for (const { type, off, len } of parts) {
      if (len === 0 || len > MOST_PART) continue;
      entry(this.#parts, resolve(type), MOST.parts).add(bytes.subarray(off, off + len));
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const point of points) {
      const { kind, off, len } = point;
      if (kind === 'string' || kind === 'opaque') this.#word(bytes.subarray(off + 4, off + 4 + point.length));
      else if (kind === 'integer')
        this.#number(len === 8 ? view.getBigInt64(off) : BigInt(view.getInt32(off)));
    }
  }

  #word(word: Uint8Array): void {
    if (word.length > 0 && word.length <= MOST_WORD) this.#words.add(word);
  }

  #number(number: bigint): void {
    if (this.#numbers.size < MOST.numbers) this.#numbers.add(number);
  }
}

/** Byte strings without repetitions, in the order of their first. */
class Distinct {
  readonly all: Uint8Array[] = [];
  readonly #seen = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    if (this.all.length >= this.#most) return;
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.all.push(bytes.slice());
  }
}

function entry<K>(map: Map<K, Distinct>, key: K, most: number): Distinct {
  let found = map.get(key);
  if (found === undefined) {
    found = new Distinct(most);
    map.set(key, found);
  }
  return found;
}

function callKey(procedure: FuzzProcedure): string {
  return `${procedure.program} ${procedureId(procedure)}`;
}

/** Where in a value there is something; null for bytes that are no value of the type. */
function mapOf(type: XdrType, bytes: Uint8Array): PointMap | null {
  try {
    return pointsOf(type, bytes);
  } catch (e) {
    if (e instanceof TypeError || isXdrError(e)) return null;
    throw e;
  }
}
