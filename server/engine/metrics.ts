/**
 * What the engine counts, and the Prometheus text of it. Counting is additions into arrays; text is made when asked.
 * Label values that come from a `.x` or a URL are escaped; none comes from a peer's bytes.
 */
import { escapeLabel } from '../../codec/escape/index.ts';
import { VERDICT_NAMES, type Verdict } from '../../codec/rpc/incoming.ts';
import type { DispatchObserver, DropReason } from '../../transport/peer-dispatch.ts';
import type { ServedProcedure } from '../../transport/peer-services.ts';
import { type Family, familyText, labelled, metric } from './metrics-text.ts';
import type { UdpDropReason } from './udp.ts';

/** Upper bounds of the latency buckets, in milliseconds. */
export const LATENCY_BUCKETS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
] as const;

/** Gauges, read when the text is made. */
export interface Depths {
  readonly connections: number;
  readonly newcomers: number;
  readonly inFlight: number;
  readonly queuedBytes: number;
  readonly callbacks: number;
  readonly stopped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const VERDICTS = VERDICT_NAMES.length;
const BUCKETS = LATENCY_BUCKETS.length + 1;

/** One served procedure's counters. */
interface ProcedureCounts {
  readonly verdicts: Float64Array;
  readonly buckets: Float64Array;
  milliseconds: number;
}

function newCounts(): ProcedureCounts {
  return { verdicts: new Float64Array(VERDICTS), buckets: new Float64Array(BUCKETS), milliseconds: 0 };
}

export interface MetricsOptions {
  readonly now?: () => number;
  /** told of every failure of ours: a handler that threw, a result that is none */
  readonly onFailure?: (error: unknown, procedure: ServedProcedure) => void;
}

export class Metrics implements DispatchObserver {
  readonly now: () => number;
  readonly #onFailure: MetricsOptions['onFailure'];
  /** by the procedure's index; a procedure never called has none */
  readonly #calls: (ProcedureCounts | undefined)[] = [];
  readonly #procedures: (ServedProcedure | undefined)[] = [];
  /** calls that named nothing that is served */
  readonly #unknown = newCounts();
  readonly #drops = new Map<string, number>();
  readonly #accepted = new Map<string, number>();
  readonly #ended = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  constructor(options: MetricsOptions = {}) {
    this.now = options.now ?? (() => performance.now());
    this.#onFailure = options.onFailure;
  }

  answered(procedure: ServedProcedure | null, verdict: Verdict, milliseconds: number): void {
    let counts = procedure === null ? this.#unknown : this.#calls[procedure.index];
    if (counts === undefined) counts = this.#add(procedure as ServedProcedure);
    counts.verdicts[verdict] = (counts.verdicts[verdict] as number) + 1;
    let bucket = 0;
    while (bucket < LATENCY_BUCKETS.length && milliseconds > (LATENCY_BUCKETS[bucket] as number)) bucket++;
    counts.buckets[bucket] = (counts.buckets[bucket] as number) + 1;
    counts.milliseconds += milliseconds;
  }

  dropped(reason: DropReason | UdpDropReason): void {
    increment(this.#drops, reason);
  }

  failed(error: unknown, procedure: ServedProcedure): void {
    this.#onFailure?.(error, procedure);
  }

  connectionAccepted(transport: string): void {
    increment(this.#accepted, transport);
  }

  /** `reason`: how the connection ended, or why the engine ended it. */
  connectionEnded(reason: string): void {
    increment(this.#ended, reason);
  }

  connectionRefused(reason: 'connections' | 'draining'): void {
    increment(this.#refused, reason);
  }

  /** Calls answered so far with this verdict, of one procedure by name, or of all. */
  calls(verdict?: Verdict, procedure?: string): number {
    const all = this.#calls.filter(
      (_, i) => procedure === undefined || this.#procedures[i]?.procedure.name === procedure,
    );
    if (procedure === undefined) all.push(this.#unknown);
    let sum = 0;
    for (const counts of all) {
      if (counts === undefined) continue;
      if (verdict === undefined) for (const n of counts.verdicts) sum += n;
      else sum += counts.verdicts[verdict] as number;
    }
    return sum;
  }

  drops(reason: string): number {
    return this.#drops.get(reason) ?? 0;
  }

  ended(reason: string): number {
    return this.#ended.get(reason) ?? 0;
  }

  refused(reason: string): number {
    return this.#refused.get(reason) ?? 0;
  }

  /** The Prometheus text of everything counted, and of what `more` has. */
  text(depths: Depths, more: readonly Family[] = []): string {
    const families = [
      metric('connections', 'gauge', 'open connections', depths.connections),
      metric(
        'connections_without_call',
        'gauge',
        'open connections that have made no whole call yet',
        depths.newcomers,
      ),
      metric('connections_stopped', 'gauge', 'connections not read from, for back-pressure', depths.stopped),
      metric('calls_in_flight', 'gauge', 'calls whose handler has not finished', depths.inFlight),
      metric('callbacks_outstanding', 'gauge', 'calls to clients without a reply', depths.callbacks),
      metric('queued_bytes', 'gauge', 'bytes of replies not yet taken', depths.queuedBytes),
      metric('received_bytes_total', 'counter', 'bytes of messages received', depths.bytesIn),
      metric('sent_bytes_total', 'counter', 'bytes of messages sent', depths.bytesOut),
      metric(
        'connections_accepted_total',
        'counter',
        'connections taken',
        labelled('transport', this.#accepted),
      ),
      metric('connections_ended_total', 'counter', 'connections ended', labelled('reason', this.#ended)),
      metric(
        'connections_refused_total',
        'counter',
        'connections turned away',
        labelled('reason', this.#refused),
      ),
      metric(
        'dropped_total',
        'counter',
        'messages thrown away without answer',
        labelled('reason', this.#drops),
      ),
      ...more,
    ];
    const out = families.map(familyText);
    this.#callText(out);
    return `${out.join('\n')}\n`;
  }

  #callText(out: string[]): void {
    const rows = this.#calls.flatMap((counts, i) => {
      const procedure = this.#procedures[i];
      return counts === undefined || procedure === undefined ? [] : [[labelsOf(procedure), counts] as const];
    });
    rows.push(['program="",version="",procedure=""', this.#unknown]);
    const calls = rows.flatMap(([labels, { verdicts }]) =>
      VERDICT_NAMES.map((name, i) => [`${labels},verdict="${name}"`, verdicts[i] as number] as const).filter(
        ([, n]) => n > 0,
      ),
    );
    out.push(
      familyText(metric('calls_total', 'counter', 'calls answered', calls)),
      '# HELP oncilla_call_seconds time from a call to its reply',
      '# TYPE oncilla_call_seconds histogram',
    );
    for (const [labels, { buckets, milliseconds }] of rows) {
      let sum = 0;
      buckets.forEach((n, i) => {
        sum += n;
        const bound = LATENCY_BUCKETS[i];
        const le = bound === undefined ? '+Inf' : String(bound / 1000);
        out.push(`oncilla_call_seconds_bucket{${labels},le="${le}"} ${sum}`);
      });
      out.push(`oncilla_call_seconds_sum{${labels}} ${milliseconds / 1000}`);
      out.push(`oncilla_call_seconds_count{${labels}} ${sum}`);
    }
  }

  #add(procedure: ServedProcedure): ProcedureCounts {
    const counts = newCounts();
    this.#calls[procedure.index] = counts;
    this.#procedures[procedure.index] = procedure;
    return counts;
  }
}

function labelsOf({ program, version, procedure }: ServedProcedure): string {
  return `program="${program}",version="${version}",procedure="${escapeLabel(procedure.name)}"`;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
