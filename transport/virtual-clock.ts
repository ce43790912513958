/**
 * Time for tests: it stands still until `advance`, which runs what falls due, in order, and lets promises settle
 * after each. No timers, no real waiting.
 */
import type { Clock } from './clock.ts';

interface Due {
  at: number;
  readonly order: number;
  readonly run: () => void;
  readonly every: number;
}

export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#now;
  }

  /** Things still to run, repeating ones included. */
  get scheduled(): number {
    return this.#due.size;
  }

  every(ms: number, tick: () => void): () => void {
    return this.#add(ms, tick, ms);
  }

  /** Runs `f` once, `ms` from now; the returned function takes it back. */
  after(ms: number, f: () => void): () => void {
    return this.#add(ms, f, 0);
  }

  /** Moves on by `ms`; what falls due runs at its own moment, and promises settle before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      if (next.every > 0) next.at += next.every;
      else this.#due.delete(next);
      next.run();
      await settle();
    }
    this.#now = end;
  }

  #add(ms: number, run: () => void, every: number): () => void {
    const due = { at: this.#now + ms, order: this.#order++, run, every };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** The earliest thing due by `end`, the one added first where two are due together. */
  #next(end: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.at > end) continue;
      if (first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)) {
        first = due;
      }
    }
    return first;
  }
}

/** Lets every promise that can settle do so: a turn of the event loop. */
export function settle(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
