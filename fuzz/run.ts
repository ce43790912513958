/**
 * A run: cases go out in crowds, pipelined where the connection stays open, several crowds at a time; each answer is
 * judged, and after each crowd others are asked for and the process looked at. What is wrong is looked into when
 * nothing else is under way, and becomes a finding. Bounded by cases, time, findings and rate. Rejects with
 * TransportError only where the target cannot be reached at the start.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DeclaredProcedure } from '../codec/rpc/index.ts';
import { type Target, targetUrl } from '../transport/target.ts';
import type { TlsClientOptions } from '../transport/tls-channel.ts';
import { Autopsy } from './autopsy.ts';
import { Crew, type Job } from './crew.ts';
import { Diagnosis } from './diagnose.ts';
import type { Profile, Served } from './expect.ts';
import type { Finding } from './finding.ts';
import { expectBytes, type Fault, type JudgeRules, judge, type Observation } from './judge.ts';
import { Ledger } from './ledger.ts';
import { Outcome, type Outcomes, readReply } from './outcome.ts';
import { casesOf, type FuzzCase, type PlanOptions, plan, procedureId } from './plan.ts';
import type { Played } from './play.ts';
import { Probe } from './probe.ts';
import { seedOf } from './seed.ts';

/** A process of our own that serves, where there is one. */
export interface Supervised {
  /** how it ended, or null while it runs */
  readonly ended: string | null;
  /** bytes resident, and open descriptors; null where nobody knows */
  memory(): number | null;
  descriptors(): number | null;
  /** ends what is left of it and starts it anew; rejects when it does not serve again */
  restart(): Promise<void>;
}

export interface RunOptions extends PlanOptions {
  readonly target: Target;
  readonly served: Served;
  readonly profile: Profile;
  readonly maxCases: number;
  readonly maxSeconds: number;
  readonly maxFindings: number;
  /** cases a second; Infinity: as fast as they are answered */
  readonly rate: number;
  readonly replyMs: number;
  readonly tls?: TlsClientOptions;
  readonly shard?: { readonly index: number; readonly count: number };
  /** these, once, instead of the plan */
  readonly cases?: Iterable<FuzzCase>;
  /** which cases of the plan to send; default all */
  readonly wanted?: (one: FuzzCase) => boolean;
  readonly process?: Supervised;
  readonly signal?: AbortSignal;
  readonly onFinding?: (finding: Finding) => void;
  readonly onProgress?: (cases: number) => void;
}

export interface RunResult {
  readonly cases: number;
  /** cases that were not sent, because it is known what they do to the target */
  readonly barred: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** answers by their names, and silence */
  readonly outcomes: ReadonlyMap<string, number>;
  /** the target is gone and nobody starts it again */
  readonly gone: boolean;
  readonly interrupted: boolean;
}

/** How a case is sent: with others on a connection, on its own, as half a record, as a session, as one with none beside it. */
type Way = 'together' | 'alone' | 'half' | 'session' | 'exclusive';

const BATCH = 64;
/** Half records beside one another. */
const HALVES = 12;
/** Bytes in flight: a datagram socket's receive buffer, and a bit of a stream's. */
const BATCH_BYTES = { datagram: 48 * 1024, stream: 512 * 1024 };
/** Crowds under way at once. */
const CROWDS = { datagram: 1, stream: 4 };
/** Memory and descriptors beyond what the first batch left are a finding. */
const MEMORY_GROWTH = 512 << 20;
const DESCRIPTOR_GROWTH = 64;
/** Of what was sent since the target was started, so many cases, or bytes, are kept. */
const HISTORY = { cases: 20_000, bytes: 32 << 20 };

export async function runFuzz(options: RunOptions): Promise<RunResult> {
  const runner = new Runner(options);
  try {
    return await runner.run();
  } finally {
    runner.close();
  }
}

class Runner {
  readonly #options: RunOptions;
  readonly #rules: JudgeRules;
  readonly #probe: Probe;
  readonly #crew: Crew;
  readonly #ledger: Ledger;
  readonly #diagnosis: Diagnosis;
  readonly #autopsy: Autopsy | null;
  readonly #others = new Map<DeclaredProcedure, Outcomes>();
  readonly #outcomes = new Map<string, number>();
  /** families after which the target was seen to end the connection */
  readonly #closers = new Set<string>();
  /** samples for the taint oracle: procedure and family */
  readonly #tainted = new Set<string>();
  readonly #queues: Readonly<Record<Way, Queue>> = {
    together: new Queue(),
    alone: new Queue(),
    half: new Queue(),
    session: new Queue(),
    exclusive: new Queue(),
  };
  readonly #underWay = new Set<Promise<void>>();
  /** what is to be looked into when nothing is under way */
  readonly #suspects: (() => Promise<void>)[] = [];
  /** since others were last seen to be served */
  readonly #recent = new Set<Job>();
  #history: Job[] = [];
  #historyBytes = 0;
  readonly #start = performance.now();
  #cases = 0;
  #barred = 0;
  #sick: Fault | null = null;
  #gone = false;
  /** half a record keeps others from being served: what sends one is not sent again */
  #starves = false;
  #resources: { readonly memory: number; readonly descriptors: number } | null = null;

  constructor(options: RunOptions) {
    this.#options = options;
    const { target, served, profile, replyMs, tls, procedures, process } = options;
    const [first] = procedures;
    const probe = new Probe({
      target,
      program: first?.program ?? 0,
      version: first?.version ?? 0,
      replyMs,
      ...(tls && { tls }),
    });
    const rules: JudgeRules = {
      served,
      profile,
      stream: options.stream,
      others: (declared) => this.#others.get(declared) ?? 0,
      lateMs: replyMs,
      ...(process && { restart: () => this.#restart(process) }),
    };
    const crew = new Crew(probe, rules, {
      seen: (job, seen, trail) => this.#seen(job, seen, trail),
      played: (job, steps) => this.#played(job, steps),
    });
    const { onFinding } = options;
    const ledger = new Ledger({ url: targetUrl(target), ...(onFinding && { onFinding }) });
    const learn = (one: FuzzCase, seen: Observation): void => this.#learn(one, seen);
    const init = { probe, crew, rules, options, ledger, learn };
    this.#probe = probe;
    this.#rules = rules;
    this.#crew = crew;
    this.#ledger = ledger;
    this.#diagnosis = new Diagnosis(init);
    this.#autopsy = process === undefined ? null : new Autopsy({ ...init, process });
  }

  async run(): Promise<RunResult> {
    const lane = await this.#probe.open();
    lane.close();
    await this.#learnAll();
    for (const one of this.#planned()) {
      if (this.#cases >= this.#options.maxCases || this.#isStopped()) break;
      const job = { one, expected: expectBytes(one.bytes, this.#rules) };
      if (this.#autopsy?.isBarred(one) || (this.#starves && isHalf(job))) {
        this.#barred++;
        continue;
      }
      if (this.#cases++ % PACED === 0) await this.#pace();
      await this.#enqueue(job);
    }
    for (const way of WAYS) await this.#dispatch(way);
    await this.#settle();
    return {
      cases: this.#cases,
      barred: this.#barred,
      seconds: (performance.now() - this.#start) / 1000,
      findings: this.#ledger.findings,
      outcomes: this.#outcomes,
      gone: this.#gone,
      interrupted: this.#options.signal?.aborted ?? false,
    };
  }

  close(): void {
    this.#crew.close();
    this.#probe.close();
  }

  *#planned(): Generator<FuzzCase> {
    const { shard, wanted, seed, process } = this.#options;
    let idle = 0;
    for (const one of this.#options.cases ?? plan(this.#options)) {
      // A filter may leave nothing of any round.
      if (idle++ > MOST_IDLE || this.#isStopped()) return;
      if (wanted !== undefined && !wanted(one)) continue;
      if (process === undefined && one.family === 'storm.kill') continue;
      if (shard !== undefined && seedOf(seed, one.id) % shard.count !== shard.index) continue;
      idle = 0;
      yield one;
    }
  }

  #isStopped(): boolean {
    const { maxSeconds, maxFindings, signal } = this.#options;
    const seconds = (performance.now() - this.#start) / 1000;
    return (
      this.#gone || signal?.aborted === true || seconds >= maxSeconds || this.#ledger.size >= maxFindings
    );
  }

  /** Nothing more is looked into: whoever gave it so much time does not wait much longer. */
  #isLate(): boolean {
    const { maxSeconds, signal } = this.#options;
    const seconds = (performance.now() - this.#start) / 1000;
    return this.#gone || signal?.aborted === true || seconds >= maxSeconds + GRACE_SECONDS;
  }

  async #enqueue(job: Job): Promise<void> {
    const way = this.#wayOf(job);
    const queue = this.#queues[way];
    const size = job.one.bytes.length;
    const most = this.#options.stream ? BATCH_BYTES.stream : BATCH_BYTES.datagram;
    if (queue.jobs.length > 0 && queue.bytes + size > most) await this.#dispatch(way);
    queue.push(job, size);
    if (queue.jobs.length >= (way === 'half' ? HALVES : BATCH)) await this.#dispatch(way);
  }

  #wayOf({ one, expected }: Job): Way {
    if (one.steps !== undefined) return HOLDING.test(one.family) ? 'exclusive' : 'session';
    if (expected.state === 'partial') return 'half';
    const ends = expected.state !== 'open' || this.#closers.has(one.family) || this.#diagnosis.remembers;
    return ends ? 'alone' : 'together';
  }

  /** Sends what waits to be sent so, when few enough others are under way. */
  async #dispatch(way: Way): Promise<void> {
    const jobs = this.#queues[way].take();
    if (jobs.length === 0 || this.#gone) return;
    // Where one connection keeps others from being served, a crowd tells nothing of another.
    const most = this.#options.stream && !this.#starves ? CROWDS.stream : CROWDS.datagram;
    while (this.#underWay.size >= most) await Promise.race(this.#underWay);
    if (this.#suspects.length >= MOST_SUSPECTS || this.#sick !== null) await this.#settle();
    // While half a record is there, what others get is asked, and must be its doing alone.
    const isQuiet = way === 'half' || way === 'exclusive';
    if (isQuiet) await this.#settle();
    const flight = this.#fly(way, jobs).finally(() => this.#underWay.delete(flight));
    this.#underWay.add(flight);
    if (isQuiet) await this.#settle();
  }

  async #pace(): Promise<void> {
    const due = (this.#cases / this.#options.rate) * 1000 - (performance.now() - this.#start);
    if (due > 1) await pause(due);
  }

  /** One crowd, and a look at the target behind it. */
  async #fly(way: Way, jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) this.#recent.add(job);
    this.#remember(jobs);
    try {
      await this.#send(way, jobs);
    } catch {
      // No connection is taken any more: who is to blame is found when all is quiet.
    }
    this.#options.onProgress?.(this.#cases);
    this.#sick ??= await this.#sickness();
    if (this.#sick === null) for (const job of jobs) this.#recent.delete(job);
  }

  async #send(way: Way, jobs: readonly Job[]): Promise<void> {
    switch (way) {
      case 'together': {
        const valid = jobs.filter(({ one }) => one.family === 'valid');
        const unknown = await this.#crew.pipeline(jobs);
        // What a valid call gets may hang on what its connection did before: it is asked on a fresh one too.
        return this.#crew.solos([...valid, ...unknown]);
      }
      case 'alone':
        return this.#crew.solos(jobs);
      case 'half':
        this.#barred += (await this.#crew.halves(jobs)).length;
        return;
      case 'session':
        return this.#crew.sessions(jobs);
      case 'exclusive':
        for (const job of jobs) await this.#crew.sessions([job]);
    }
  }

  #remember(jobs: readonly Job[]): void {
    if (this.#autopsy === null) return;
    for (const job of jobs) this.#historyBytes += job.one.bytes.length;
    this.#history.push(...jobs);
    if (this.#history.length <= HISTORY.cases && this.#historyBytes <= HISTORY.bytes) return;
    for (const job of this.#history.splice(0, this.#history.length >> 1)) {
      this.#historyBytes -= job.one.bytes.length;
    }
  }

  /** Waits for what is under way, then looks into what was wrong. */
  async #settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.race(this.#underWay);
    while (this.#sick !== null && !this.#gone) await this.#fallen(this.#sick);
    while (this.#suspects.length > 0 && !this.#isLate() && this.#ledger.size < this.#options.maxFindings) {
      const look = this.#suspects.shift() as () => Promise<void>;
      try {
        await look();
      } catch {
        // It took the target with it: what did so is in the history.
        this.#sick ??= await this.#sickness();
        if (this.#sick !== null) await this.#fallen(this.#sick);
      }
    }
  }

  #seen(job: Job, seen: Observation, trail: readonly Job[] | null): void {
    const { one } = job;
    this.#count(seen);
    this.#learn(one, seen);
    this.#starves ||= seen.starved === true;
    if (trail === null && seen.closed) this.#closers.add(one.family);
    const fault = judge(job.expected, seen, this.#rules);
    if (fault !== null) {
      if (this.#ledger.knows(one, fault)) return;
      const before = trail === null ? null : [...trail];
      this.#suspects.push(() => this.#diagnosis.case(job, seen, before));
    } else if (job.expected.refused !== null && seen.reply !== null) this.#sampleTaint(one);
  }

  #played(job: Job, played: readonly Played[]): void {
    for (const { seen } of played) {
      if (seen === null) continue;
      this.#count(seen);
      this.#starves ||= seen.starved === true;
    }
    if (this.#diagnosis.isFaulty(played)) this.#suspects.push(() => this.#diagnosis.session(job, played));
  }

  #sampleTaint(one: FuzzCase): void {
    const key = `${procedureId(one.procedure)} ${one.family}`;
    if (this.#tainted.size >= MOST_TAINTED || this.#tainted.has(key)) return;
    this.#tainted.add(key);
    this.#suspects.push(() => this.#diagnosis.taint(one));
  }

  #count(seen: Observation): void {
    const name = NAMES.get(outcomeOf(seen)) ?? 'none of RFC 5531';
    this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + 1);
  }

  /** What valid calls get is nothing to wonder about when their mutations get it: access, and what is not supported. */
  #learn(one: FuzzCase, seen: Observation): void {
    if (one.family !== 'valid') return;
    const outcome = outcomeOf(seen);
    const { declared } = one.procedure;
    // Indirect calls and broadcasts are answered by nobody but who was called.
    const lax = this.#options.profile === 'lenient' ? Outcome.GARBAGE_ARGS | Outcome.SILENCE : 0;
    const learnt = outcome & (Outcome.AUTH_ERROR | Outcome.PROC_UNAVAIL | lax);
    this.#others.set(declared, (this.#others.get(declared) ?? 0) | learnt);
  }

  /** Asks what a valid call of each procedure gets, before sessions mix them. */
  async #learnAll(): Promise<void> {
    if (this.#options.cases !== undefined) return;
    const valid = this.#options.procedures.flatMap((procedure) => {
      const [one] = casesOf(procedure, 0, this.#options);
      return one === undefined ? [] : [one];
    });
    for (let i = 0; i < valid.length; i += BATCH) {
      const asked = valid.slice(i, i + BATCH).map(async (one) => {
        const expected = expectBytes(one.bytes, this.#rules);
        this.#learn(one, await this.#crew.observe({ one, expected }));
      });
      // Who takes the target with it does so again as a case.
      await Promise.allSettled(asked);
    }
  }

  /** What is wrong with the target as a whole: it is gone, serves nobody, or has grown. */
  async #sickness(): Promise<Fault | null> {
    const { process } = this.#options;
    const well = process?.ended == null && (await this.#probe.isReachable());
    if (process?.ended != null) {
      return { oracle: 'crash', shape: process.ended, detail: process.ended };
    }
    if (!well) return UNREACHABLE;
    return process === undefined ? null : this.#growth(process);
  }

  #growth(process: Supervised): Fault | null {
    const memory = process.memory() ?? 0;
    const descriptors = process.descriptors() ?? 0;
    this.#resources ??= { memory, descriptors };
    const grown = memory - this.#resources.memory;
    const more = descriptors - this.#resources.descriptors;
    if (grown > MEMORY_GROWTH) {
      return {
        oracle: 'memory',
        shape: 'grown',
        detail: `${Math.round(grown / (1 << 20))} MiB more resident memory`,
      };
    }
    if (more <= DESCRIPTOR_GROWTH) return null;
    return { oracle: 'descriptors', shape: 'grown', detail: `${more} more descriptors` };
  }

  /** As a case wants it, all else being quiet. */
  async #restart(process: Supervised): Promise<void> {
    this.#crew.close();
    this.#probe.close();
    await process.restart();
    this.#resources = null;
  }

  /** The target does not serve any more: start it again, where that can be, and find the case that did it. */
  async #fallen(fault: Fault): Promise<void> {
    const recent = [...this.#recent];
    this.#recent.clear();
    this.#crew.close();
    this.#sick = null;
    if (GROWING.has(fault.oracle) && (await this.#shrinks())) return;
    // What was seen meanwhile may be of its end; each is asked again.
    this.#suspects.length = 0;
    if (this.#autopsy === null) {
      await pause(this.#options.replyMs);
      this.#gone = !(await this.#probe.isReachable());
      this.#blame(recent, fault);
      return;
    }
    const history = this.#history;
    this.#history = [];
    this.#historyBytes = 0;
    this.#resources = null;
    const survived = async (job: Job): Promise<void> => {
      if (job.one.steps === undefined) this.#seen(job, await this.#crew.observe(job), null);
      else this.#played(job, await this.#crew.play(job));
    };
    const sick = (): Promise<Fault | null> => this.#sickness();
    this.#gone = !(await this.#autopsy.examine(fault, recent, history, sick, survived));
    if (this.#gone) this.#blame(recent, fault);
    this.#resources = null;
  }

  /** Whether what had grown is small again now that nothing is under way: those were connections that were in use. */
  async #shrinks(): Promise<boolean> {
    const { process, replyMs } = this.#options;
    const until = performance.now() + replyMs;
    do {
      if (process === undefined || this.#growth(process) === null) return true;
      await pause(SHRINK_MS);
    } while (performance.now() < until);
    return false;
  }

  /** Nobody can start it again: what was under way is all that is known. */
  #blame(jobs: readonly Job[], fault: Fault): void {
    const [first] = jobs;
    if (first === undefined || this.#ledger.knows(first.one, fault)) return;
    const { seed, profile, stream } = this.#options;
    const messages = jobs.map(({ one }) => one.bytes);
    const confirmed = jobs.length === 1;
    this.#ledger.add(first.one, { fault, seed, profile, stream, confirmed, messages, reply: null });
  }
}

/** Whether half a record of it is there for a while. */
function isHalf({ one, expected }: Job): boolean {
  return (
    expected.state === 'partial' || one.steps?.some(({ act }) => act === 'hold' || act === 'drip') === true
  );
}

function outcomeOf({ reply, closed }: Observation): Outcomes {
  if (reply !== null) return readReply(reply, null).outcome;
  return closed ? Outcome.CLOSED : Outcome.SILENCE;
}

/** Jobs that wait for as many as make a crowd. */
class Queue {
  jobs: Job[] = [];
  bytes = 0;

  push(job: Job, size: number): void {
    this.jobs.push(job);
    this.bytes += size;
  }

  take(): Job[] {
    const { jobs } = this;
    this.jobs = [];
    this.bytes = 0;
    return jobs;
  }
}

const WAYS: readonly Way[] = ['together', 'alone', 'half', 'session', 'exclusive'];

/** Sessions that hold half a record while others are asked for, or end the target. */
const HOLDING = /^(?:tcp\.half|storm\.kill)/;

const UNREACHABLE: Fault = {
  oracle: 'canary',
  shape: 'no answer',
  detail: 'it does not answer NULL on another connection',
  general: true,
};

/** Cases between two looks at the clock, for the rate. */
const PACED = 16;
/** What was seen in time may be looked into for so long after it. */
const GRACE_SECONDS = 15;
/** What a target may have more of while it is busy. */
const GROWING: ReadonlySet<string> = new Set(['memory', 'descriptors']);
const SHRINK_MS = 20;
/** Planned cases in a row that are not wanted before a run gives up looking. */
const MOST_IDLE = 200_000;
const MOST_TAINTED = 200;
/** So many are looked into before more is sent. */
const MOST_SUSPECTS = 32;
const NAMES = new Map<number, string>(Object.entries(Outcome).map(([name, bit]) => [bit, name]));
