/**
 * What a trace's calls come to, kept up as messages come: per procedure how many, how long and how often wrong, per
 * client how many, and all of it over time. Bounded: clients beyond the first 10,000 share one entry. Nothing throws.
 */
import { endpoint } from '../../dissector/network/address.ts';
import { Histogram } from '../../dissector/stats/histogram.ts';
import type { Programs } from '../../dissector/tree/programs.ts';
import { Timeline } from './timeline.ts';
import { KIND_MASK, REPEAT, REPLY, SUCCESS, type Trace } from './trace.ts';

const MAX_CLIENTS = 10_000;
const OTHERS = 'others';

export interface ProcedureCounts {
  calls: number;
  replies: number;
  /** replies other than SUCCESS, by outcome */
  readonly errors: Map<number, number>;
  repeats: number;
  /** nanoseconds */
  readonly latency: Histogram;
}

export interface ClientCounts {
  calls: number;
  errors: number;
}

/** Series of the timeline. */
export const CALLS = 0;
export const ERRORS = 1;

export class Statistics {
  readonly #trace: Trace;
  /** by procedure number of the trace */
  readonly procedures = new Map<number, ProcedureCounts>();
  readonly clients = new Map<string, ClientCounts>();
  readonly timeline = new Timeline(2);

  constructor(trace: Trace) {
    this.#trace = trace;
    trace.onMessage((message, frame, pdu) => {
      const bits = trace.messageBits.get(message);
      if ((bits & KIND_MASK) !== 0) return;
      const time = frame.packet.sec + frame.packet.nsec / 1e9;
      const counts = this.#procedure(trace.procedure.get(message));
      if ((bits & REPEAT) !== 0) counts.repeats++;
      else if ((bits & REPLY) === 0) {
        counts.calls++;
        this.timeline.add(CALLS, time);
        const { flow, dir } = pdu;
        if (flow === null) return;
        const sender = dir === 0 ? endpoint(flow.aAddr, flow.aPort) : endpoint(flow.bAddr, flow.bPort);
        this.#client(sender).calls++;
      } else this.#reply(message, counts, time, pdu.timeNs, pdu.flow, pdu.dir);
    });
  }

  #reply(
    message: number,
    counts: ProcedureCounts,
    time: number,
    latencyNs: number,
    flow: {
      readonly aAddr: string;
      readonly aPort: number;
      readonly bAddr: string;
      readonly bPort: number;
    } | null,
    dir: 0 | 1,
  ): void {
    counts.replies++;
    if (latencyNs >= 0) counts.latency.add(latencyNs);
    const outcome = this.#trace.outcome.get(message);
    if (outcome === SUCCESS) return;
    counts.errors.set(outcome, (counts.errors.get(outcome) ?? 0) + 1);
    this.timeline.add(ERRORS, time);
    if (flow === null) return;
    const receiver = dir === 1 ? endpoint(flow.aAddr, flow.aPort) : endpoint(flow.bAddr, flow.bPort);
    this.#client(receiver).errors++;
  }

  #procedure(id: number): ProcedureCounts {
    let counts = this.procedures.get(id);
    if (counts === undefined) {
      counts = { calls: 0, replies: 0, errors: new Map(), repeats: 0, latency: new Histogram() };
      this.procedures.set(id, counts);
    }
    return counts;
  }

  #client(name: string): ClientCounts {
    const known = this.clients.has(name) || this.clients.size < MAX_CLIENTS;
    const key = known ? name : OTHERS;
    let counts = this.clients.get(key);
    if (counts === undefined) {
      counts = { calls: 0, errors: 0 };
      this.clients.set(key, counts);
    }
    return counts;
  }
}

/** `PROG_UNAVAIL` and the like, of what a trace keeps of a reply. */
export function outcomeText(outcome: number): string {
  return OUTCOMES[outcome] ?? 'not understood';
}

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'incomplete',
  1: 'SUCCESS',
  2: 'PROG_UNAVAIL',
  3: 'PROG_MISMATCH',
  4: 'PROC_UNAVAIL',
  5: 'GARBAGE_ARGS',
  6: 'SYSTEM_ERR',
  17: 'RPC_MISMATCH',
  18: 'AUTH_ERROR',
};

export const PERCENTILES = [50, 90, 99, 99.9] as const;

/** All of it as JSON; times in seconds. */
export function statisticsJson(statistics: Statistics, trace: Trace, programs: Programs): string {
  const procedures = [...statistics.procedures].map(([id, c]) => {
    const { program, version, procedure } = trace.procedures[id]!;
    const { latency } = c;
    return {
      program,
      programName: programs.column(program) ?? null,
      version,
      procedure,
      procedureName: programs.procedure(program, version, procedure),
      calls: c.calls,
      replies: c.replies,
      repeats: c.repeats,
      errors: Object.fromEntries([...c.errors].map(([outcome, n]) => [outcomeText(outcome), n])),
      latency: {
        min: latency.min / 1e9,
        ...Object.fromEntries(PERCENTILES.map((p) => [`p${p}`, latency.percentile(p) / 1e9])),
        max: latency.max / 1e9,
      },
    };
  });
  const clients = [...statistics.clients].map(([client, counts]) => ({ client, ...counts }));
  const { timeline } = statistics;
  const parts = Math.max(1, timeline.length);
  const over = {
    start: Number.isNaN(timeline.start) ? null : timeline.start,
    seconds: timeline.width,
    calls: timeline.counts(CALLS, parts),
    errors: timeline.counts(ERRORS, parts),
  };
  return `${JSON.stringify({ packets: trace.length, procedures, clients, timeline: over }, null, 2)}\n`;
}
