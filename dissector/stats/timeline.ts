/**
 * The tap behind `-z rpc,timeline`: per interval of time, calls, replies, errors of RPC, calls outstanding at its end,
 * and how long replies took. An interval without traffic is shown too: that is how a server that hangs looks. Bounded
 * by `MAX_ROWS`; throws StatisticError for its arguments.
 */
import type { Frame } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import { seconds } from './calls.ts';
import { Histogram } from './histogram.ts';
import { alignedTable } from './latency.ts';
import { succeeded } from './outcome.ts';
import { type Statistic, StatisticError } from './statistic.ts';
import { eachMessage, tapFilter } from './tap-filter.ts';

const MAX_ROWS = 100_000;

/** An interval that is over. */
interface Row {
  readonly calls: number;
  readonly replies: number;
  readonly errors: number;
  readonly outstanding: number;
  /** nanoseconds, 0 without replies */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Feed it messages in the order of their packets; a packet older than the interval at hand counts in that one. */
export class Timeline {
  readonly #interval: bigint;
  readonly #rows: Row[] = [];
  #startNs: bigint | null = null;
  #calls = 0;
  #errors = 0;
  #outstanding = 0;
  #times = new Histogram();
  #dropped = 0;

  /** `interval`: nanoseconds. */
  constructor(interval: bigint) {
    this.#interval = interval;
  }

  add(pdu: Pdu, { packet }: Frame): void {
    if (pdu.dupOf !== 0) return;
    const now = BigInt(packet.sec) * 1_000_000_000n + BigInt(packet.nsec);
    this.#startNs ??= now;
    if (!this.#advance(Number((now - this.#startNs) / this.#interval))) return;
    if (pdu.msgtyp === 0) {
      this.#calls++;
      this.#outstanding++;
    } else if (pdu.call !== null && pdu.timeNs >= 0) {
      this.#times.add(pdu.timeNs);
      if (!succeeded(pdu)) this.#errors++;
      this.#outstanding = Math.max(0, this.#outstanding - 1);
    }
  }

  /** Closes the intervals before number `index`; false when that is more than are kept. */
  #advance(index: number): boolean {
    if (index >= MAX_ROWS) {
      this.#dropped++;
      return false;
    }
    while (this.#rows.length < index) this.#close();
    return true;
  }

  #close(): void {
    const times = this.#times;
    this.#rows.push({
      calls: this.#calls,
      replies: times.count,
      errors: this.#errors,
      outstanding: this.#outstanding,
      p50: times.percentile(50),
      p99: times.percentile(99),
      max: times.max,
    });
    this.#calls = 0;
    this.#errors = 0;
    if (times.count > 0) this.#times = new Histogram();
  }

  /** All intervals, the one at hand too. Nothing may be added afterwards. */
  #finished(): readonly Row[] {
    if (this.#calls > 0 || this.#times.count > 0) this.#close();
    return this.#rows;
  }

  text(): string {
    const names = ['start', 'calls', 'replies', 'errors', 'outstanding', 'p50', 'p99', 'max'];
    const rows = this.#finished().map(({ calls, replies, errors, outstanding, p50, p99, max }, i) => [
      seconds(Number(this.#interval) * i),
      ...[calls, replies, errors, outstanding].map(String),
      ...[p50, p99, max].map((ns) => (replies === 0 ? '-' : (ns / 1e9).toFixed(6))),
    ]);
    const more =
      this.#dropped === 0 ? '' : `${this.#dropped} later messages are not shown: take longer intervals\n`;
    return `RPC timeline, seconds\n${alignedTable([names, ...rows])}${more}`;
  }

  ndjson(): string {
    const start = this.#startNs ?? 0n;
    return this.#finished()
      .map(({ p50, p99, max, ...counts }, i) => {
        const ns = start + this.#interval * BigInt(i);
        const time = `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
        const times = counts.replies === 0 ? ['null', 'null', 'null'] : [p50, p99, max].map(seconds);
        const told = Object.entries(counts).map(([name, count]) => `"${name}":${count}`);
        return `{"time":${time},${told.join(',')},"p50":${times[0]},"p99":${times[1]},"max":${times[2]}}\n`;
      })
      .join('');
  }
}

export const timeline: Statistic = {
  name: 'rpc,timeline',
  usage: 'rpc,timeline,SECONDS[,FILTER]',
  descriptions: 'none',
  start(args, context) {
    const match = /^(\d{1,9}(?:\.\d{1,9})?)(?:,(.*))?$/s.exec(args);
    const interval = BigInt(Math.round(Number(match?.[1] ?? 0) * 1e9));
    if (match === null || interval <= 0n)
      throw new StatisticError('expected rpc,timeline,<seconds>[,<filter>]');
    const line = new Timeline(interval);
    return {
      bodies: false,
      add: eachMessage(tapFilter(match[2] ?? '', context), (pdu, frame) => line.add(pdu, frame)),
      text: () => line.text(),
      ndjson: () => line.ndjson(),
    };
  },
};
