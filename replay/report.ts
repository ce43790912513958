/**
 * A replay as data: what every machine-readable report says. Times are seconds, from integer nanoseconds.
 */
import { seconds } from '../dissector/stats/calls.ts';
import type { Histogram } from '../dissector/stats/histogram.ts';
import type { Latencies, Outcome } from './outcome.ts';
import type { Replayed } from './run.ts';

/** What was replayed, to where. */
export interface ReportSubject {
  readonly capture: string;
  readonly targets: readonly string[];
  readonly timing: string;
  readonly calls: number;
  readonly connections: number;
}

const PERCENTILES = [50, 90, 99, 99.9] as const;

function secondsOf(ns: number | null): number | null {
  return ns === null ? null : Number(seconds(Math.round(ns)));
}

/** One call and its verdict. */
export function outcomeData(outcome: Outcome): object {
  const { call, isCallback, procedure, verdict, unsent, isMutated, changes, note } = outcome;
  return {
    number: call?.number ?? null,
    direction: isCallback ? 'callback' : 'call',
    procedure,
    program: call?.program ?? null,
    version: call?.version ?? null,
    procedureNumber: call?.procedure ?? null,
    connection: call?.connection.index ?? null,
    callFrame: call?.frame ?? null,
    replyFrame: call?.reply?.frame ?? null,
    verdict,
    unsent,
    mutated: isMutated,
    note,
    changes,
    sent: secondsOf(outcome.sentNs),
    late: secondsOf(outcome.lateNs),
    recordedLatency: secondsOf(outcome.recordedNs),
    replayedLatency: secondsOf(outcome.replayedNs),
  };
}

export function histogramData(times: Histogram): object {
  if (times.count === 0) return { count: 0 };
  const at = PERCENTILES.map((percent) => [`p${percent}`, secondsOf(times.percentile(percent))]);
  return {
    count: times.count,
    min: secondsOf(times.min),
    ...Object.fromEntries(at),
    max: secondsOf(times.max),
  };
}

function latencyData({ recorded, replayed }: Latencies): object {
  return { recorded: histogramData(recorded), replayed: histogramData(replayed) };
}

export function summaryData(
  subject: ReportSubject,
  { tally, elapsedNs, lost, isInterrupted }: Replayed,
): object {
  return {
    ...subject,
    elapsed: secondsOf(elapsedNs),
    sent: tally.sent,
    resent: tally.resent,
    ...tally.verdicts,
    unsent: Object.fromEntries(tally.unsent),
    unreplayable: tally.unreplayable,
    lost: lost?.message ?? null,
    interrupted: isInterrupted,
    late: histogramData(tally.late),
    latency: { ...latencyData(tally.all), sinceDue: histogramData(tally.sinceDue) },
    procedures: Object.fromEntries([...tally.procedures].map(([name, times]) => [name, latencyData(times)])),
  };
}

/** The whole as one JSON document. */
export function jsonReport(subject: ReportSubject, replayed: Replayed, outcomes: readonly Outcome[]): string {
  const document = { kind: 'replay', version: 1, summary: summaryData(subject, replayed) };
  const calls = outcomes.map((outcome) => JSON.stringify(outcomeData(outcome)));
  return `${JSON.stringify(document).slice(0, -1)},"calls":[\n${calls.join(',\n')}\n]}\n`;
}

/** A line for each call, then one for the summary. */
export function ndjsonReport(
  subject: ReportSubject,
  replayed: Replayed,
  outcomes: readonly Outcome[],
): string {
  const lines = outcomes.map((outcome) => JSON.stringify({ kind: 'call', ...outcomeData(outcome) }));
  return [...lines, JSON.stringify({ kind: 'summary', ...summaryData(subject, replayed) }), ''].join('\n');
}
