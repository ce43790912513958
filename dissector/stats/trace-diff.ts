/**
 * Two traces of the same traffic, transaction by transaction. Addresses and clocks do not count: a call of A pairs
 * with one of B that has its xid, program, version, procedure and arguments. What finds no such partner waits, and
 * pairs with the first of its xid and procedure once it must go: then something in it was changed. What waits is
 * bounded in number and size on each side, so the two sides are best fed in step. Never throws.
 */

import type { Transaction } from './calls.ts';
import { Histogram } from './histogram.ts';
import { type Change, valueDiff } from './value-diff.ts';

/** What was found of one call. */
export type Difference =
  | { readonly kind: 'missing' | 'extra'; readonly transaction: Transaction }
  | {
      readonly kind: 'changed';
      readonly a: Transaction;
      readonly b: Transaction;
      readonly changes: readonly Change[];
    };

export interface TraceDiffOptions {
  readonly emit: (difference: Difference) => void;
  /** whether a difference at this path (`result.resok.eof`, `verdict`) is none */
  readonly ignore?: (path: string) => boolean;
  /** transactions that wait on each side, and characters of their arguments and results */
  readonly maxWaiting?: number;
  readonly maxChars?: number;
}

/** Reasons why a value is not there that say nothing of what was sent. */
const UNSEEN = new Set(['LIMIT', 'NO_CALL', 'SEALED', 'TRUNCATED']);

/** Calls of one xid that are looked at for a partner. */
const MAX_CANDIDATES = 256;

/** A transaction in the queue of its side. */
interface Waiting {
  readonly transaction: Transaction;
  older: Waiting | null;
  newer: Waiting | null;
}

class Side {
  transactions = 0;
  waiting = 0;
  chars = 0;
  oldest: Waiting | null = null;
  /** nanoseconds */
  readonly latencies = new Histogram();
  readonly byXid = new Map<number, Waiting[]>();
  #newest: Waiting | null = null;

  push(transaction: Transaction): void {
    const entry: Waiting = { transaction, older: this.#newest, newer: null };
    if (this.#newest === null) this.oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    const list = this.byXid.get(transaction.xid);
    if (list === undefined) this.byXid.set(transaction.xid, [entry]);
    else list.push(entry);
    this.waiting++;
    this.chars += sizeOf(transaction);
  }

  remove(entry: Waiting): void {
    const { transaction, older, newer } = entry;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    const list = this.byXid.get(transaction.xid) ?? [];
    list.splice(list.indexOf(entry), 1);
    if (list.length === 0) this.byXid.delete(transaction.xid);
    this.waiting--;
    this.chars -= sizeOf(transaction);
  }
}

export class TraceDiff {
  same = 0;
  changed = 0;
  missing = 0;
  extra = 0;
  /** pairs of which arguments or results were not seen whole on one side: the rest was compared */
  incomplete = 0;
  /** latency in B minus that in A, by sign */
  readonly slower = new Histogram();
  readonly faster = new Histogram();
  readonly #options: TraceDiffOptions;
  readonly #sides = { a: new Side(), b: new Side() };
  readonly #maxWaiting: number;
  readonly #maxChars: number;

  constructor(options: TraceDiffOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? 50_000;
    this.#maxChars = options.maxChars ?? 16 << 20;
  }

  get transactions(): { readonly a: number; readonly b: number } {
    return { a: this.#sides.a.transactions, b: this.#sides.b.transactions };
  }

  /** Nanoseconds from call to reply, in each trace. */
  get latencies(): { readonly a: Histogram; readonly b: Histogram } {
    return { a: this.#sides.a.latencies, b: this.#sides.b.latencies };
  }

  get differs(): boolean {
    return this.changed + this.missing + this.extra > 0;
  }

  add(side: 'a' | 'b', transaction: Transaction): void {
    const own = this.#sides[side];
    own.transactions++;
    if (transaction.latencyNs !== null) own.latencies.add(transaction.latencyNs);
    const other = this.#sides[side === 'a' ? 'b' : 'a'];
    const partner = bestOf(other, transaction, true);
    if (partner !== null) {
      other.remove(partner);
      this.#pair(side, transaction, partner.transaction);
      return;
    }
    own.push(transaction);
    while (own.waiting > this.#maxWaiting || (own.chars > this.#maxChars && own.waiting > 1))
      this.#settle(side);
  }

  /** Both traces are at their end. */
  finish(): void {
    while (this.#sides.a.waiting > 0) this.#settle('a');
    while (this.#sides.b.waiting > 0) this.#settle('b');
  }

  /** The oldest of a side can wait no longer. */
  #settle(side: 'a' | 'b'): void {
    const own = this.#sides[side];
    const other = this.#sides[side === 'a' ? 'b' : 'a'];
    const entry = own.oldest;
    if (entry === null) return;
    own.remove(entry);
    const partner = bestOf(other, entry.transaction, false);
    if (partner !== null) {
      other.remove(partner);
      this.#pair(side, entry.transaction, partner.transaction);
      return;
    }
    const kind = side === 'a' ? 'missing' : 'extra';
    this[kind]++;
    this.#options.emit({ kind, transaction: entry.transaction });
  }

  #pair(side: 'a' | 'b', own: Transaction, other: Transaction): void {
    const [a, b] = side === 'a' ? [own, other] : [other, own];
    if (a.latencyNs !== null && b.latencyNs !== null) {
      const delta = b.latencyNs - a.latencyNs;
      (delta < 0 ? this.faster : this.slower).add(Math.abs(delta));
    }
    if (unseen(a) || unseen(b)) this.incomplete++;
    const { ignore } = this.#options;
    const changes = changesOf(a, b).filter(({ path }) => ignore?.(path) !== true);
    if (changes.length === 0) {
      this.same++;
      return;
    }
    this.changed++;
    this.#options.emit({ kind: 'changed', a, b, changes });
  }
}

function sizeOf({ args, result }: Transaction): number {
  return args.length + result.length;
}

function unseen({ malformed }: Transaction): boolean {
  return malformed.some(({ code }) => UNSEEN.has(code));
}

/** The same call, as far as its numbers are known on both sides. */
function sameNumbers(a: Transaction, b: Transaction): boolean {
  const same = (x: number | null, y: number | null) => x === null || y === null || x === y;
  return same(a.program, b.program) && same(a.version, b.version) && same(a.procedure, b.procedure);
}

/** The first of those most alike; `exact`: only one with the same arguments, both whole. */
function bestOf(side: Side, t: Transaction, exact: boolean): Waiting | null {
  let best: Waiting | null = null;
  let bestScore = -1;
  const candidates = side.byXid.get(t.xid) ?? [];
  for (let i = 0; i < Math.min(candidates.length, MAX_CANDIDATES); i++) {
    const entry = candidates[i]!;
    const { transaction: other } = entry;
    if (!sameNumbers(t, other)) continue;
    const sameCall = t.call !== null && other.call !== null && t.args === other.args;
    if (exact && (!sameCall || unseen(t) || unseen(other))) continue;
    const sameEnds = t.client === other.client && t.server === other.server;
    const score =
      (sameCall ? 4 : 0) +
      (t.result === other.result && t.verdict === other.verdict ? 2 : 0) +
      (sameEnds ? 1 : 0);
    if (score <= bestScore) continue;
    best = entry;
    bestScore = score;
  }
  return best;
}

function changesOf(a: Transaction, b: Transaction): Change[] {
  const changes: Change[] = [];
  const bothCalls = a.call !== null && b.call !== null;
  if (bothCalls && a.auth !== b.auth) changes.push(plain('auth', a.auth, b.auth));
  const partly = unseen(a) || unseen(b);
  if (bothCalls && !partly) changes.push(...bodyChanges(a.args, b.args, 'args'));
  if (a.verdict !== b.verdict) changes.push(plain('verdict', a.verdict, b.verdict));
  else if (!partly) changes.push(...bodyChanges(a.result, b.result, 'result'));
  return changes;
}

function plain(path: string, a: string | null, b: string | null): Change {
  return { path, a: a === null ? null : JSON.stringify(a), b: b === null ? null : JSON.stringify(b) };
}

function bodyChanges(a: string, b: string, path: string): Change[] {
  return a === b ? [] : valueDiff(JSON.parse(a), JSON.parse(b), path);
}
