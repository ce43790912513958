/**
 * How late this process's event loop is, for the metrics: what a client waits while one call keeps all others back.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Family, metric } from './metrics-text.ts';

/** The timer that is measured fires so often; it is part of every figure and taken off. */
const RESOLUTION_MS = 10;

export interface LoopDelay {
  /** since the last time: the figures begin anew with each look */
  families(): Family[];
  stop(): void;
}

export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1000;
  return {
    families() {
      const empty = histogram.count === 0;
      const rows = [
        ['quantile="0.99"', empty ? 0 : seconds(histogram.percentile(99))],
        ['quantile="1"', empty ? 0 : seconds(histogram.max)],
      ] as const;
      histogram.reset();
      return [
        metric('event_loop_delay_seconds', 'gauge', 'how late the event loop was since the last look', rows),
      ];
    },
    stop: () => void histogram.disable(),
  };
}
