/**
 * Cases sent in crowds: pipelined on connections that stay open, each on one of its own where it ends it, half records
 * beside one another, sessions side by side. What came of each is handed on; nothing is judged here. Rejects with
 * TransportError where the target takes no connection.
 */
import type { BytesExpectation, JudgeRules, Observation } from './judge.ts';
import type { Lane } from './lane.ts';
import { Outcome } from './outcome.ts';
import type { FuzzCase } from './plan.ts';
import { type Played, play } from './play.ts';
import type { Probe } from './probe.ts';

/** A case, and what may come of its bytes. */
export interface Job {
  readonly one: FuzzCase;
  readonly expected: BytesExpectation;
}

export interface CrewEvents {
  /** what came of a case; `trail`: what was sent before on its connection, null where it had one of its own */
  seen(job: Job, observation: Observation, trail: readonly Job[] | null): void;
  played(job: Job, steps: readonly Played[]): void;
}

/** Connections that are open at once for cases that end theirs, and for sessions. */
const SOLOISTS = 24;
const PLAYERS = 12;

/** A connection that was sent so many cases is left, so that what was sent on it can be sent again. */
const LONGEST_TRAIL = 2048;

/** A connection that stays open, and what was sent on it. */
interface Road {
  readonly lane: Lane;
  readonly trail: Job[];
}

export class Crew {
  readonly #probe: Probe;
  readonly #rules: JudgeRules;
  readonly #events: CrewEvents;
  /** open, and nothing under way */
  readonly #roads: Road[] = [];

  constructor(probe: Probe, rules: JudgeRules, events: CrewEvents) {
    this.#probe = probe;
    this.#rules = rules;
    this.#events = events;
  }

  /** All on one connection, then NULL. Gives back those of which nobody knows what came. */
  async pipeline(jobs: readonly Job[]): Promise<Job[]> {
    const road = this.#roads.pop() ?? { lane: await this.#probe.open(), trail: [] };
    const { lane, trail } = road;
    const start = performance.now();
    trail.push(...jobs);
    const fence = this.#probe.sendFenced(
      lane,
      jobs.map(({ one }) => one.bytes),
    );
    const due = jobs.filter((job) => isDue(job, this.#rules));
    const over = (): boolean => lane.ended || (lane.has(fence) && due.every(({ one }) => lane.has(one.xid)));
    await lane.wait(over, this.#rules.lateMs);
    // One clock for all: a batch is late as a whole, and who made it so is found alone.
    const milliseconds = Math.min(performance.now() - start, this.#rules.lateMs);
    const isWhole = lane.take(fence) !== null && !lane.ended;
    const unknown: Job[] = [];
    for (const job of jobs) {
      const reply = lane.take(job.one.xid);
      if (reply === null && (!isWhole || isDue(job, this.#rules))) unknown.push(job);
      else this.#events.seen(job, { reply, closed: false, milliseconds }, trail);
    }
    if (isWhole && trail.length < LONGEST_TRAIL) this.#roads.push(road);
    else lane.close();
    return unknown;
  }

  /** Each on a connection of its own. */
  solos(jobs: readonly Job[]): Promise<void> {
    return sideBySide(jobs, SOLOISTS, async (job) => this.#events.seen(job, await this.observe(job), null));
  }

  /** What comes of one on a connection of its own. */
  observe(job: Job): Promise<Observation> {
    const { one, expected } = job;
    return this.#probe.alone(one.bytes, one.xid, isDue(job, this.#rules), expected.state === 'open');
  }

  /** Half records; gives back those that were not asked once one of them was seen to starve others. */
  async halves(jobs: readonly Job[]): Promise<readonly Job[]> {
    const all = await this.#probe.halves(jobs.map(({ one }) => one));
    if (all !== null) {
      for (const [i, job] of jobs.entries()) this.#events.seen(job, all[i] as Observation, null);
      return [];
    }
    for (const [i, job] of jobs.entries()) {
      const observation = await this.observe(job);
      this.#events.seen(job, observation, null);
      if (observation.starved === true) return jobs.slice(i + 1);
    }
    return [];
  }

  sessions(jobs: readonly Job[]): Promise<void> {
    return sideBySide(jobs, PLAYERS, async (job) => this.#events.played(job, await this.play(job)));
  }

  play({ one }: Job): Promise<Played[]> {
    return play(this.#probe, one.steps ?? [], this.#rules);
  }

  /** Ends the connections that were kept. */
  close(): void {
    for (const { lane } of this.#roads.splice(0)) lane.close();
  }
}

/** Whether something must come of it: silence is no answer, where valid calls of the procedure get one. */
export function isDue({ expected }: Job, { others }: JudgeRules): boolean {
  const { allowed, declared } = expected;
  return ((allowed | (declared === null ? 0 : others(declared))) & Outcome.SILENCE) === 0;
}

/** All, so many at a time. */
async function sideBySide<T>(
  all: readonly T[],
  most: number,
  once: (one: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await once(one);
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker));
}
