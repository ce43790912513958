/**
 * A recorded answer against the target's: typed, place by place, with what state mapping, ignored paths and
 * tolerances explain. xids do not count. What nobody described is compared as bytes. Pure; never throws for bytes.
 */
import { decodeMessage, isRpcError, type OpaqueAuth, type RpcReply, replyError } from '../codec/rpc/index.ts';
import type { Json } from '../codec/xdr/index.ts';
import { type Change, eachDifference, valueText } from '../dissector/stats/value-diff.ts';
import { type Bodies, clearResults, isSealing } from './bodies.ts';
import type { RecordedCall } from './recorded-session.ts';
import { hexOf, type StateMap } from './state-map.ts';

/** Numbers at a path may differ by so much: of their size when it is a share (`±10%`: 0.1). */
export interface Tolerance {
  readonly matches: (path: string) => boolean;
  readonly by: number;
  readonly isShare: boolean;
}

export interface CompareOptions {
  /** null: nothing is mapped */
  readonly map: StateMap | null;
  readonly ignore?: (path: string) => boolean;
  readonly tolerances?: readonly Tolerance[];
}

export type BodyVerdict = 'same' | 'mapped' | 'changed';

export interface Comparison {
  readonly verdict: BodyVerdict;
  /** what nothing explains; `a` is the recording's */
  readonly changes: readonly Change[];
}

const MAX_CHANGES = 20;
const SAME: Comparison = { verdict: 'same', changes: [] };

interface Answer {
  readonly verdict: string;
  readonly verifier: OpaqueAuth | null;
  readonly detail: Json;
  readonly body: Uint8Array;
}

export class Comparer {
  readonly #bodies: Bodies;
  readonly #options: CompareOptions;

  constructor(bodies: Bodies, options: CompareOptions) {
    this.#bodies = bodies;
    this.#options = options;
  }

  /** Two replies to one call, the recorded one first. What the target named anew is learnt on the way. */
  replies(call: RecordedCall, recorded: Uint8Array, target: Uint8Array): Comparison {
    const { map } = this.#options;
    if ((map?.isIdentity ?? true) && sameBehindXid(recorded, target)) return SAME;
    const [a, b] = [answerOf(recorded), answerOf(target)];
    const run = new Differences(this.#options);
    run.add('verdict', a.verdict, b.verdict);
    if (a.verdict === b.verdict) run.each('mismatch', a.detail, b.detail);
    // another credential gets another verifier
    if (a.verifier !== null && b.verifier !== null && !isSealing(call.flavor)) {
      run.add('verifier.flavor', a.verifier.flavor, b.verifier.flavor);
      run.add('verifier.body', hexOf(a.verifier.body), hexOf(b.verifier.body));
    }
    if (a.verdict === b.verdict && a.verdict === 'SUCCESS') {
      this.#results(call, clearResults(call, a.body), b.body, run);
    }
    return run.comparison;
  }

  /** Two calls of a server to its client: their arguments. */
  callbacks(call: RecordedCall, recorded: unknown, target: unknown, bytes: Uint8Array): Comparison {
    const run = new Differences(this.#options);
    const found = this.#bodies.procedure(call);
    if (found === null || recorded === null || target === null) {
      run.add('args', hexOf(call.bytes.subarray(call.bodyOff)), hexOf(bytes));
      return run.comparison;
    }
    this.#options.map?.learn(found.procedure.argument, recorded, target);
    const json = (value: unknown) => this.#bodies.json(call, 'argument', value);
    run.each('args', json(recorded), json(target));
    return run.comparison;
  }

  #results(call: RecordedCall, recorded: Uint8Array, target: Uint8Array, run: Differences): void {
    const a = this.#bodies.result(call, recorded, 0);
    const b = this.#bodies.result(call, target, 0);
    if (a === null || b === null) {
      run.add('result', hexOf(recorded), hexOf(target));
      return;
    }
    const { map } = this.#options;
    const left = this.#bodies.results(call, a);
    const right = this.#bodies.results(call, b);
    for (const [i, value] of (left?.values ?? []).entries()) {
      if (i < (right?.values.length ?? 0)) map?.learn(left!.type, value, right!.values[i]);
    }
    run.each('result', this.#bodies.json(call, 'result', a), this.#bodies.json(call, 'result', b));
  }
}

/** Gathers what differs and sorts it into explained and not. */
class Differences {
  readonly #options: CompareOptions;
  readonly #changes: Change[] = [];
  #mapped = false;

  constructor(options: CompareOptions) {
    this.#options = options;
  }

  get comparison(): Comparison {
    if (this.#changes.length > 0) return { verdict: 'changed', changes: this.#changes };
    return this.#mapped ? { verdict: 'mapped', changes: [] } : SAME;
  }

  add(path: string, a: Json | undefined, b: Json | undefined): boolean {
    const { map, ignore, tolerances = [] } = this.#options;
    if (a === b || ignore?.(path) === true || tolerances.some((one) => tolerates(one, path, a, b)))
      return true;
    if (map?.explains(path, a, b) === true) this.#mapped = true;
    else this.#changes.push({ path, a: valueText(a), b: valueText(b) });
    return this.#changes.length < MAX_CHANGES;
  }

  each(path: string, a: Json, b: Json): void {
    eachDifference(a, b, path, (at, x, y) => this.add(at, x as Json | undefined, y as Json | undefined));
  }
}

function tolerates(
  { matches, by, isShare }: Tolerance,
  path: string,
  a: Json | undefined,
  b: Json | undefined,
): boolean {
  if (!matches(path)) return false;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x === null || y === null) return false;
  return Math.abs(x - y) <= (isShare ? Math.abs(x) * by : by);
}

/** A number, or a hyper as JSON shows it. */
function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : null;
}

function answerOf(bytes: Uint8Array): Answer {
  let reply: RpcReply;
  try {
    const message = decodeMessage(bytes);
    if (message.type === 'call') return malformed(bytes, 'CALL');
    reply = message;
  } catch (error) {
    if (!isRpcError(error)) throw error;
    return malformed(bytes, 'MALFORMED');
  }
  const error = replyError(reply);
  return {
    verdict: error?.code ?? 'SUCCESS',
    verifier: reply.type === 'accepted' ? reply.verifier : null,
    detail:
      error === null
        ? null
        : { low: error.low ?? null, high: error.high ?? null, authStat: error.authStat ?? null },
    body: reply.type === 'accepted' ? reply.body : new Uint8Array(0),
  };
}

/** The results in a reply with SUCCESS, out of what GSS put around them; null for any other. */
export function replyBody(call: RecordedCall, bytes: Uint8Array): Uint8Array | null {
  const { verdict, body } = answerOf(bytes);
  return verdict === 'SUCCESS' ? clearResults(call, body) : null;
}

/** A reply that is none: its bytes say all. */
function malformed(bytes: Uint8Array, verdict: string): Answer {
  return { verdict, verifier: null, detail: hexOf(bytes.subarray(4)), body: new Uint8Array(0) };
}

/** Bytes up to this length are compared one by one: two views for a comparison cost more. */
const SHORT = 96;

function sameBehindXid(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  if (length > SHORT) return Buffer.compare(a.subarray(4), b.subarray(4)) === 0;
  for (let i = 4; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
