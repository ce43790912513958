/**
 * The tap behind `-z rpc,latency`: how long calls of any program waited for their replies, per procedure, client or
 * server, with percentiles (histogram.ts: 0.4 %), the calls still outstanding at the end and the replies that were
 * errors of RPC. Each call and its first reply count once. Bounded by `MAX_ROWS`, the rest being one row; throws
 * StatisticError for its arguments.
 */
import { escapeTerminal } from '../../codec/escape/index.ts';
import { endpoint } from '../network/address.ts';
import type { Pdu } from '../session/pdu.ts';
import type { Programs } from '../tree/programs.ts';
import { seconds } from './calls.ts';
import { Histogram } from './histogram.ts';
import { succeeded } from './outcome.ts';
import { type Statistic, type StatisticContext, StatisticError } from './statistic.ts';
import { eachMessage, tapFilter } from './tap-filter.ts';

const MAX_ROWS = 4096;
const OTHERS = '(others)';
const WAYS = ['procedure', 'client', 'server'] as const;
type Way = (typeof WAYS)[number];

/** What is told of a row, in order. */
const PERCENTILES = [
  ['p50', 50],
  ['p90', 90],
  ['p99', 99],
  ['p99.9', 99.9],
] as const;

interface Row {
  calls: number;
  errors: number;
  /** nanoseconds */
  readonly times: Histogram;
}

/** Counts calls and replies under names. */
export class Latencies {
  readonly #by: Way;
  readonly #rows = new Map<string, Row>();

  constructor(by: Way) {
    this.#by = by;
  }

  call(name: string): void {
    this.#row(name).calls++;
  }

  reply(name: string, ns: number, error: boolean): void {
    const row = this.#row(name);
    row.times.add(ns);
    if (error) row.errors++;
  }

  #row(name: string): Row {
    let row = this.#rows.get(name);
    if (row !== undefined) return row;
    const kept = this.#rows.size < MAX_ROWS ? name : OTHERS;
    row = this.#rows.get(kept) ?? { calls: 0, errors: 0, times: new Histogram() };
    this.#rows.set(kept, row);
    return row;
  }

  /** The busiest first. */
  text(): string {
    const names = ['min', ...PERCENTILES.map(([name]) => name), 'max'];
    const table = [
      [this.#by, 'calls', ...names, 'outstanding', 'errors'],
      ...this.#sorted().map(([name, row]) => {
        const { times, errors } = row;
        const cells = times.count === 0 ? names.map(() => '-') : numbers(times).map(microseconds);
        return [escapeTerminal(name), String(row.calls), ...cells, String(outstanding(row)), String(errors)];
      }),
    ];
    return `RPC latency by ${this.#by}, seconds\n${alignedTable(table)}`;
  }

  /** An object for each row; times are seconds with nine decimals, null where no call was answered. */
  ndjson(): string {
    return this.#sorted()
      .map(([name, row]) => {
        const { times } = row;
        const values = times.count === 0 ? null : numbers(times).map(seconds);
        const keys = ['min', ...PERCENTILES.map(([key]) => key), 'max'];
        const told = keys.map((key, i) => `"${key}":${values?.[i] ?? null}`);
        return (
          `{"${this.#by}":${JSON.stringify(name)},"calls":${row.calls},"replies":${times.count},${told.join(',')},` +
          `"outstanding":${outstanding(row)},"errors":${row.errors}}\n`
        );
      })
      .join('');
  }

  #sorted(): [string, Row][] {
    return [...this.#rows].sort(
      ([a, x], [b, y]) => y.calls - x.calls || y.times.count - x.times.count || (a < b ? -1 : 1),
    );
  }
}

/** A reply may belong to a call that the filter or the capture left out. */
function outstanding({ calls, times }: Row): number {
  return Math.max(0, calls - times.count);
}

function numbers(times: Histogram): number[] {
  return [times.min, ...PERCENTILES.map(([, percent]) => times.percentile(percent)), times.max];
}

function microseconds(ns: number): string {
  return (Math.round(ns / 1000) / 1e6).toFixed(6);
}

/** The first column to the left, the others to the right. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** What a message is counted under; a call goes from the client, a reply to it. */
function nameOf(by: Way, pdu: Pdu, programs: Programs): string {
  if (by === 'procedure') {
    const { program, version, procedure } = pdu;
    const name = programs.column(program) ?? String(program);
    return `${name} V${version} ${programs.procedure(program, version, procedure)}`;
  }
  const { flow } = pdu;
  if (flow === null) return '?';
  const fromA = pdu.dir === 0;
  // clients take a new port for every connection: their address tells them apart
  if (by === 'client') return fromA === (pdu.msgtyp === 0) ? flow.aAddr : flow.bAddr;
  return fromA === (pdu.msgtyp === 0) ? endpoint(flow.bAddr, flow.bPort) : endpoint(flow.aAddr, flow.aPort);
}

function wayAndFilter(args: string): [Way, string] {
  const match = /^by=([^,]*)(?:,(.*))?$/s.exec(args);
  if (match === null) return ['procedure', args];
  const way = WAYS.find((name) => name === match[1]);
  if (way === undefined) throw new StatisticError('by= is procedure, client or server');
  return [way, match[2] ?? ''];
}

export const latency: Statistic = {
  name: 'rpc,latency',
  usage: 'rpc,latency[,by=procedure|client|server][,FILTER]',
  descriptions: 'none',
  start(args, context: StatisticContext) {
    const [by, filter] = wayAndFilter(args);
    const latencies = new Latencies(by);
    return {
      bodies: false,
      add: eachMessage(tapFilter(filter, context), (pdu) => {
        if (pdu.dupOf !== 0 || pdu.procedure < 0) return;
        if (pdu.msgtyp === 0) latencies.call(nameOf(by, pdu, context.programs));
        else if (pdu.call !== null && pdu.timeNs >= 0) {
          latencies.reply(nameOf(by, pdu, context.programs), pdu.timeNs, !succeeded(pdu));
        }
      }),
      text: () => latencies.text(),
      ndjson: () => latencies.ndjson(),
    };
  },
};
