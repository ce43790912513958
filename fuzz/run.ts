/**
 * A run: cases go out in batches, pipelined where the connection stays open, each answer is judged, others are asked
 * for after each batch, and what is wrong becomes a finding: confirmed alone, primed for foreign memory, shrunk. Bounded
 * by cases, time, findings and rate. Rejects with TransportError only where the target cannot be reached at the start.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DeclaredProcedure } from '../codec/rpc/index.ts';
import type { Target } from '../transport/target.ts';
import type { Profile, Served } from './expect.ts';
import { bucketOf, type Finding, newFinding } from './finding.ts';
import { expectBytes, type Fault, type JudgeRules, judge, type Observation } from './judge.ts';
import type { Lane } from './lane.ts';
import { Outcome, type Outcomes, readReply } from './outcome.ts';
import { casesOf, type FuzzCase, type PlanOptions, plan, procedureId } from './plan.ts';
import { Probe } from './probe.ts';
import { seedOf } from './seed.ts';
import { shrinkCase } from './shrink.ts';
import { findTaint, type Taint } from './taint.ts';

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
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** answers by their names, and silence */
  readonly outcomes: ReadonlyMap<string, number>;
  /** the target is gone and nobody starts it again */
  readonly gone: boolean;
  readonly interrupted: boolean;
}

const BATCH = 64;
/** Bytes in flight: a datagram socket's receive buffer, and a bit of a stream's. */
const BATCH_BYTES = { datagram: 48 * 1024, stream: 512 * 1024 };
/** Connections that are open at once for cases that end theirs. */
const SOLOISTS = 16;
/** Memory and descriptors beyond what the first batch left are a finding. */
const MEMORY_GROWTH = 512 << 20;
const DESCRIPTOR_GROWTH = 64;
/** Cases between two looks at them. */
const RESOURCES_EVERY = 4096;

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
  readonly #others = new Map<DeclaredProcedure, Outcomes>();
  readonly #findings = new Map<string, Finding>();
  /** buckets that turned out to be another's */
  readonly #aliases = new Map<string, string>();
  readonly #outcomes = new Map<string, number>();
  /** families after which the target was seen to end the connection */
  readonly #closers = new Set<string>();
  /** samples for the taint oracle: procedure and family */
  readonly #tainted = new Set<string>();
  readonly #start = performance.now();
  #lane: Lane | null = null;
  #cases = 0;
  #gone = false;
  #resources: { memory: number; descriptors: number; at: number } | null = null;

  constructor(options: RunOptions) {
    this.#options = options;
    const { target, served, profile, replyMs, procedures } = options;
    const [first] = procedures;
    this.#probe = new Probe({ target, program: first?.program ?? 0, version: first?.version ?? 0, replyMs });
    this.#rules = {
      served,
      profile,
      stream: options.stream,
      others: (declared) => this.#others.get(declared) ?? 0,
      lateMs: replyMs,
    };
  }

  async run(): Promise<RunResult> {
    const lane = await this.#probe.open();
    lane.close();
    let batch: FuzzCase[] = [];
    let bytes = 0;
    const most = this.#options.stream ? BATCH_BYTES.stream : BATCH_BYTES.datagram;
    for (const one of this.#planned()) {
      if (batch.length > 0 && bytes + one.bytes.length > most) {
        await this.#batch(batch);
        [batch, bytes] = [[], 0];
      }
      if (this.#isOver(batch.length + 1)) break;
      batch.push(one);
      bytes += one.bytes.length;
      if (batch.length < BATCH) continue;
      await this.#batch(batch);
      [batch, bytes] = [[], 0];
    }
    if (batch.length > 0 && !this.#isStopped()) await this.#batch(batch);
    return {
      cases: this.#cases,
      seconds: (performance.now() - this.#start) / 1000,
      findings: [...this.#findings.values()],
      outcomes: this.#outcomes,
      gone: this.#gone,
      interrupted: this.#options.signal?.aborted ?? false,
    };
  }

  close(): void {
    this.#lane?.close();
    this.#probe.close();
  }

  *#planned(): Generator<FuzzCase> {
    const { shard, wanted, seed } = this.#options;
    let idle = 0;
    for (const one of this.#options.cases ?? plan(this.#options)) {
      // A filter may leave nothing of any round.
      if (idle++ > MOST_IDLE || this.#isStopped()) return;
      if (wanted !== undefined && !wanted(one)) continue;
      if (shard !== undefined && seedOf(seed, one.id) % shard.count !== shard.index) continue;
      idle = 0;
      yield one;
    }
  }

  #isOver(pending: number): boolean {
    return this.#cases + pending > this.#options.maxCases || this.#isStopped();
  }

  #isStopped(): boolean {
    const { maxSeconds, maxFindings, signal } = this.#options;
    const seconds = (performance.now() - this.#start) / 1000;
    return (
      this.#gone || signal?.aborted === true || seconds >= maxSeconds || this.#findings.size >= maxFindings
    );
  }

  async #batch(batch: readonly FuzzCase[]): Promise<void> {
    await this.#pace();
    try {
      await this.#send(batch);
    } catch {
      // No connection is taken any more: who is to blame is found below.
    }
    this.#cases += batch.length;
    this.#options.onProgress?.(this.#cases);
    if (this.#options.process?.ended != null || !(await this.#probe.isReachable())) await this.#fallen(batch);
    else this.#watchResources(batch);
  }

  async #pace(): Promise<void> {
    const due = (this.#cases / this.#options.rate) * 1000 - (performance.now() - this.#start);
    if (due > 1) await pause(due);
  }

  async #send(batch: readonly FuzzCase[]): Promise<void> {
    const together: FuzzCase[] = [];
    const alone: FuzzCase[] = [];
    for (const one of batch) {
      const ends = this.#closers.has(one.family) || expectBytes(one.bytes, this.#rules).state !== 'open';
      (ends ? alone : together).push(one);
    }
    // What a valid call gets may hang on what its connection did before: it is asked on a fresh one too.
    alone.unshift(...together.filter(({ family }) => family === 'valid'));
    if (together.length > 0) alone.push(...(await this.#pipeline(together)));
    const isOpen = (one: FuzzCase): boolean => expectBytes(one.bytes, this.#rules).state === 'open';
    const whole = alone.filter(isOpen);
    for (let i = 0; i < whole.length; i += SOLOISTS) {
      await Promise.all(whole.slice(i, i + SOLOISTS).map((one) => this.#solo(one)));
    }
    // While half a record is there, what others get is asked, and must be its doing alone.
    for (const one of alone) if (!isOpen(one)) await this.#solo(one);
  }

  /** All on one connection, then NULL. Gives back those of which nobody knows what came. */
  async #pipeline(cases: readonly FuzzCase[]): Promise<FuzzCase[]> {
    if (this.#lane === null || this.#lane.ended) this.#lane = await this.#probe.open();
    const lane = this.#lane;
    const start = performance.now();
    if (lane.stream) lane.send(Buffer.concat(cases.map((one) => one.bytes)));
    else for (const one of cases) lane.send(one.bytes);
    const fence = this.#probe.fence(lane);
    const due = cases.filter((one) => this.#isDue(one));
    const over = (): boolean => lane.ended || (lane.has(fence) && due.every((one) => lane.has(one.xid)));
    await lane.wait(over, this.#options.replyMs);
    // One clock for all: a batch is late as a whole, and who made it so is found alone.
    const milliseconds = performance.now() - start;
    const whole = lane.take(fence) !== null && !lane.ended;
    const unknown: FuzzCase[] = [];
    for (const one of cases) {
      const reply = lane.take(one.xid);
      if (reply === null && (!whole || this.#isDue(one))) unknown.push(one);
      else
        await this.#judged(one, {
          reply,
          closed: false,
          milliseconds: Math.min(milliseconds, this.#rules.lateMs),
        });
    }
    if (!whole) {
      lane.close();
      this.#lane = null;
    }
    return unknown;
  }

  /** Whether something must come of it: silence is no answer. */
  #isDue(one: FuzzCase): boolean {
    return (expectBytes(one.bytes, this.#rules).allowed & Outcome.SILENCE) === 0;
  }

  async #solo(one: FuzzCase): Promise<void> {
    const seen = await this.#observe(one);
    if (seen.closed) this.#closers.add(one.family);
    await this.#judged(one, seen);
  }

  #observe(one: FuzzCase): Promise<Observation> {
    const { state } = expectBytes(one.bytes, this.#rules);
    return this.#probe.alone(one.bytes, one.xid, this.#isDue(one), state === 'open');
  }

  async #judged(one: FuzzCase, seen: Observation): Promise<void> {
    this.#learn(one, seen);
    const expected = expectBytes(one.bytes, this.#rules);
    const fault = judge(expected, seen, this.#rules);
    if (fault !== null) await this.#fault(one, fault, seen);
    else if (expected.refused !== null && seen.reply !== null) await this.#sampleTaint(one);
  }

  /** What valid calls get is nothing to wonder about when their mutations get it: access, and what is not supported. */
  #learn(one: FuzzCase, { reply, closed }: Observation): void {
    const outcome =
      reply === null ? (closed ? Outcome.CLOSED : Outcome.SILENCE) : readReply(reply, null).outcome;
    const name = NAMES.get(outcome) ?? 'none of RFC 5531';
    this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + 1);
    if (one.family !== 'valid') return;
    const { declared } = one.procedure;
    const lax = this.#options.profile === 'lenient' ? Outcome.GARBAGE_ARGS : 0;
    const learnt = outcome & (Outcome.AUTH_ERROR | Outcome.PROC_UNAVAIL | lax);
    this.#others.set(declared, (this.#others.get(declared) ?? 0) | learnt);
  }

  async #fault(one: FuzzCase, fault: Fault, seen: Observation): Promise<void> {
    const bucket = bucketOf(one, fault);
    if (this.#seenBefore(bucket)) return;
    const fails = await this.#again(one, fault);
    // What is late or missing once in a crowd is the crowd's doing.
    if (!fails && FLEETING.has(fault.oracle)) return;
    const { stream } = this.#options;
    if (fault.oracle === 'accepted' && (await this.#huntTaint(one, bucket))) return;
    const smallest = fails
      ? await shrinkCase(one, (smaller) => this.#again(smaller, fault), this.#options)
      : one;
    const reply = smallest === one ? seen.reply : (await this.#observe(smallest)).reply;
    const { seed, profile } = this.#options;
    const init = { fault, seed, profile, stream, confirmed: fails, messages: [smallest.bytes], reply };
    this.#add(bucket, newFinding(one, init));
  }

  async #sampleTaint(one: FuzzCase): Promise<void> {
    const key = `${procedureId(one.procedure)} ${one.family}`;
    if (this.#tainted.has(key) || this.#tainted.size >= MOST_TAINTED) return;
    this.#tainted.add(key);
    const taint = await findTaint(this.#probe, one, this.#options);
    if (taint !== null) await this.#foundTaint(one, taint, null);
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
      const { refused, state } = expectBytes(other.bytes, this.#rules);
      if (refused === 'TRUNCATED' && state === 'open') yield other;
    }
  }

  async #foundTaint(one: FuzzCase, taint: Taint, also: string | null): Promise<void> {
    const fault: Fault = { oracle: 'taint', shape: 'foreign memory', detail: taint.detail };
    const bucket = bucketOf(one, fault);
    // What was seen first, SUCCESS for what cannot be decoded, is the same bug.
    if (also !== null) this.#aliases.set(also, bucket);
    if (this.#seenBefore(bucket)) return;
    const fails = async (smaller: FuzzCase): Promise<boolean> =>
      (await findTaint(this.#probe, smaller, this.#options)) !== null;
    const smallest = await shrinkCase(one, fails, { ...this.#options, tries: TAINT_TRIES });
    const last = (await findTaint(this.#probe, smallest, this.#options)) ?? taint;
    const { seed, profile, stream } = this.#options;
    const finding = newFinding(one, {
      fault: { ...fault, detail: last.detail },
      seed,
      profile,
      stream,
      confirmed: true,
      prime: [last.prime],
      messages: [smallest.bytes],
      reply: last.reply,
    });
    this.#add(bucket, finding);
  }

  #seenBefore(bucket: string): boolean {
    const name = this.#aliases.get(bucket) ?? bucket;
    const known = this.#findings.get(name);
    if (known === undefined) return false;
    this.#findings.set(name, { ...known, count: known.count + 1 });
    return true;
  }

  #add(bucket: string, finding: Finding): void {
    this.#findings.set(bucket, finding);
    this.#options.onFinding?.(finding);
  }

  /** Whether the case, alone, is wrong in the same way. */
  async #again(one: FuzzCase, fault: Fault): Promise<boolean> {
    const seen = await this.#observe(one);
    const again = judge(expectBytes(one.bytes, this.#rules), seen, this.#rules);
    return again?.oracle === fault.oracle && again.shape === fault.shape;
  }

  /** The target does not serve any more: start it again, where that can be, and find the case that did it. */
  async #fallen(batch: readonly FuzzCase[]): Promise<void> {
    const { process } = this.#options;
    this.#lane?.close();
    this.#lane = null;
    const how = process?.ended ?? 'it does not answer NULL on another connection';
    const fault: Fault = { oracle: process?.ended == null ? 'canary' : 'crash', shape: how, detail: how };
    if (process === undefined) {
      this.#gone = !(await this.#recovers());
      this.#blame(batch, fault, batch);
      return;
    }
    const culprit = await this.#pinpoint(batch, process);
    const [first] = batch;
    if (culprit !== null) this.#blame([culprit], fault, [culprit]);
    else if (first !== undefined) this.#blame([first], fault, batch);
  }

  async #recovers(): Promise<boolean> {
    await pause(this.#options.replyMs);
    return this.#probe.isReachable();
  }

  /** The case after which the process is gone, each sent alone to a process that was well before it. */
  async #pinpoint(batch: readonly FuzzCase[], process: Supervised): Promise<FuzzCase | null> {
    this.#probe.close();
    if (!(await this.#restarted(process))) return null;
    for (const one of batch) {
      await this.#observe(one).catch(() => null);
      if (process.ended === null && (await this.#probe.isReachable())) continue;
      this.#probe.close();
      await this.#restarted(process);
      return one;
    }
    return null;
  }

  async #restarted(process: Supervised): Promise<boolean> {
    try {
      await process.restart();
      this.#resources = null;
      return true;
    } catch {
      this.#gone = true;
      return false;
    }
  }

  #blame(batch: readonly FuzzCase[], fault: Fault, session: readonly FuzzCase[]): void {
    const [one] = batch;
    if (one === undefined) return;
    const bucket = bucketOf(one, fault);
    if (this.#seenBefore(bucket)) return;
    const { seed, profile, stream } = this.#options;
    const messages = session.map(({ bytes }) => bytes);
    const init = { fault, seed, profile, stream, confirmed: session.length === 1, messages, reply: null };
    this.#add(bucket, newFinding(one, init));
  }

  #watchResources(batch: readonly FuzzCase[]): void {
    const { process } = this.#options;
    if (process === undefined) return;
    if (this.#resources !== null && this.#cases - this.#resources.at < RESOURCES_EVERY) return;
    const memory = process.memory() ?? 0;
    const descriptors = process.descriptors() ?? 0;
    if (this.#resources === null) {
      this.#resources = { memory, descriptors, at: this.#cases };
      return;
    }
    this.#resources.at = this.#cases;
    const grown = memory - this.#resources.memory;
    const more = descriptors - this.#resources.descriptors;
    if (grown > MEMORY_GROWTH) {
      const detail = `${Math.round(grown / (1 << 20))} MiB more resident memory`;
      this.#blame(batch, { oracle: 'memory', shape: 'grown', detail }, batch);
    }
    if (more > DESCRIPTOR_GROWTH) {
      this.#blame(
        batch,
        { oracle: 'descriptors', shape: 'grown', detail: `${more} more descriptors` },
        batch,
      );
    }
  }
}

/** Planned cases in a row that are not wanted before a run gives up looking. */
const MOST_IDLE = 200_000;
const MOST_TAINTED = 200;
const MOST_HUNTED = 60;
const TAINT_TRIES = 60;
const FLEETING: ReadonlySet<string> = new Set(['silence', 'closed', 'latency']);
const NAMES = new Map<number, string>(Object.entries(Outcome).map(([name, bit]) => [bit, name]));
