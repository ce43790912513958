/**
 * When which call may go: a pure state machine over a recorded session, told what time it is and what came. Calls go
 * in the order of the recording. A call that was sent after something had been seen (a reply, a call of the server)
 * waits for the same to come, on whatever connection; where several calls were on their way at once, so they are
 * again. Since what had been seen only grows from call to call, the first call that may not go yet holds up no call
 * that could. Never throws.
 */

/** original: the recording's gaps. scaled: `factor` times as fast. rate: `perSecond` calls, evenly. */
export type Timing =
  | { readonly mode: 'original' }
  | { readonly mode: 'asap' }
  | { readonly mode: 'scaled'; readonly factor: number }
  | { readonly mode: 'rate'; readonly perSecond: number };

/** A call to be sent: when it was, and how many arrivals had been seen by then. */
export interface ScheduledCall {
  readonly atNs: number;
  readonly after: number;
}

export interface ScheduleOptions {
  readonly timing: Timing;
  /** longest pause between two calls, of the recording's time; default none */
  readonly maxGapNs?: number;
  /** most calls without their reply; default as many as in the recording */
  readonly concurrency?: number;
}

/** What to do now. `dueNs`: when the call would have gone at its own time, null for as soon as possible. */
export type Decision =
  | { readonly kind: 'send'; readonly index: number; readonly dueNs: number | null }
  | { readonly kind: 'sleep'; readonly untilNs: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

export class Schedule {
  readonly #calls: readonly ScheduledCall[];
  readonly #dues: Float64Array | null;
  readonly #concurrency: number;
  readonly #arrived: Uint8Array;
  /** all arrivals below this one are here (or given up) */
  #prefix = 0;
  #next = 0;
  #outstanding = 0;

  /** `arrivals`: how many there are in the recording, numbered from 0 as they were seen. */
  constructor(calls: readonly ScheduledCall[], arrivals: number, options: ScheduleOptions) {
    this.#calls = calls;
    this.#arrived = new Uint8Array(arrivals);
    this.#concurrency = options.concurrency ?? Number.POSITIVE_INFINITY;
    this.#dues = duesOf(calls, options);
  }

  /** Whether calls have a time of their own; without one `decide` looks at no clock. */
  get isTimed(): boolean {
    return this.#dues !== null;
  }

  /** Calls on their way that a reply is expected to. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Decides by a clock that was 0 when the replay began. */
  decide(nowNs: number): Decision {
    const call = this.#calls[this.#next];
    if (call === undefined) return { kind: 'done' };
    if (this.#prefix < call.after || this.#outstanding >= this.#concurrency) return { kind: 'wait' };
    const dueNs = this.#dues === null ? null : this.#dues[this.#next]!;
    if (dueNs !== null && dueNs > nowNs) return { kind: 'sleep', untilNs: dueNs };
    return { kind: 'send', index: this.#next, dueNs };
  }

  /** The call that `decide` gave is on its way, or is passed over. */
  went(expectsReply: boolean): void {
    this.#next++;
    if (expectsReply) this.#outstanding++;
  }

  /** A call that expected a reply has one, or will have none. */
  settled(): void {
    this.#outstanding--;
  }

  /** What was the recording's arrival of that number came, or is waited for no longer. */
  arrived(arrival: number): void {
    this.#arrived[arrival] = 1;
    while (this.#arrived[this.#prefix] === 1) this.#prefix++;
  }
}

function duesOf(calls: readonly ScheduledCall[], { timing, maxGapNs }: ScheduleOptions): Float64Array | null {
  if (timing.mode === 'asap') return null;
  const dues = new Float64Array(calls.length);
  const most = maxGapNs ?? Number.POSITIVE_INFINITY;
  let due = 0;
  for (let i = 0; i < calls.length; i++) {
    if (timing.mode === 'rate') {
      dues[i] = (i * 1e9) / timing.perSecond;
      continue;
    }
    // a capture's clock may step back; time does not
    const gap = i === 0 ? 0 : Math.max(0, calls[i]!.atNs - calls[i - 1]!.atNs);
    due += Math.min(gap, most) / (timing.mode === 'scaled' ? timing.factor : 1);
    dues[i] = due;
  }
  return dues;
}
