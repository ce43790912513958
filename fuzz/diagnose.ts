/**
 * From something wrong to a finding: is it so again, alone; if not, which of what was sent before makes it so; whose
 * memory is it; and the smallest that shows it. Asks the target while nothing else is under way. Rejects with
 * TransportError where the target takes no connection any more.
 */

import { type FuzzProcedure, xidOf } from './call.ts';
import type { Crew, Job } from './crew.ts';
import { bucketOf, type FindingStep, hex } from './finding.ts';
import { expectBytes, type Fault, type JudgeRules, judge, type Observation } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { casesOf, type FuzzCase, type PlanOptions, procedureId } from './plan.ts';
import { type Played, play } from './play.ts';
import type { Probe } from './probe.ts';
import { shrinkCase } from './shrink.ts';
import { shrinkSteps } from './shrink-steps.ts';
import type { Step } from './step.ts';
import { findTaint, type Taint } from './taint.ts';

export interface DiagnosisInit {
  readonly probe: Probe;
  readonly crew: Crew;
  readonly rules: JudgeRules;
  readonly options: PlanOptions;
  readonly ledger: Ledger;
  /** what a valid call gets, which its mutations may get then too */
  readonly learn: (one: FuzzCase, seen: Observation) => void;
}

/** Other cases of a procedure that are asked whose memory they get, where one took what cannot be decoded. */
const MOST_HUNTED = 60;
const TAINT_TRIES = 60;
const SESSION_TRIES = 60;

/** What is late or missing once in a crowd is the crowd's doing. */
const FLEETING: ReadonlySet<string> = new Set(['silence', 'closed', 'latency']);

export class Diagnosis {
  readonly #probe: Probe;
  readonly #crew: Crew;
  readonly #rules: JudgeRules;
  readonly #options: PlanOptions;
  readonly #ledger: Ledger;
  readonly #learn: DiagnosisInit['learn'];
  readonly #learnt = new Set<FuzzProcedure>();
  #remembers = false;

  constructor({ probe, crew, rules, options, ledger, learn }: DiagnosisInit) {
    this.#learn = learn;
    this.#probe = probe;
    this.#crew = crew;
    this.#rules = rules;
    this.#options = options;
    this.#ledger = ledger;
  }

  /** A connection of this target remembers what was wrong on it: what comes of many on one says nothing of each. */
  get remembers(): boolean {
    return this.#remembers;
  }

  /** What came of a case, and `trail`, what was sent on its connection before and with it. */
  async case(job: Job, seen: Observation, trail: readonly Job[] | null): Promise<void> {
    const { one } = job;
    await this.#valid(one.procedure);
    const fault = judge(job.expected, seen, this.#rules);
    if (fault === null || this.#ledger.knows(one, fault)) return;
    // Whether it comes again may hang on whose memory is there.
    if (fault.oracle === 'accepted' && (await this.#huntTaint(one, bucketOf(one, fault)))) return;
    if (await this.#again(job, fault)) return this.#alone(one, fault, seen.reply);
    if (trail !== null && (await this.#trailed(one, fault, trail))) return;
    if (FLEETING.has(fault.oracle) || this.#resembles(fault)) return;
    this.#add(one, fault, { confirmed: false, reply: seen.reply });
  }

  /** Whether it is what sessions are known to bring about; counted as that where it is not to be seen again. */
  #resembles(fault: Fault): boolean {
    const cause = this.#ledger.causes.find((known) => isSame(known, fault));
    return cause !== undefined && this.#ledger.counts(cause.bucket);
  }

  /** What came of the steps of a session. */
  async session({ one }: Job, played: readonly Played[]): Promise<void> {
    const steps = one.steps ?? [];
    for (const { procedure } of steps) if (procedure !== null) await this.#valid(procedure);
    const at = this.#firstFault(played);
    const { fault, step } = { fault: this.#faultOf(played[at]), step: steps[at] };
    if (fault === null || step === undefined) return;
    const { bytes, seen, carried } = played[at] as Played;
    // A value that a reply gave has its meaning from the session.
    const lone = this.#lone(one, step, carried.every((path) => path === null) ? bytes : step.bytes);
    if (this.#ledger.knows(lone, fault)) return;
    if (fault.oracle === 'accepted' && (await this.#huntTaint(lone, bucketOf(lone, fault)))) return;
    if (await this.#again(this.#job(lone), fault)) return this.#alone(lone, fault, seen?.reply ?? null);
    if (await this.#explained(lone, fault)) return;
    if (this.#ledger.knows(lone, inSession(fault))) return;
    await this.#caused(lone, fault, steps.slice(0, at + 1));
  }

  /** Asks once what a valid call of the procedure gets: before it, nobody can say what another call of it may get. */
  async #valid(procedure: FuzzProcedure): Promise<void> {
    if (this.#learnt.has(procedure)) return;
    this.#learnt.add(procedure);
    const [valid] = casesOf(procedure, 0, this.#options);
    if (valid !== undefined) this.#learn(valid, await this.#crew.observe(this.#job(valid)));
  }

  /** Whether a step of a session is wrong. */
  isFaulty(played: readonly Played[]): boolean {
    return this.#firstFault(played) >= 0;
  }

  /** Whether others' memory comes back in what a case gets. */
  async taint(one: FuzzCase): Promise<void> {
    const taint = await findTaint(this.#probe, one, this.#options);
    if (taint !== null) await this.#foundTaint(one, taint, null);
  }

  #firstFault(played: readonly Played[]): number {
    return played.findIndex((step) => this.#faultOf(step) !== null);
  }

  #faultOf(played: Played | undefined): Fault | null {
    if (played === undefined || played.seen === null) return null;
    return judge(played.expected, played.seen, this.#rules);
  }

  #job(one: FuzzCase): Job {
    return { one, expected: expectBytes(one.bytes, this.#rules) };
  }

  /** A step of a session as a case of its own. */
  #lone(one: FuzzCase, step: Step, bytes: Uint8Array): FuzzCase {
    const { steps: _, ...rest } = one;
    const procedure = step.procedure ?? one.procedure;
    return { ...rest, procedure, bytes, xid: xidOf(bytes, this.#rules.stream) };
  }

  /** Whether the case, alone, is wrong in the same way. */
  async #again(job: Job, fault: Fault): Promise<boolean> {
    return isSame(judge(job.expected, await this.#crew.observe(job), this.#rules), fault);
  }

  async #alone(one: FuzzCase, fault: Fault, reply: Uint8Array | null): Promise<void> {
    const fails = (smaller: FuzzCase): Promise<boolean> => this.#again(this.#job(smaller), fault);
    const smallest = await shrinkCase(one, fails, this.#options);
    const last = smallest === one ? reply : (await this.#crew.observe(this.#job(smallest))).reply;
    this.#add(one, fault, { confirmed: true, reply: last, messages: [smallest.bytes] });
  }

  /** Whether what was sent on the connection before makes it so. */
  async #trailed(one: FuzzCase, fault: Fault, trail: readonly Job[]): Promise<boolean> {
    if (await this.#explained(one, fault)) return true;
    const end = trail.findIndex((job) => job.one === one);
    const before = trail.slice(0, end < 0 ? trail.length : end).map((job) => stepOf(job.one, 'send'));
    const steps = [...before, stepOf(one, 'call')];
    if (!(await this.#failsLast(steps, fault))) return false;
    this.#remembers = true;
    await this.#caused(one, fault, steps);
    return true;
  }

  /** Whether it comes of what is known to bring the same about. */
  async #explained(one: FuzzCase, fault: Fault): Promise<boolean> {
    for (const cause of this.#ledger.causes) {
      if (!isSame(cause, fault)) continue;
      if (!(await this.#failsLast([...cause.before, stepOf(one, 'call')], fault))) continue;
      this.#ledger.counts(cause.bucket);
      return true;
    }
    return false;
  }

  /** A session that shows it in its last step becomes a finding, smaller. */
  async #caused(one: FuzzCase, fault: Fault, steps: readonly Step[]): Promise<void> {
    const confirmed = await this.#failsLast(steps, fault);
    const fails = (fewer: readonly Step[]): Promise<boolean> => this.#failsLast(fewer, fault);
    const fewest = confirmed ? await shrinkSteps(steps, fails, SESSION_TRIES) : steps;
    if (!confirmed && FLEETING.has(fault.oracle)) return;
    const played = await play(this.#probe, fewest, this.#rules);
    const own = fewest.length > 1 ? inSession(fault) : fault;
    const reply = played.at(-1)?.seen?.reply ?? null;
    const messages = played.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => bytes);
    this.#add(one, own, { confirmed, reply, messages, steps: recorded(fewest, played) });
    const { oracle, shape } = fault;
    const before = fewest.slice(0, -1);
    this.#ledger.causes.push({ bucket: bucketOf(one, own), oracle, shape, before });
  }

  async #failsLast(steps: readonly Step[], fault: Fault): Promise<boolean> {
    const played = await play(this.#probe, steps, this.#rules);
    return isSame(this.#faultOf(played.at(-1)), fault);
  }

  /**
   * Where what cannot be decoded is taken, whose memory is it? Not each case shows it: what is behind a message may
   * make no sense as a length, and does as the bytes of one. So the procedure's other cases that end early are tried.
   */
  async #huntTaint(one: FuzzCase, bucket: string): Promise<boolean> {
    let tries = 0;
    for (const other of this.#early(one)) {
      if (tries++ === MOST_HUNTED) return false;
      const taint = await findTaint(this.#probe, other, this.#options);
      if (taint === null) continue;
      await this.#foundTaint(other, taint, bucket);
      return true;
    }
    return false;
  }

  /** The case, then others of its procedure whose arguments end before they should. */
  *#early(one: FuzzCase): Generator<FuzzCase> {
    yield one;
    if (expectBytes(one.bytes, this.#rules).declared === null) return;
    for (const other of casesOf(one.procedure, 0, this.#options)) {
      if (other.steps !== undefined) continue;
      const { refused, state } = expectBytes(other.bytes, this.#rules);
      if (refused === 'TRUNCATED' && state === 'open') yield other;
    }
  }

  async #foundTaint(one: FuzzCase, taint: Taint, also: string | null): Promise<void> {
    const fault: Fault = { oracle: 'taint', shape: 'foreign memory', detail: taint.detail };
    // What was seen first, SUCCESS for what cannot be decoded, is the same bug.
    if (also !== null) this.#ledger.alias(also, bucketOf(one, fault));
    if (this.#ledger.knows(one, fault)) return;
    const fails = async (smaller: FuzzCase): Promise<boolean> =>
      (await findTaint(this.#probe, smaller, this.#options)) !== null;
    const smallest = await shrinkCase(one, fails, { ...this.#options, tries: TAINT_TRIES });
    const last = (await findTaint(this.#probe, smallest, this.#options)) ?? taint;
    this.#add(
      one,
      { ...fault, detail: last.detail },
      { confirmed: true, reply: last.reply, messages: [smallest.bytes], prime: [last.prime] },
    );
  }

  #add(
    one: FuzzCase,
    fault: Fault,
    more: {
      readonly confirmed: boolean;
      readonly reply: Uint8Array | null;
      readonly messages?: readonly Uint8Array[];
      readonly prime?: readonly Uint8Array[];
      readonly steps?: readonly FindingStep[];
    },
  ): void {
    const { stream, profile } = this.#rules;
    this.#ledger.add(one, {
      fault,
      seed: this.#options.seed,
      stream,
      profile,
      messages: [one.bytes],
      ...more,
    });
  }
}

/** Whether two faults are of one kind. */
function isSame(one: Pick<Fault, 'oracle' | 'shape'> | null, other: Fault): boolean {
  return one !== null && one.oracle === other.oracle && one.shape === other.shape;
}

function inSession(fault: Fault): Fault {
  return { ...fault, shape: `${fault.shape} in a session` };
}

/** A case as a step. */
export function stepOf({ bytes, procedure }: FuzzCase, act: Step['act'], on = 0): Step {
  return { on, act, bytes, procedure, carry: [] };
}

/** Steps as a finding keeps them: what is carried by the paths that it was found at. */
export function recorded(steps: readonly Step[], played: readonly Pick<Played, 'carried'>[]): FindingStep[] {
  return steps.map(({ on, act, bytes, procedure, carry }, i) => ({
    on,
    act,
    bytes: hex(bytes),
    procedure: procedure === null ? null : procedureId(procedure),
    carry: carry.flatMap(({ from, off, len, change }, k) => {
      const path = played[i]?.carried[k] ?? null;
      return path === null ? [] : [{ from, off, len, path, ...(change && { change }) }];
    }),
  }));
}
