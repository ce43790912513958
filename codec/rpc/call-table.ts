/**
 * Calls waiting for their replies, by xid. Bounded; time is whatever clock the caller passes in, in any one unit.
 * What does not fit is counted, never thrown: a stale reply is an ordinary thing (a call timed out and was given up).
 */

/** Why `add` took a call or did not: `duplicate` means that the xid is waiting already. */
export type AddOutcome = 'added' | 'duplicate' | 'full';

/** Counted since the table was made. */
export interface CallCounts {
  /** replies to an xid that never was in the table, or so long ago that it is forgotten */
  unknown: number;
  /** replies to a call that had its reply already */
  duplicate: number;
  /** replies to a call that had expired or been cancelled */
  late: number;
  /** calls that expired */
  expired: number;
}

interface Waiting<T> {
  readonly value: T;
  readonly deadline: number;
}

/** How many finished calls are remembered, to tell late and repeated replies from unknown ones. */
const REMEMBERED = 1024;

export class CallTable<T> {
  readonly #capacity: number;
  readonly #waiting = new Map<number, Waiting<T>>();
  readonly #finished = new Map<number, 'answered' | 'given up'>();
  readonly #counts: CallCounts = { unknown: 0, duplicate: 0, late: 0, expired: 0 };

  /** `capacity`: the most calls that wait at once. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get counts(): Readonly<CallCounts> {
    return this.#counts;
  }

  has(xid: number): boolean {
    return this.#waiting.has(xid);
  }

  /** Enters a call that is given up after `deadline` (Infinity: never). */
  add(xid: number, value: T, deadline: number = Number.POSITIVE_INFINITY): AddOutcome {
    if (this.#waiting.has(xid)) return 'duplicate';
    if (this.#waiting.size >= this.#capacity) return 'full';
    this.#finished.delete(xid);
    this.#waiting.set(xid, { value, deadline });
    return 'added';
  }

  /** The call that a reply with this xid answers, taken out; undefined, and counted, when none waits. */
  take(xid: number): T | undefined {
    const call = this.#waiting.get(xid);
    if (call !== undefined) {
      this.#finish(xid, 'answered');
      return call.value;
    }
    const before = this.#finished.get(xid);
    if (before === 'answered') this.#counts.duplicate++;
    else if (before === 'given up') this.#counts.late++;
    else this.#counts.unknown++;
    return undefined;
  }

  /** Gives a call up, because its caller lost interest. */
  cancel(xid: number): T | undefined {
    const call = this.#waiting.get(xid);
    if (call === undefined) return undefined;
    this.#finish(xid, 'given up');
    return call.value;
  }

  /** Takes out, in the order they were entered, the calls whose deadline is at or before `now`. */
  expire(now: number): T[] {
    const out: T[] = [];
    for (const [xid, call] of this.#waiting) {
      if (call.deadline > now) continue;
      this.#finish(xid, 'given up');
      out.push(call.value);
    }
    this.#counts.expired += out.length;
    return out;
  }

  /** Takes out every call: the connection is gone. */
  clear(): T[] {
    const out = [...this.#waiting.values()].map((call) => call.value);
    this.#waiting.clear();
    this.#finished.clear();
    return out;
  }

  #finish(xid: number, how: 'answered' | 'given up'): void {
    this.#waiting.delete(xid);
    this.#finished.set(xid, how);
    if (this.#finished.size > REMEMBERED) {
      const oldest = this.#finished.keys().next();
      if (!oldest.done) this.#finished.delete(oldest.value);
    }
  }
}
