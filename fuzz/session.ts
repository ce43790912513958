/**
 * Sessions around a procedure: calls whose arguments take up what earlier ones were answered with, valid ones, with one
 * message mutated and on behind it, and with the session itself gone wrong (calls twice, left out, in another order, on
 * two connections, cut off). Which values go together is told from types and names. Pure; the same options give the
 * same sessions.
 */
import { type Rng, rngOf } from '../codec/xdr/index.ts';
import {
  type BaseCall,
  baseCall,
  callWith,
  caseOfSteps,
  type FuzzCase,
  type FuzzProcedure,
  type PlanOptions,
  procedureId,
  stamped,
} from './call.ts';
import { type Edit, NOTHING } from './edit.ts';
import { carriesInto, isFedBy } from './feed.ts';
import { mutateCall } from './mutate-call.ts';
import { mutateValue } from './mutate-value.ts';
import type { Mutation } from './mutation.ts';
import { seedOf } from './seed.ts';
import type { Carry, Change, Step } from './step.ts';
import { stormsOf } from './storm.ts';

/** Calls before the one that a session is about, at most. */
const MOST_BEFORE = 4;

/** Sessions with a mutated message, for each procedure and round, and what such a mutation adds at most. */
const MUTATED = 8;
const MOST_ADDED = 4096;

/** Copies of a session that are sent in one go. */
const PIPELINED = 16;

/** Calls of a captured session that are taken before the one it is about. */
const CAPTURED = 8;

/** A call of a session, and what it takes up. */
interface Call {
  readonly base: BaseCall;
  readonly carry: readonly Carry[];
}

/** The sessions about a procedure in one round. */
export function* sessionsOf(
  procedure: FuzzProcedure,
  round: number,
  options: PlanOptions,
): Generator<FuzzCase> {
  const rng = rngOf(seedOf(options.seed, `${procedureId(procedure)}/${round}/session`));
  const bases = basesOf(procedure, round, options, rng);
  const key = bases.lastIndexOf(bases.findLast((base) => base.procedure === procedure) as BaseCall);
  const session = new Session(bases, Math.max(0, key), procedure, round, options);
  yield* session.valid();
  yield* session.disturbed(rng);
  yield* session.mutated(rng);
  if (options.stream) yield* session.cut();
  if (round === 0) yield* stormsOf(session.ownCall, options);
}

/** The calls of a session in their order: what feeds the procedure, its relatives, itself, and one more. */
function basesOf(procedure: FuzzProcedure, round: number, options: PlanOptions, rng: Rng): BaseCall[] {
  const captured = capturedBases(procedure, round, options);
  if (captured !== null) return captured;
  const { procedures } = options;
  const feeders = procedures.filter((one) => one !== procedure && isFedBy(procedure, one));
  const relatives = procedures.filter(
    (one) =>
      isFedBy(procedure, one) || isFedBy(one, procedure) || feeders.some((feeder) => isFedBy(one, feeder)),
  );
  const among = relatives.length > 0 ? [...new Set([...relatives, procedure])] : procedures;
  const chosen: FuzzProcedure[] = [];
  const [feeder] = feeders.length > 0 ? [feeders[rng() % feeders.length] as FuzzProcedure] : [];
  // Who feeds the feeder comes first.
  const before =
    feeder === undefined ? [] : procedures.filter((one) => one !== feeder && isFedBy(feeder, one));
  if (before.length > 0) chosen.push(before[rng() % before.length] as FuzzProcedure);
  if (feeder !== undefined) chosen.push(feeder);
  for (let more = rng() % MOST_BEFORE; more > 0; more--)
    chosen.push(among[rng() % among.length] as FuzzProcedure);
  chosen.push(procedure, among[rng() % among.length] as FuzzProcedure);
  return chosen.map((one, i) => baseCall(one, round + i * 1000, options));
}

/** Every other round: what a client did up to a call of the procedure, where it was captured. */
function capturedBases(procedure: FuzzProcedure, round: number, options: PlanOptions): BaseCall[] | null {
  const sessions = options.corpus?.sessions ?? [];
  if (round % 2 === 1 || sessions.length === 0) return null;
  const holding = sessions.filter(({ calls }) => calls.some((call) => call.procedure === procedure));
  const session = holding[(round / 2) % Math.max(1, holding.length)];
  if (session === undefined) return null;
  const at = session.calls.findIndex((call) => call.procedure === procedure);
  return session.calls
    .slice(Math.max(0, at - CAPTURED), at + 2)
    .map((call) => callWith(call.procedure, call.args, options));
}

export class Session {
  readonly #calls: readonly Call[];
  readonly #key: number;
  readonly #procedure: FuzzProcedure;
  readonly #prefix: string;
  readonly #options: PlanOptions;

  constructor(
    bases: readonly BaseCall[],
    key: number,
    procedure: FuzzProcedure,
    round: number,
    options: PlanOptions,
  ) {
    this.#calls = bases.map((base, i) => ({
      base,
      carry: carriesInto(
        base,
        bases.slice(0, i).map((one) => one.procedure),
      ),
    }));
    this.#key = key;
    this.#procedure = procedure;
    this.#prefix = `${procedureId(procedure)}/${round}`;
    this.#options = options;
  }

  get ownCall(): BaseCall {
    return (this.#calls[this.#key] as Call).base;
  }

  *valid(): Generator<FuzzCase> {
    yield this.#made('sess.valid', '', this.#all());
  }

  /** Calls twice, left out, exchanged, elsewhere, too early and too late. */
  *disturbed(rng: Rng): Generator<FuzzCase> {
    const all = this.#all();
    const key = this.#key;
    yield this.#made('sess.dup', `#${key}`, [...all.slice(0, key), all[key], ...all.slice(key)]);
    const burst = { ...(all[key] as Drawn), act: 'send' as const };
    yield this.#made('sess.dup(3)', `#${key}`, [...all.slice(0, key), burst, burst, ...all.slice(key)]);
    for (let i = 0; i < key; i++)
      yield this.#made(
        'sess.drop',
        `#${i}`,
        all.filter((_, n) => n !== i),
      );
    for (let i = 0; i < key; i++) {
      const order = [...all];
      [order[i], order[i + 1]] = [order[i + 1] as Drawn, order[i] as Drawn];
      yield this.#made('sess.reorder', `#${i}`, order);
    }
    const at = rng() % all.length;
    yield this.#made('sess.splice', `#${at}`, [...all.slice(at), ...all]);
    yield* this.#replaced(all);
    yield this.#made(
      'sess.two-conns',
      '',
      all.map((one, i) => ({ ...one, on: i % 2 })),
    );
    // What the others were told is used by one who was told nothing.
    yield this.#made(
      'sess.two-conns',
      `#${key}`,
      all.map((one, i) => ({ ...one, on: i === key ? 1 : 0 })),
    );
    const early = { ...(all[key] as Drawn), isAnonymous: true };
    yield this.#made('sess.pre-auth', '', [early, ...all, { ...early, on: 1 }]);
    const end: Drawn = { ...(all[key] as Drawn), act: 'end', i: -1 };
    yield this.#made('sess.post-close', '', [
      ...all.slice(0, key + 1),
      end,
      { ...(all[key] as Drawn), on: 1 },
    ]);
  }

  /** Handles that were never given out, changed after they were. */
  *#replaced(all: readonly Drawn[]): Generator<FuzzCase> {
    const drawn = all[this.#key] as Drawn;
    const { carry } = this.#calls[this.#key] as Call;
    for (const change of CHANGES) {
      for (const [i, one] of carry.entries()) {
        const changed = { ...drawn, carry: carry.with(i, { ...one, change }) };
        yield this.#made(
          `sess.replace-handle(${change})`,
          `#${this.#key}.${i}`,
          all.with(this.#key, changed),
        );
      }
    }
  }

  /** One message mutated, and on behind it as if nothing had been. */
  *mutated(rng: Rng): Generator<FuzzCase> {
    const all = this.#all();
    const seen = new Set<string>();
    for (let n = 0; n < MUTATED; n++) {
      const i = rng() % all.length;
      const { base } = this.#calls[i] as Call;
      const { message, body, map } = base;
      const mutations: Mutation[] = [...mutateValue(message, body, map, { most: MOST_ADDED })];
      if (rng() % 4 === 0 || mutations.length === 0) mutations.push(...mutateCall(message, body));
      const mutation = mutations[rng() % Math.max(1, mutations.length)];
      if (mutation === undefined) continue;
      const { id, path, edit } = mutation;
      const place = `#${i}${path === '' ? '' : `.${path}`}`;
      if (seen.has(`${id}@${place}`)) continue;
      seen.add(`${id}@${place}`);
      const carry = (this.#calls[i] as Call).carry.filter((one) => one.off + one.len <= edit.off);
      const broken = { ...(all[i] as Drawn), edit, carry };
      // and then right, as a client that tries again
      yield this.#made(id, place, [...all.slice(0, i), broken, ...all.slice(i)], i);
    }
  }

  /** Connections that end, stall or hurry. */
  *cut(): Generator<FuzzCase> {
    const all = this.#all();
    const key = this.#key;
    const own = all[key] as Drawn;
    const sent = all.map((one) => ({ ...one, act: 'send' as const }));
    const elsewhere = { ...own, on: 1 };
    const [end, reset] = [
      { ...own, act: 'end', i: -1 },
      { ...own, act: 'reset', i: -1 },
    ] as const;
    const half = { ...elsewhere, act: 'hold' as const };
    yield this.#made('tcp.half', '', [...all, half, own, { ...end, on: 1 }, own], all.length);
    yield this.#made('tcp.slow', `#${key}`, all.with(key, { ...own, act: 'drip' }));
    yield this.#made('tcp.rst', '', [...sent, reset, elsewhere]);
    yield this.#made('tcp.fin', '', [...sent, end, elsewhere]);
    const many = Array.from({ length: PIPELINED }, () => sent).flat();
    yield this.#made(`tcp.pipeline(${many.length})`, '', [...many, own]);
  }

  #all(): Drawn[] {
    return this.#calls.map((call, i) => ({ i, act: 'call', on: 0, edit: NOTHING, carry: call.carry }));
  }

  /** The case of these steps; what is carried counts steps by the calls they are of, the latest before. */
  #made(family: string, path: string, drawn: readonly (Drawn | undefined)[], about?: number): FuzzCase {
    const id = `${this.#prefix}/${family}${path === '' ? '' : `@${path}`}`;
    const steps: Step[] = [];
    /** the steps of a call so far */
    const latest = new Map<number, number>();
    for (const one of drawn) {
      if (one === undefined) continue;
      steps.push(this.#step(one, `${id}#${steps.length}`, latest));
      if (one.i >= 0) latest.set(one.i, steps.length - 1);
    }
    return caseOfSteps(id, family, path, this.#procedure, steps, about ?? this.#key, this.#options.stream);
  }

  #step({ i, act, on, edit, carry, isAnonymous }: Drawn, id: string, latest: Map<number, number>): Step {
    const call = this.#calls[i];
    if (call === undefined) return { on, act, bytes: new Uint8Array(0), procedure: null, carry: [] };
    const { procedure } = call.base;
    const { credential: _, ...anonymous } = this.#options;
    const message = isAnonymous
      ? callWith(procedure, call.base.message.subarray(call.base.body), anonymous).message
      : call.base.message;
    const whole = stamped(id, '', '', procedure, message, edit, this.#options).bytes;
    const bytes = act === 'hold' ? whole.subarray(0, Math.max(6, whole.length >> 1)) : whole;
    const kept = isAnonymous || act === 'hold' ? [] : carry;
    return {
      on,
      act,
      bytes,
      procedure,
      carry: kept.flatMap((one) => {
        const from = latest.get(one.from);
        return from === undefined ? [] : [{ ...one, from }];
      }),
    };
  }
}

/** A step as it is drawn: the call it is of (-1: none), where, how, and what is changed in it. */
interface Drawn {
  readonly i: number;
  readonly act: Step['act'];
  readonly on: number;
  readonly edit: Edit;
  readonly carry: readonly Carry[];
  /** without the run's credential */
  readonly isAnonymous?: boolean;
}

const CHANGES: readonly Change[] = ['flip', 'zero', 'ones'];
