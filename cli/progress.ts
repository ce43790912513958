/**
 * A line of progress on a terminal: how much, how fast, how long still. Shows nothing in the first second, nor
 * where standard error is no terminal. The clock is given, so a test can turn it.
 */
import type { Output } from './command.ts';

const FIRST_MS = 1000;
const EVERY_MS = 250;

/** Milliseconds, never going back; the global `performance` would be loaded for it. */
export function monotonicMs(): number {
  return process.uptime() * 1000;
}

export class Progress {
  readonly #output: Output;
  readonly #unit: string;
  readonly #total: number;
  readonly #now: () => number;
  readonly #start: number;
  #last = 0;
  #shown = false;

  /** `total` bytes of work, 0 when unknown; `unit` is what `count` counts. */
  constructor(output: Output, unit: string, total: number, now: () => number = monotonicMs) {
    this.#output = output;
    this.#unit = unit;
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  update(count: number, bytes: number): void {
    if (!this.#output.isTty) return;
    const now = this.#now();
    const elapsed = now - this.#start;
    if (elapsed < FIRST_MS || now - this.#last < EVERY_MS) return;
    this.#last = now;
    this.#shown = true;
    const rate = Math.round((count * 1000) / elapsed);
    const left =
      this.#total > bytes && bytes > 0
        ? `, ${Math.ceil(((elapsed / 1000) * (this.#total - bytes)) / bytes)} s left`
        : '';
    const share = this.#total > 0 ? ` ${Math.min(100, Math.floor((bytes * 100) / this.#total))} %` : '';
    this.#output.write(`\r\x1b[K${count} ${this.#unit}${share}, ${rate}/s${left}`);
    this.#output.flush();
  }

  /** Takes the line away. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#output.write('\r\x1b[K');
    this.#output.flush();
  }
}
