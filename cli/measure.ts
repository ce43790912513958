/**
 * Many calls of one kind, so many at once: how fast, and how long each took. Failing calls are counted by their
 * code and do not end the run, except that a lost connection does. The clock is given, the summary is text.
 */
import { isRpcError, type RpcErrorCode } from '../codec/rpc/index.ts';

export interface MeasureOptions {
  readonly count: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** milliseconds, never going back */
  readonly now: () => number;
  /** told after each call */
  readonly onCall: (done: number) => void;
}

export interface Measured {
  /** calls that ended, whatever came of them */
  readonly calls: number;
  readonly milliseconds: number;
  /** of the calls that succeeded, ascending, milliseconds */
  readonly latencies: Float64Array;
  readonly errors: ReadonlyMap<RpcErrorCode, number>;
  /** the connection was lost, or the run interrupted */
  readonly cutShort: boolean;
}

/** The most calls of one run: their latencies are all kept. */
export const MAX_COUNT = 10_000_000;

/** Makes the calls. Rejects only with what is no RpcError. */
export async function measure(call: () => Promise<unknown>, options: MeasureOptions): Promise<Measured> {
  const { count, concurrency, signal, now } = options;
  const latencies = new Float64Array(count);
  const errors = new Map<RpcErrorCode, number>();
  let [begun, ended, fine, cutShort] = [0, 0, 0, false];
  const worker = async (): Promise<void> => {
    while (begun < count && !cutShort && !signal.aborted) {
      begun++;
      const start = now();
      try {
        await call();
        latencies[fine++] = now() - start;
      } catch (e) {
        if (signal.aborted) return;
        if (!isRpcError(e)) throw e;
        errors.set(e.code, (errors.get(e.code) ?? 0) + 1);
        if (e.code === 'CLOSED') cutShort = true;
      }
      ended++;
      options.onCall(ended);
    }
  };
  const start = now();
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  const milliseconds = now() - start;
  const sorted = latencies.subarray(0, fine).sort();
  return { calls: ended, milliseconds, latencies: sorted, errors, cutShort: cutShort || signal.aborted };
}

const PERCENTILES = [50, 90, 99, 99.9] as const;

/** `1000 calls in 0.123 s, 8130 calls/s`, then the percentiles, then the errors. */
export function measuredText({ calls, milliseconds, latencies, errors }: Measured): string {
  const seconds = milliseconds / 1000;
  const rate = seconds > 0 ? Math.round(calls / seconds) : 0;
  const lines = [`${calls} calls in ${seconds.toFixed(3)} s, ${rate} calls/s`];
  if (latencies.length > 0) {
    const [least, most] = [latencies[0] as number, latencies.at(-1) as number];
    const middle = PERCENTILES.map((p) => `p${p} ${milli(percentile(latencies, p))}`);
    lines.push(`latency in ms: min ${milli(least)}, ${middle.join(', ')}, max ${milli(most)}`);
  }
  for (const [code, count] of errors) lines.push(`${code}: ${count}`);
  return `${lines.join('\n')}\n`;
}

/** By nearest rank: the smallest value that at least `p` percent of all are not above. */
export function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

function milli(ms: number): string {
  return ms.toFixed(3);
}
