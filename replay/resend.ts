/**
 * What was sent and may have been lost: given back to be sent again, farther and farther apart, until it is told to be
 * settled. For datagrams only. One timer, however many wait; the clock is given. Never throws.
 */
import type { Backoff } from '../client/udp.ts';

export interface ResendOptions<T> {
  readonly backoff: Backoff;
  /** milliseconds, monotonic */
  readonly now: () => number;
  /** sends it again; false: it is settled */
  readonly again: (item: T) => boolean;
}

interface Waiting<T> {
  readonly item: T;
  readonly atMs: number;
}

export class Resender<T> {
  readonly #options: ResendOptions<T>;
  /** by how often they were sent; within one, in the order of their time */
  readonly #rounds: Waiting<T>[][] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResendOptions<T>) {
    this.#options = options;
  }

  watch(item: T): void {
    this.#wait(item, 0);
    if (this.#timer === undefined) this.#sleep();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#rounds.length = 0;
  }

  #wait(item: T, round: number): void {
    const { backoff, now } = this.#options;
    const pauseMs = Math.min(backoff.mostMs, backoff.firstMs * backoff.factor ** round);
    const list = this.#rounds[round];
    const waiting = { item, atMs: now() + pauseMs };
    if (list === undefined) this.#rounds[round] = [waiting];
    else list.push(waiting);
  }

  #sleep(): void {
    this.#timer = undefined;
    const next = Math.min(...this.#rounds.map((list) => list[0]?.atMs ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#due(), Math.max(1, next - this.#options.now()));
  }

  #due(): void {
    const nowMs = this.#options.now();
    // later rounds first: what moves up is not looked at twice
    for (let round = this.#rounds.length - 1; round >= 0; round--) {
      const list = this.#rounds[round]!;
      let count = 0;
      while (count < list.length && list[count]!.atMs <= nowMs) count++;
      for (const { item } of list.splice(0, count))
        if (this.#options.again(item)) this.#wait(item, round + 1);
    }
    this.#sleep();
  }
}
