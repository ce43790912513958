/**
 * Decorator that treats a Channel as a bad network would, the same way for the same seed: bytes dropped, corrupted,
 * delayed, split into many writes or merged into few, and connections reset. What it did is told to `onFault`.
 * Faults apply to what is written; wrap both ends for both directions. What is left keeps its order.
 */
import { type Rng, rngOf } from '../codec/xdr/random.ts';
import type { Channel, ChannelHandlers, ChannelKind, Endpoint, Security } from './channel.ts';
import { type Clock, systemClock } from './clock.ts';

export type Fault = 'drop' | 'delay' | 'split' | 'merge' | 'corrupt' | 'reset';

/** How often each fault happens, from 0 (never, the default) to 1 (at every write). */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

export interface FaultOptions {
  readonly seed: number;
  readonly rates: FaultRates;
  /** longest delay, in milliseconds */
  readonly delayMs?: number;
  /** most pieces of a split write */
  readonly pieces?: number;
  readonly clock?: Clock;
  readonly onFault?: (fault: Fault, bytes: number) => void;
}

/** Held bytes above which `write` gives false. */
const HIGH_WATER = 64 * 1024;

const TICK_MS = 1;

interface Held {
  readonly bytes: Uint8Array;
  readonly due: number;
  /** goes out with what is behind it */
  readonly merge: boolean;
}

class FaultyChannel implements Channel {
  readonly #inner: Channel;
  readonly #options: FaultOptions;
  readonly #clock: Clock;
  readonly #rng: Rng;
  #handlers: ChannelHandlers | null = null;
  #held: Held[] = [];
  #heldBytes = 0;
  #full = false;
  #stopTicking: (() => void) | null = null;
  /** what to do once nothing is held */
  #then: (() => void) | null = null;
  #closed = false;

  constructor(inner: Channel, options: FaultOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rng = rngOf(options.seed);
  }

  get kind(): ChannelKind {
    return this.#inner.kind;
  }

  get local(): Endpoint {
    return this.#inner.local;
  }

  get remote(): Endpoint {
    return this.#inner.remote;
  }

  get security(): Security | null {
    return this.#inner.security;
  }

  get queued(): number {
    return this.#inner.queued + this.#heldBytes;
  }

  start(handlers: ChannelHandlers): void {
    this.#handlers = handlers;
    this.#inner.start({
      data: (bytes) => handlers.data(bytes),
      end: () => handlers.end(),
      drain: () => {
        if (this.#held.length === 0) handlers.drain();
      },
      closed: (reason) => {
        this.#forget();
        this.#handlers = null;
        handlers.closed(reason);
      },
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.writeAll([bytes]);
  }

  writeAll(parts: readonly Uint8Array[]): boolean {
    if (this.#closed || this.#then !== null) return false;
    const bytes = Buffer.concat(parts);
    if (this.#happens('reset', bytes.length)) {
      this.reset();
      return false;
    }
    if (this.#happens('drop', bytes.length)) return !this.#full;
    if (bytes.length > 0 && this.#happens('corrupt', bytes.length)) {
      const at = this.#below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << this.#below(8));
    }
    const { delayMs = 50 } = this.#options;
    const delay = this.#happens('delay', bytes.length) ? this.#below(delayMs) + 1 : 0;
    const merge = this.#happens('merge', bytes.length);
    for (const piece of this.#pieces(bytes)) this.#hold(piece, delay, merge);
    const more = this.#pump();
    if (this.#heldBytes > HIGH_WATER) this.#full = true;
    return more && !this.#full;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#after(() => this.#inner.end());
  }

  close(deadlineMs?: number): void {
    this.#after(() => this.#inner.close(deadlineMs));
  }

  reset(): void {
    this.#forget();
    this.#inner.reset();
  }

  #after(f: () => void): void {
    if (this.#closed) return;
    this.#then = f;
    this.#pump();
  }

  #happens(fault: Fault, bytes: number): boolean {
    const rate = this.#options.rates[fault] ?? 0;
    // Drawn for every fault and write, so that changing one rate leaves the others' course alone.
    if (this.#rng() / 0x1_0000_0000 >= rate) return false;
    this.#options.onFault?.(fault, bytes);
    return true;
  }

  #below(limit: number): number {
    return this.#rng() % limit;
  }

  #pieces(bytes: Buffer): Uint8Array[] {
    const { pieces = 8 } = this.#options;
    if (bytes.length < 2 || !this.#happens('split', bytes.length)) return [bytes];
    const cuts = Array.from({ length: 1 + this.#below(Math.max(pieces - 1, 1)) }, () => {
      return 1 + this.#below(bytes.length - 1);
    });
    const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  }

  #hold(bytes: Uint8Array, delay: number, merge: boolean): void {
    const last = this.#held.at(-1);
    const due = Math.max(this.#clock.now() + delay, last?.due ?? 0);
    this.#held.push({ bytes, due, merge });
    this.#heldBytes += bytes.length;
  }

  /** Writes what is due, merging what is to be merged; what waits for company goes out at the next tick. */
  #pump(ticked = false): boolean {
    let more = true;
    const now = this.#clock.now();
    while (this.#held.length > 0 && (this.#held[0] as Held).due <= now) {
      let count = 0;
      while (this.#held[count]?.merge === true && (this.#held[count] as Held).due <= now) count++;
      const last = this.#held[count];
      const company = last !== undefined && last.due <= now;
      if (!company && count > 0 && !ticked && this.#then === null) break;
      const group = this.#held.splice(0, company ? count + 1 : count);
      const bytes = Buffer.concat(group.map((held) => held.bytes));
      this.#heldBytes -= bytes.length;
      more = this.#inner.write(bytes);
    }
    if (this.#held.length > 0) {
      this.#stopTicking ??= this.#clock.every(TICK_MS, () => void this.#pump(true));
      return more;
    }
    this.#stopTicking?.();
    this.#stopTicking = null;
    const then = this.#then;
    if (then !== null) {
      this.#closed = true;
      then();
    } else if (this.#full) {
      this.#full = false;
      if (more) this.#handlers?.drain();
    }
    return more;
  }

  #forget(): void {
    this.#closed = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#stopTicking?.();
    this.#stopTicking = null;
  }
}

export function fault(channel: Channel, options: FaultOptions): Channel {
  return new FaultyChannel(channel, options);
}
