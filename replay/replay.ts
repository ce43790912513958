/**
 * Sends a planned session to a target and compares what comes back. The shell around schedule, state map and
 * comparer: it owns links, timers and xids, and nothing else. One call's failure is an outcome and never ends the
 * run; a target that cannot be connected to does, with ReplayError LOST after the outcomes so far.
 */
import { UDP_BACKOFF } from '../client/udp.ts';
import { HeaderStatus, MsgType, newHeader, parseHeader } from '../codec/rpc/index.ts';
import { isTransportError } from '../transport/errors.ts';
import { type Target, targetUrl } from '../transport/target.ts';
import { ReplayError } from './errors.ts';
import { type ExpectedEvent, ExpectedEvents } from './expected-events.ts';
import type { Link } from './link.ts';
import { type Outcome, Tally } from './outcome.ts';
import type { PlannedCall } from './plan.ts';
import type { RecordedCall } from './recorded-session.ts';
import { Resender } from './resend.ts';
import type { Mutated, Replayed, ReplayOptions } from './run.ts';
import { Schedule } from './schedule.ts';

/** Calls that go out before the loop looks at what came in. */
const BURST = 512;
/** How long a server is listened to after the last call, for what the recording does not have. */
const LINGER_MS = 50;
const MIN_SLEEP_MS = 1;
/** Settled calls that are kept in the list of those that wait, before it is made anew. */
const MANY_SETTLED = 4096;
const NO_CHANGES: Outcome['changes'] = [];

interface Sent {
  readonly planned: PlannedCall;
  readonly message: Uint8Array;
  readonly mutated: Mutated | null;
  readonly sentNs: number;
  readonly dueNs: number | null;
  readonly lane: Lane;
  isSettled: boolean;
}

/** What a reply turned out to be. */
interface Found {
  readonly verdict: Outcome['verdict'];
  readonly changes?: Outcome['changes'];
  readonly note?: string;
}

/** A recorded connection, as it is to one target. */
interface Lane {
  readonly target: Target;
  readonly connection: number;
  link: Link | null;
  isFull: boolean;
  readonly pending: Map<number, Sent>;
  /** calls not yet settled */
  left: number;
}

export function replay(options: ReplayOptions): Promise<Replayed> {
  return new Replay(options).run();
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #schedule: Schedule;
  readonly #tally = new Tally();
  /** by connection and target */
  readonly #lanes = new Map<string, Lane>();
  /** of each call of the plan that is sent: a look-up by text for each would cost more than the call */
  readonly #laneOf: readonly (Lane | null)[];
  readonly #events: ExpectedEvents;
  readonly #header = newHeader();
  readonly #resender: Resender<Sent>;
  /** in the order of sending; those before #oldest are settled */
  #waiting: Sent[] = [];
  #oldest = 0;
  #startMs = 0;
  #lastArrivalMs = 0;
  #xid: number;
  #isPumping = false;
  #isOpening = false;
  #isOver = false;
  #isLingering = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;
  /** the timer is no later than the end of patience */
  #isImpatient = false;
  #immediate: NodeJS.Immediate | undefined;
  #replies = 0;
  #lost: ReplayError | null = null;
  #resolve: (replayed: Replayed) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(options: ReplayOptions) {
    const { plan, schedule } = options;
    this.#options = options;
    this.#resender = new Resender({
      backoff: options.backoff ?? UDP_BACKOFF,
      now: options.now,
      again: (sent) => this.#again(sent),
    });
    this.#schedule = new Schedule(plan.schedule, plan.arrivals, schedule);
    this.#xid = options.firstXid ?? Math.floor(Math.random() * 0x7fffffff);
    this.#events = new ExpectedEvents(plan.callbacks);
    this.#laneOf = this.#lanesOf(plan.calls);
    // events of connections nothing is sent on do not come
    const used = new Set([...this.#lanes.values()].map(({ connection }) => connection));
    for (const one of this.#events.outside(used)) {
      one.isSettled = true;
      this.#schedule.arrived(one.arrival);
    }
  }

  run(): Promise<Replayed> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      const { signal, now } = this.#options;
      this.#startMs = now();
      this.#lastArrivalMs = this.#startMs;
      signal?.addEventListener('abort', () => this.#guard(() => this.#finish()), { once: true });
      if (signal?.aborted) this.#finish();
      else this.#pump();
    });
  }

  /** Whatever a handler throws is the replay's failure, not an event's. */
  #guard(f: () => void): void {
    if (this.#isOver) return;
    try {
      f();
    } catch (error) {
      this.#isOver = true;
      this.#close();
      this.#reject(error);
    }
  }

  #nowNs(): number {
    return (this.#options.now() - this.#startMs) * 1e6;
  }

  // --- sending

  #pump(): void {
    if (this.#isPumping || this.#isOpening || this.#isOver || this.#isLingering) return;
    this.#isPumping = true;
    try {
      for (let sent = 0; ; sent++) {
        if (sent === BURST) {
          clearImmediate(this.#immediate);
          this.#immediate = setImmediate(() => this.#guard(() => this.#pump()));
          return;
        }
        if (!this.#step()) return;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** False: nothing can be sent for now. */
  #step(): boolean {
    const decision = this.#schedule.decide(this.#schedule.isTimed ? this.#nowNs() : 0);
    switch (decision.kind) {
      case 'send': {
        const planned = this.#options.plan.calls[decision.index]!;
        if (planned.unsent !== null) {
          this.#pass(planned);
          return true;
        }
        const lane = this.#laneOf[decision.index]!;
        if (lane.link === null) {
          void this.#open(lane);
          return false;
        }
        if (lane.isFull) return false;
        this.#send(planned, lane, lane.link, decision.dueNs);
        return true;
      }
      case 'sleep':
        this.#sleep((decision.untilNs - this.#nowNs()) / 1e6);
        return false;
      case 'wait':
        this.#beImpatient();
        return false;
      case 'done':
        if (this.#oldestWaiting() === undefined && this.#events.first === undefined) this.#linger();
        else this.#beImpatient();
        return false;
    }
  }

  #pass(planned: PlannedCall): void {
    const { call, unsent, arrival, recordedNs } = planned;
    this.#schedule.went(false);
    if (arrival >= 0) this.#schedule.arrived(arrival);
    this.#emit({ ...this.#blank(call), unsent, recordedNs });
  }

  async #open(lane: Lane): Promise<void> {
    this.#isOpening = true;
    try {
      const link = await this.#options.open(lane.target, {
        message: (bytes) => this.#guard(() => this.#message(lane, bytes)),
        drain: () => {
          lane.isFull = false;
          this.#guard(() => this.#pump());
        },
        closed: ({ error }) => this.#guard(() => this.#closed(lane, link, error)),
      });
      lane.link = link;
      if (this.#isOver) link.close();
    } catch (error) {
      if (!isTransportError(error)) {
        this.#guard(() => {
          throw error;
        });
        return;
      }
      this.#lost = new ReplayError('LOST', error.message, error);
      this.#guard(() => this.#finish());
      return;
    } finally {
      this.#isOpening = false;
    }
    this.#guard(() => this.#pump());
  }

  #send(planned: PlannedCall, lane: Lane, link: Link, dueNs: number | null): void {
    const { call, arrival } = planned;
    let message = this.#messageOf(planned);
    const mutated =
      planned.bodyOff < 0 ? null : (this.#options.mutate?.(call, message, planned.bodyOff) ?? null);
    if (mutated !== null) message = mutated.message;
    const xid = message.length < 4 ? -1 : wordAt(message, 0);
    const sent: Sent = { planned, message, mutated, sentNs: this.#nowNs(), dueNs, lane, isSettled: false };
    if (xid >= 0) lane.pending.set(xid, sent);
    this.#schedule.went(arrival >= 0);
    if (arrival >= 0 && this.#waiting.push(sent) % MANY_SETTLED === 0) this.#oldestWaiting();
    this.#options.tap?.(lane.target, lane.connection, 'sent', message);
    if (!link.send(message)) lane.isFull = true;
    if (arrival >= 0 && lane.target.kind === 'udp') this.#resender.watch(sent);
  }

  /** A datagram that may have been lost. False: it no longer matters. */
  #again({ lane, message, isSettled }: Sent): boolean {
    if (isSettled || this.#isOver || lane.link === null) return false;
    this.#tally.resent++;
    this.#options.tap?.(lane.target, lane.connection, 'sent', message);
    lane.link.send(message);
    return true;
  }

  /** With the names that the target uses and an xid of our own, in place; a malformed one stays byte for byte. */
  #messageOf({ call, message, bodyOff }: PlannedCall): Uint8Array {
    if (bodyOff < 0) return message;
    const { bodies, map } = this.#options;
    let out = message;
    if (map !== null && !map.isIdentity) {
      const value = bodies.args(call, message, bodyOff);
      const procedure = bodies.procedure(call);
      if (value !== null && procedure !== null) {
        const mapped = map.apply(procedure.procedure.argument, value);
        if (mapped !== value)
          out = Buffer.concat([message.subarray(0, bodyOff), bodies.encodeArgs(call, mapped)]);
      }
    }
    // the top bit is for calls of servers
    this.#xid = (this.#xid + 1) & 0x7fffffff;
    setWord(out, this.#xid);
    return out;
  }

  // --- receiving

  #message(lane: Lane, bytes: Uint8Array): void {
    this.#options.tap?.(lane.target, lane.connection, 'received', bytes);
    if (bytes.length < 4) return;
    this.#lastArrivalMs = this.#options.now();
    // of a reply only the xid matters here; the comparer reads the rest, if it has to
    if (bytes.length >= 8 && wordAt(bytes, 4) === MsgType.CALL) {
      const status: HeaderStatus = parseHeader(viewOf(bytes), 0, bytes.length, this.#header);
      this.#callback(lane, bytes, status === HeaderStatus.COMPLETE);
    } else {
      this.#reply(lane, bytes, wordAt(bytes, 0));
    }
    this.#pump();
  }

  #reply(lane: Lane, bytes: Uint8Array, xid: number): void {
    const sent = lane.pending.get(xid);
    // late: its call was given up, and its outcome told
    if (sent === undefined || sent.isSettled) return;
    lane.pending.delete(xid);
    this.#replies++;
    const { call, reply } = sent.planned;
    const replayedNs = (this.#lastArrivalMs - this.#startMs) * 1e6 - sent.sentNs;
    if (sent.mutated !== null) {
      this.#settle(sent, sent.mutated.judge(bytes, false), replayedNs);
      return;
    }
    if (reply === null) {
      this.#settle(sent, { verdict: 'extra', note: 'answered, and was not in the recording' }, replayedNs);
      return;
    }
    this.#settle(sent, this.#options.comparer.replies(call, reply, bytes), replayedNs);
  }

  /** `replayedNs` null: nothing came. */
  #settle(sent: Sent, { verdict, changes = NO_CHANGES, note = '' }: Found, replayedNs: number | null): void {
    const { planned, lane, sentNs, dueNs } = sent;
    const { call, arrival, recordedNs } = planned;
    sent.isSettled = true;
    if (arrival >= 0) {
      this.#schedule.settled();
      this.#schedule.arrived(arrival);
    }
    this.#emit({
      call,
      isCallback: false,
      procedure: this.#nameOf(call),
      verdict,
      unsent: null,
      isMutated: sent.mutated !== null,
      changes,
      note,
      sentNs,
      lateNs: dueNs === null ? null : Math.max(0, sentNs - dueNs),
      recordedNs,
      replayedNs,
    });
    lane.left--;
    if (lane.left === 0 && !this.#events.has(lane.connection)) {
      lane.link?.close();
      lane.link = null;
    }
  }

  /** The target calls us: an event, a callback. It gets the answer that the recording has for it. */
  #callback(lane: Lane, bytes: Uint8Array, isWhole: boolean): void {
    const { program, version, procedure, bodyOff, xid } = this.#header;
    const expected = isWhole ? this.#events.find(lane.connection, this.#header) : undefined;
    if (expected === undefined) {
      const call = { program, version, procedure };
      this.#emit({
        ...this.#blank(null),
        procedure: isWhole ? this.#options.bodies.name(call) : 'malformed',
        verdict: 'extra',
        note: 'a call of the server that the recording does not have',
      });
      return;
    }
    const { call, arrival } = expected;
    expected.isSettled = true;
    const { bodies, comparer } = this.#options;
    const recorded = bodies.args(call, call.bytes, call.bodyOff);
    const args = bodies.args(call, bytes, bodyOff);
    const { verdict, changes } = comparer.callbacks(call, recorded, args, bytes.subarray(bodyOff));
    this.#schedule.arrived(arrival);
    this.#emit({ ...this.#blank(call), isCallback: true, verdict, changes, sentNs: this.#nowNs() });
    if (call.reply === null) return;
    const answer = new Uint8Array(call.reply.bytes);
    if (answer.length >= 4) setWord(answer, xid);
    this.#options.tap?.(lane.target, lane.connection, 'sent', answer);
    lane.link?.send(answer);
  }

  #closed(lane: Lane, link: Link, error: Error | undefined): void {
    if (lane.link !== link && lane.link !== null) return;
    lane.link = null;
    lane.isFull = false;
    const note = error === undefined ? 'the connection was closed' : `the connection broke: ${error.message}`;
    for (const sent of lane.pending.values()) {
      if (sent.isSettled || sent.planned.arrival < 0) continue;
      this.#settle(sent, sent.mutated?.judge(null, true) ?? { verdict: 'missing', note }, null);
    }
    this.#pump();
  }

  // --- time

  /** Milliseconds until what is waited for is given up. */
  #patience(): number {
    const { timeoutMs, now } = this.#options;
    const oldest = this.#oldestWaiting();
    const since = oldest === undefined ? this.#lastArrivalMs : this.#startMs + oldest.sentNs / 1e6;
    return Math.max(0, since + timeoutMs - now());
  }

  /** Wakes when something has been waited for too long. What is waited for later only comes later, so one timer does. */
  #beImpatient(): void {
    if (this.#isImpatient) return;
    this.#sleep(this.#patience());
    this.#isImpatient = true;
  }

  /** Wakes in `ms` at the latest: an earlier timer stays, and whoever it wakes sleeps again. */
  #sleep(ms: number): void {
    const at = this.#options.now() + ms;
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#isImpatient = false;
        this.#guard(() => this.#woken());
      },
      Math.max(MIN_SLEEP_MS, Math.ceil(ms)),
    );
  }

  #woken(): void {
    const { timeoutMs } = this.#options;
    const nowNs = this.#nowNs();
    const note = `nothing came within ${timeoutMs / 1000} s`;
    for (;;) {
      const sent = this.#oldestWaiting();
      if (sent === undefined || sent.sentNs + timeoutMs * 1e6 > nowNs) break;
      this.#settle(sent, sent.mutated?.judge(null, false) ?? { verdict: 'missing', note }, null);
    }
    const decision = this.#schedule.decide(nowNs).kind;
    const isStuck = decision === 'wait' || decision === 'done';
    if (isStuck && this.#oldestWaiting() === undefined && this.#patience() === 0) this.#giveUpEvents(note);
    this.#pump();
  }

  /** Nothing but events is waited for, and they do not come: all that should be here by now are missing. */
  #giveUpEvents(note: string): void {
    const first = this.#events.first;
    if (first === undefined) return;
    this.#lastArrivalMs = this.#options.now();
    this.#missing(first, note);
  }

  #missing(expected: ExpectedEvent, note: string): void {
    expected.isSettled = true;
    this.#schedule.arrived(expected.arrival);
    this.#emit({ ...this.#blank(expected.call), isCallback: true, verdict: 'missing', note });
  }

  #oldestWaiting(): Sent | undefined {
    while (this.#waiting[this.#oldest]?.isSettled) this.#oldest++;
    if (this.#oldest >= MANY_SETTLED / 2) {
      this.#waiting = this.#waiting.slice(this.#oldest);
      this.#oldest = 0;
    }
    return this.#waiting[this.#oldest];
  }

  // --- ending

  /** All is settled: what still comes is extra. */
  #linger(): void {
    this.#isLingering = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const listens = [...this.#lanes.values()].some(({ link }) => link !== null);
    if (listens) this.#timer = setTimeout(() => this.#guard(() => this.#finish()), LINGER_MS);
    else this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#close();
    const isInterrupted = this.#options.signal?.aborted ?? false;
    const note = isInterrupted ? 'interrupted' : 'the target was lost';
    for (const { pending } of this.#lanes.values()) {
      for (const sent of pending.values()) {
        if (sent.isSettled) continue;
        const asRecorded = sent.planned.arrival < 0;
        this.#settle(
          sent,
          asRecorded ? { verdict: 'same', note: 'no answer, as recorded' } : { verdict: 'missing', note },
          null,
        );
      }
    }
    const { verdicts, sent } = this.#tally;
    if (this.#lost === null && !isInterrupted && sent > 0 && this.#replies === 0 && verdicts.missing > 0) {
      const [lane] = this.#lanes.values();
      const where = lane === undefined ? 'the target' : targetUrl(lane.target);
      this.#lost = new ReplayError('LOST', `${where} answers nothing`);
    }
    this.#resolve({ tally: this.#tally, elapsedNs: this.#nowNs(), lost: this.#lost, isInterrupted });
  }

  #close(): void {
    this.#resender.stop();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    for (const lane of this.#lanes.values()) {
      lane.link?.close();
      lane.link = null;
    }
  }

  // --- parts

  /** The lane of each call; calls of one connection and program share their target. */
  #lanesOf(calls: readonly PlannedCall[]): (Lane | null)[] {
    let last: Lane | null = null;
    let [connection, program] = [-1, -1];
    return calls.map(({ call, unsent }) => {
      if (unsent !== null) return null;
      if (last === null || call.connection.index !== connection || call.program !== program) {
        last = this.#laneTo(call);
        connection = call.connection.index;
        program = call.program;
      }
      last.left++;
      return last;
    });
  }

  #laneTo(call: RecordedCall): Lane {
    const { index: connection } = call.connection;
    const target = this.#options.target(call);
    const key = `${connection} ${targetUrl(target)}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { target, connection, link: null, isFull: false, pending: new Map(), left: 0 };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #blank(call: RecordedCall | null): Outcome {
    return {
      call,
      isCallback: call === null,
      procedure: call === null ? '' : this.#nameOf(call),
      verdict: null,
      unsent: null,
      isMutated: false,
      changes: [],
      note: '',
      sentNs: null,
      lateNs: null,
      recordedNs: null,
      replayedNs: null,
    };
  }

  #nameOf(call: RecordedCall): string {
    return call.program < 0 ? 'malformed' : this.#options.bodies.name(call);
  }

  #emit(outcome: Outcome): void {
    this.#tally.add(outcome);
    this.#options.emit(outcome);
  }
}

/** The big-endian word at an offset, without a DataView for each message. */
function wordAt(bytes: Uint8Array, off: number): number {
  return ((bytes[off]! << 24) | (bytes[off + 1]! << 16) | (bytes[off + 2]! << 8) | bytes[off + 3]!) >>> 0;
}

/** Writes the first word. */
function setWord(bytes: Uint8Array, value: number): void {
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
