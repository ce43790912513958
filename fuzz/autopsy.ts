/**
 * When the target serves nobody any more, or has grown: which case did that? The process is started anew, and what was
 * sent since it last was well is sent again, one at a time; where none does it alone, all that was sent since its
 * start, and then less and less of it. What is known to end the target is not sent again in this run.
 */

import { type FuzzCase, procedureId, xidOf } from './call.ts';
import type { Job } from './crew.ts';
import { type DiagnosisInit, recorded, stepOf } from './diagnose.ts';
import { expectBytes, type Fault } from './judge.ts';
import type { Supervised } from './run.ts';
import { shrinkCase } from './shrink.ts';
import { shrinkSteps } from './shrink-steps.ts';
import type { Step } from './step.ts';

export interface AutopsyInit extends DiagnosisInit {
  readonly process: Supervised;
}

/** Each try may cost a start of the target. */
const TRIES = 16;
const HISTORY_TRIES = 24;

/** Steps that a finding of a whole history keeps at most, the last ones. */
const MOST_STEPS = 1024;

/** What is wrong with the target as a whole; null while it is well. */
export type Sickness = () => Promise<Fault | null>;

export class Autopsy {
  readonly #init: AutopsyInit;
  /** 'PLANT_SUM.1 opt.chain(10000)', '* auth' for all of a group, 'after end' for sessions with such a step */
  readonly #barred = new Set<string>();

  constructor(init: AutopsyInit) {
    this.#init = init;
  }

  /** Whether it is known what this does, and it is better not sent. */
  isBarred(one: FuzzCase): boolean {
    if (this.#barred.size === 0) return false;
    if (this.#barred.has(keyOf(one)) || this.#barred.has(`* ${groupOf(one)}`)) return true;
    return one.steps?.some(({ act }) => this.#barred.has(`after ${act}`)) === true;
  }

  /** Starts the target anew; false when it does not start. */
  async restart(): Promise<boolean> {
    const { probe, crew, process } = this.#init;
    probe.close();
    crew.close();
    try {
      await process.restart();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * `recent`: what was under way; `history`: all since the target was started, with it. Each of `recent` that is not
   * to blame is handed to `survived`. False when the target cannot be started any more.
   */
  async examine(
    fault: Fault,
    recent: readonly Job[],
    history: readonly Job[],
    sick: Sickness,
    survived: (job: Job) => Promise<void>,
  ): Promise<boolean> {
    if (!(await this.restart())) return false;
    let isFound = false;
    let before: Job | null = null;
    for (const job of recent) {
      if (this.isBarred(job.one)) continue;
      await survived(job).catch(() => {});
      const now = await sick();
      if (now !== null) {
        if (!(await this.restart())) return false;
        // What ends the target may have been seen late.
        const culprit = await this.#culprit(before === null ? [job] : [job, before], sick);
        if (culprit !== null) {
          isFound = true;
          if (!(await this.restart()) || !(await this.#blame(culprit, now, sick))) return false;
        }
      }
      before = job;
    }
    return isFound || this.#accumulated(fault, history, sick);
  }

  /** The first of these that does it once more, to a target that is well. */
  async #culprit(jobs: readonly Job[], sick: Sickness): Promise<Job | null> {
    for (const job of jobs) if (await this.#ails(job, sick)) return job;
    return null;
  }

  /** Whether the target is sick behind this, sent alone. */
  async #ails(job: Job, sick: Sickness): Promise<boolean> {
    const { crew, probe } = this.#init;
    await (job.one.steps === undefined ? crew.observe(job) : crew.play(job)).catch(() => null);
    await probe.servesOthers();
    return (await sick()) !== null;
  }

  /** A case that does it alone. */
  async #blame(job: Job, fault: Fault, sick: Sickness): Promise<boolean> {
    const { one } = job;
    this.#barred.add(keyOf(one));
    return one.steps === undefined ? this.#blameCase(job, fault, sick) : this.#blameSession(job, fault, sick);
  }

  async #blameCase({ one }: Job, fault: Fault, sick: Sickness): Promise<boolean> {
    const { ledger, options, rules } = this.#init;
    if (ledger.knows(one, fault)) return true;
    let alive = true;
    const fails = async (smaller: FuzzCase): Promise<boolean> => {
      if (!alive || !(await this.#ails({ one: smaller, expected: expectBytes(smaller.bytes, rules) }, sick)))
        return false;
      alive = await this.restart();
      return true;
    };
    const smallest = await shrinkCase(one, fails, { ...options, tries: TRIES });
    this.#add(one, fault, [smallest.bytes], {});
    return alive;
  }

  async #blameSession({ one, expected }: Job, fault: Fault, sick: Sickness): Promise<boolean> {
    const { rules, ledger } = this.#init;
    const steps = one.steps ?? [];
    let alive = true;
    const fails = async (fewer: readonly Step[]): Promise<boolean> => {
      if (!alive || !(await this.#ails({ one: { ...one, steps: fewer }, expected }, sick))) return false;
      alive = await this.restart();
      return true;
    };
    // Up to the step that does it, which then stays; only the try that succeeds costs a start.
    let end = 1;
    while (end < steps.length && !(await fails(steps.slice(0, end)))) end++;
    const fewest = await shrinkSteps(steps.slice(0, end), fails, TRIES);
    const last = fewest.at(-1);
    const sent = fewest.filter((step) => step.bytes.length > 0);
    const { steps: _, ...rest } = one;
    const procedure = last?.procedure ?? one.procedure;
    const bytes = sent.at(-1)?.bytes ?? one.bytes;
    const lone: FuzzCase = { ...rest, procedure, bytes, xid: xidOf(bytes, rules.stream) };
    const own = fewest.length === 1 ? fault : ofSession(fault, last?.act);
    if (own.general && last !== undefined) this.#barred.add(`after ${last.act}`);
    if (!ledger.knows(lone, own)) {
      const messages = sent.map((step) => step.bytes);
      this.#add(lone, own, messages, { steps: recorded(fewest, []) });
    }
    return alive;
  }

  /** None does it alone: what of all that was sent does it together? */
  async #accumulated(fault: Fault, history: readonly Job[], sick: Sickness): Promise<boolean> {
    const sent = history.filter(({ one }) => !this.isBarred(one));
    const [first] = sent;
    if (first === undefined) return true;
    let alive = true;
    let ailment = fault;
    const fails = async (jobs: readonly Job[]): Promise<boolean> => {
      alive = alive && (await this.restart());
      if (!alive) return false;
      await this.#again(jobs);
      const now = await sick();
      ailment = now ?? ailment;
      return now !== null;
    };
    if (!(await fails(sent))) {
      // It was not to be seen again: what was under way may be to blame, or nothing that is sent here.
      if (alive && !this.#init.ledger.knows(first.one, fault))
        this.#add(first.one, fault, [], { confirmed: false });
      return alive && this.restart();
    }
    const fewest = await fewer(sent, fails);
    const groups = [...new Set(fewest.map(({ one }) => groupOf(one)))].sort();
    for (const group of groups) this.#barred.add(`* ${group}`);
    const shape = `${ailment.shape} after many ${groups.join(', ')}`;
    const own: Fault = { ...ailment, shape, general: true };
    const [culprit = first] = fewest;
    if (!this.#init.ledger.knows(culprit.one, own)) {
      const steps = recorded(
        fewest.slice(-MOST_STEPS).map(({ one }, on) => stepOf(one, 'call', on)),
        [],
      );
      const detail = `${ailment.detail}, after ${fewest.length} messages, none of which does it alone`;
      this.#add(culprit.one, { ...own, detail }, [], { steps });
    }
    return alive && this.restart();
  }

  /** Everything once more, in its order, in crowds. */
  async #again(jobs: readonly Job[]): Promise<void> {
    const { crew } = this.#init;
    for (let i = 0; i < jobs.length; i += CROWD) {
      const crowd = jobs.slice(i, i + CROWD);
      await crew.solos(crowd.filter(({ one }) => one.steps === undefined)).catch(() => {});
      await crew.sessions(crowd.filter(({ one }) => one.steps !== undefined)).catch(() => {});
    }
  }

  #add(
    one: FuzzCase,
    fault: Fault,
    messages: readonly Uint8Array[],
    more: { readonly confirmed?: boolean; readonly steps?: ReturnType<typeof recorded> },
  ): void {
    const { ledger, rules, options } = this.#init;
    const { stream, profile } = rules;
    const { seed } = options;
    ledger.add(one, { fault, seed, stream, profile, confirmed: true, messages, reply: null, ...more });
  }
}

const CROWD = 64;

/** Fewer jobs that still fail: without all of a group, then without half. */
async function fewer(
  all: readonly Job[],
  fails: (jobs: readonly Job[]) => Promise<boolean>,
): Promise<readonly Job[]> {
  let best = all;
  let left = HISTORY_TRIES;
  const attempt = async (jobs: readonly Job[]): Promise<boolean> => {
    if (jobs.length === 0 || jobs.length === best.length || left-- <= 0 || !(await fails(jobs))) return false;
    best = jobs;
    return true;
  };
  const groups = [...new Set(all.map(({ one }) => groupOf(one)))];
  // One group does it, mostly; else it is without what.
  for (const group of groups) {
    if (await attempt(all.filter(({ one }) => groupOf(one) === group))) break;
  }
  if (best === all) {
    for (const group of groups) await attempt(best.filter(({ one }) => groupOf(one) !== group));
  }
  while (left > 0 && (await attempt(best.slice(best.length >> 1)))) {
    // half of it was enough
  }
  return best;
}

/** 'auth' of 'auth.len(401)', 'havoc' of 'havoc(3)'. */
function groupOf({ family }: FuzzCase): string {
  return family.split(/[.(@]/)[0] as string;
}

/** A session is of its family, a message of its procedure too. */
function keyOf(one: FuzzCase): string {
  return `${procedureId(one.procedure)} ${one.family}`;
}

function ofSession(fault: Fault, act: string | undefined): Fault {
  const isOfStream = act === 'end' || act === 'reset';
  return isOfStream
    ? { ...fault, shape: `${fault.shape} after ${act}`, general: true }
    : { ...fault, shape: `${fault.shape} in a session` };
}
