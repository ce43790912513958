/**
 * Time as everything above the channels sees it: a monotonic clock in milliseconds and a repeating tick. The system's
 * is here; tests use transport/virtual-clock.ts.
 */

export interface Clock {
  /** milliseconds since an arbitrary start, never going back */
  now(): number;
  /** calls `tick` every `ms` milliseconds until the returned function is called; keeps no process alive */
  every(ms: number, tick: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
