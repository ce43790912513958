/**
 * Deadlines by the thousand: a hashed wheel of linked lists, ticking only while something hangs on it. Adding and
 * removing is a few pointers. An entry never expires early, and at most one tick (and the event loop's delay) late.
 */
import type { Clock } from './clock.ts';

/** Something with a deadline; extended by whoever hangs on a wheel. It is on at most one wheel, once. */
export abstract class WheelEntry {
  /** the wheel's own: neighbours in the slot, and the tick at which the entry expires */
  before: WheelEntry | null = null;
  after: WheelEntry | null = null;
  due = 0;

  /** The deadline has passed; the entry is off the wheel and may be added again. */
  abstract expire(): void;
}

/** A deadline that calls a function. */
export class Deadline extends WheelEntry {
  readonly #f: () => void;

  constructor(f: () => void) {
    super();
    this.#f = f;
  }

  override expire(): void {
    this.#f();
  }
}

class Head extends WheelEntry {
  override before: WheelEntry = this;
  override after: WheelEntry = this;

  override expire(): void {}
}

export interface WheelOptions {
  /** milliseconds of one tick */
  readonly tickMs?: number;
  /** lists of the wheel, a power of two; more only spread what lies far ahead */
  readonly slots?: number;
}

export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: readonly Head[];
  #size = 0;
  /** the last tick that was worked off */
  #tick = 0;
  #stop: (() => void) | null = null;

  constructor(clock: Clock, { tickMs = 50, slots = 256 }: WheelOptions = {}) {
    if (!(tickMs > 0) || slots < 1 || (slots & (slots - 1)) !== 0) throw new RangeError('no such wheel');
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#slots = Array.from({ length: slots }, () => new Head());
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Entries on the wheel. */
  get size(): number {
    return this.#size;
  }

  /** Lets `entry` expire `ms` from now; an entry that is on the wheel is moved. */
  add(entry: WheelEntry, ms: number): void {
    if (entry.after !== null) this.remove(entry);
    const now = this.#clock.now();
    if (this.#stop === null) this.#start(now);
    entry.due = Math.max(Math.ceil((now + ms) / this.#tickMs), this.#tick + 1);
    const head = this.#slots[entry.due & (this.#slots.length - 1)] as Head;
    entry.before = head.before;
    entry.after = head;
    head.before.after = entry;
    head.before = entry;
    this.#size++;
  }

  /** Takes `entry` off; nothing happens when it is not on. */
  remove(entry: WheelEntry): void {
    if (entry.after === null || entry.before === null) return;
    entry.before.after = entry.after;
    entry.after.before = entry.before;
    entry.after = null;
    entry.before = null;
    this.#size--;
  }

  /** Works off every tick up to now. Called by the clock; a test may call it too. */
  advance(): void {
    const last = Math.floor(this.#clock.now() / this.#tickMs);
    // After a long sleep each slot is due once; going over one twice would find nothing new.
    const first = Math.max(this.#tick + 1, last - this.#slots.length + 1);
    this.#tick = Math.max(this.#tick, last);
    for (let tick = first; tick <= last; tick++) {
      this.#expire(this.#slots[tick & (this.#slots.length - 1)] as Head, last);
    }
    if (this.#size === 0) this.#halt();
  }

  #expire(head: Head, last: number): void {
    // Due entries are taken out first: an expiry may add and remove entries, also of this slot.
    const due: WheelEntry[] = [];
    for (let entry: WheelEntry = head.after; entry !== head; entry = entry.after as WheelEntry) {
      if (entry.due <= last) due.push(entry);
    }
    for (const entry of due) {
      if (entry.after === null || entry.due > last) continue;
      this.remove(entry);
      entry.expire();
    }
  }

  #start(now: number): void {
    this.#tick = Math.floor(now / this.#tickMs);
    this.#stop = this.#clock.every(this.#tickMs, () => this.advance());
  }

  #halt(): void {
    this.#stop?.();
    this.#stop = null;
  }
}
