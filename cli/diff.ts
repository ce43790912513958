/**
 * `oncilla diff`: two traces of the same traffic side by side. The shell around dissector/stats/trace-diff.ts: reads
 * both captures in step, prints each difference when it is settled, and a summary. Status 0 when the traces say the
 * same, 1 when they do not, 2 when one cannot be read.
 */
import { createHash } from 'node:crypto';
import { escapeTerminal } from '../codec/escape/index.ts';
import { ProgramTable } from '../codec/programs/index.ts';
import { type CaptureSource, forEachPacket, openCapture } from '../dissector/capture/for-each-packet.ts';
import type { Inspection } from '../dissector/inspect.ts';
import type { Pdu } from '../dissector/session/pdu.ts';
import { BodyDecoder } from '../dissector/stats/bodies.ts';
import {
  type Body,
  CallAssembler,
  type CallDecoder,
  seconds,
  type Transaction,
} from '../dissector/stats/calls.ts';
import type { Histogram } from '../dissector/stats/histogram.ts';
import { type Difference, TraceDiff } from '../dissector/stats/trace-diff.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { DECODE_OPTIONS, decodeSettings } from './decode-options.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, EXIT_USAGE, systemReason } from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { readKeyLogs } from './key-logs.ts';
import { newInspection } from './new-inspection.ts';
import { pathPattern } from './path-pattern.ts';

/** How many transactions one side may be ahead of the other. */
const STEP = 256;
/** Bytes of a body that no `.x` describes which are kept as such; of a longer one, its digest. */
const MAX_RAW = 256;
const PAUSE_PACKETS = 4096;

export const diff: Command = {
  name: 'diff',
  describe: 'compare two captures of the same traffic, call by call',
  usage: 'diff A.pcap B.pcap [options]',
  options: {
    format: { short: 'T', value: 'FORMAT', choices: ['text', 'ndjson'], describe: 'what to print' },
    json: { describe: 'the same as -T ndjson' },
    ignore: {
      value: 'PATH',
      repeat: true,
      describe: 'a difference at this path is none: result.resok.verf, *.atime (* stands for anything)',
    },
    quiet: { short: 'q', describe: 'print the summary only' },
    'display-filter': {
      short: 'Y',
      value: 'FILTER',
      describe: 'compare only messages in packets that match a display filter',
    },
    ...DECODE_OPTIONS,
    ...IDL_OPTIONS,
  },
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const [a, b] = args.positionals;
  if (a === undefined || b === undefined || args.positionals.length > 2) {
    throw new CliError('diff', 'needs two captures', { hint: 'oncilla diff A.pcap B.pcap' });
  }
  const table = new ProgramTable();
  await table.loadAll();
  if (args.has('idl')) {
    const { loadIdl } = await import('./idl-options.ts');
    for (const program of loadIdl(args).flatMap((module) => module.programs)) table.add(program);
  }
  const ndjson = args.has('json') || args.text('format') === 'ndjson';
  const patterns = args.list('ignore').map(pathPattern);
  const found = new TraceDiff({
    emit(difference) {
      if (args.has('quiet')) return;
      io.stdout.write(ndjson ? differenceJson(difference) : differenceText(difference));
    },
    ...(patterns.length === 0 ? {} : { ignore: (path) => patterns.some((pattern) => pattern.test(path)) }),
  });
  const codegen = !args.has('no-codegen');
  const pace = new Pace();
  // both must open before anything is said of either
  const { keyLogFiles, ...decoding } = decodeSettings(args);
  const programs = { programs: table.programs(), declared: table };
  const options = { ...programs, ...decoding, filter: args.text('display-filter') ?? '' };
  const sides = [
    ['a', a],
    ['b', b],
  ].map(([side, file]) => {
    // secrets that a capture brings are its own
    const inspection = newInspection({ ...options, keyLog: readKeyLogs(keyLogFiles) });
    return new Trace(
      side as 'a' | 'b',
      file!,
      inspection,
      new BodyDecoder(inspection.walker.programs, table, codegen),
      found,
    );
  });
  await Promise.all(sides.map((side) => side.read(pace, io.interrupt)));
  found.finish();
  io.stdout.write(ndjson ? summaryJson(found) : summaryText(found));
  io.stdout.flush();
  if (io.interrupt.aborted) return EXIT_INTERRUPTED;
  for (const { error } of sides) if (error !== null) throw error;
  return found.differs ? EXIT_NEGATIVE : EXIT_OK;
}

/** Keeps two readers within STEP of each other: the one ahead waits for the one behind. */
class Pace {
  readonly #counts = { a: 0, b: 0 };
  #waiting: (() => void) | null = null;

  count(side: 'a' | 'b'): void {
    this.#counts[side]++;
  }

  /** Undefined: go on. */
  wait(side: 'a' | 'b'): Promise<undefined> | undefined {
    const ahead = this.#counts[side] - this.#counts[side === 'a' ? 'b' : 'a'];
    if (ahead <= 0) this.release();
    if (ahead <= STEP) return undefined;
    return new Promise((resolve) => {
      this.#waiting = () => resolve(undefined);
    });
  }

  release(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  /** A side is at its end, and holds nobody up any more. */
  end(side: 'a' | 'b'): void {
    this.#counts[side] = Number.POSITIVE_INFINITY;
    this.release();
  }
}

/** One of the captures. */
class Trace {
  /** why it could not be read to its end; what came before was compared */
  error: CliError | null = null;
  readonly #side: 'a' | 'b';
  readonly #path: string;
  readonly #source: CaptureSource;
  readonly #inspection: Inspection;
  readonly #calls: CallAssembler;
  readonly #onCall: { count: () => void } = { count: () => undefined };

  constructor(side: 'a' | 'b', path: string, inspection: Inspection, bodies: BodyDecoder, found: TraceDiff) {
    this.#side = side;
    this.#path = path;
    this.#source = opened(path);
    this.#inspection = inspection;
    this.#calls = new CallAssembler({
      decoder: new RawBodies(bodies),
      emit: (transaction) => {
        this.#onCall.count();
        found.add(side, transaction);
      },
    });
    this.#inspection.addTap(
      {
        add: (frame, list, matches) => {
          if (!matches) return;
          for (let i = 0; i < list.count; i++) this.#calls.add(frame, list.pdus[i]!);
        },
      },
      true,
    );
  }

  async read(pace: Pace, interrupt: AbortSignal): Promise<void> {
    this.#onCall.count = () => pace.count(this.#side);
    try {
      let packets = 0;
      const summary = await forEachPacket(this.#source, (packet, capture) => {
        this.#inspection.packet(packet, capture);
        const wait = pace.wait(this.#side);
        if (wait !== undefined) return wait;
        if (++packets % PAUSE_PACKETS !== 0) return undefined;
        // signals, and the other side, are only seen between turns of the event loop
        return new Promise((resolve) => {
          setImmediate(() => resolve(interrupt.aborted ? 'stop' : undefined));
        });
      });
      if (summary.error !== null) {
        const { message, offset } = summary.error;
        this.error = new CliError(this.#path, `${message} at offset ${offset}`, { status: EXIT_USAGE });
      }
    } catch (e) {
      if ((e as NodeJS.ErrnoException).syscall === undefined) throw e;
      this.error = new CliError(this.#path, systemReason(e), { cause: e });
    } finally {
      pace.end(this.#side);
    }
    this.#inspection.finish();
    this.#calls.finish();
  }
}

function opened(path: string): CaptureSource {
  try {
    return openCapture(path);
  } catch (e) {
    throw new CliError(path, systemReason(e), { cause: e });
  }
}

/** Gives bodies that no `.x` describes a value all the same: their bytes. */
class RawBodies implements CallDecoder {
  readonly #inner: BodyDecoder;

  constructor(inner: BodyDecoder) {
    this.#inner = inner;
  }

  programName(program: number): string | null {
    return this.#inner.programName(program);
  }

  procedureName(program: number, version: number, procedure: number): string | null {
    return this.#inner.procedureName(program, version, procedure);
  }

  authName(flavor: number, pdu: Pdu | null): string {
    return this.#inner.authName(flavor, pdu);
  }

  words(pdu: Pdu): string {
    return this.#inner.words(pdu);
  }

  args(pdu: Pdu, off: number, end: number): Body {
    return withBytes(this.#inner.args(pdu, off, end), pdu, off, end);
  }

  result(pdu: Pdu, off: number, end: number): Body {
    return withBytes(this.#inner.result(pdu, off, end), pdu, off, end);
  }
}

function withBytes(body: Body, pdu: Pdu, off: number, end: number): Body {
  if (body.malformed.length !== 1 || body.malformed[0]?.code !== 'NO_TYPE') return body;
  const bytes = pdu.buf.subarray(off, end);
  const value =
    bytes.length <= MAX_RAW
      ? bytes.toString('hex')
      : `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`;
  return { json: JSON.stringify(value), malformed: body.malformed };
}

function callText(t: Transaction): string {
  const program = t.programName ?? (t.program === null ? '?' : String(t.program));
  const procedure = t.procedureName ?? (t.procedure === null ? '?' : `proc-${t.procedure}`);
  return `${t.client} → ${t.server} ${program} V${t.version ?? '?'} ${procedure} xid ${xidText(t)}`;
}

function xidText({ xid }: Transaction): string {
  return `0x${xid.toString(16).padStart(8, '0')}`;
}

/** `#12-13`: frames of call and reply. */
function framesText({ call, reply }: Transaction): string {
  return `#${call ?? '?'}-${reply ?? '?'}`;
}

function differenceText(difference: Difference): string {
  if (difference.kind !== 'changed') {
    const { kind, transaction } = difference;
    const side = kind === 'missing' ? 'A' : 'B';
    return `${escapeTerminal(`${kind.padEnd(8)} ${side}${framesText(transaction)} ${callText(transaction)}`)}\n`;
  }
  const { a, b, changes } = difference;
  const lines = changes.map(
    ({ path, a: x, b: y }) => `           ${path}: ${x ?? '(none)'} → ${y ?? '(none)'}`,
  );
  const head = `changed  A${framesText(a)} B${framesText(b)} ${callText(a)}`;
  return [head, ...lines].map((line) => `${escapeTerminal(line)}\n`).join('');
}

function callJson(t: Transaction): string {
  const { call, reply, client, server } = t;
  const time = `${t.sec}.${String(t.nsec).padStart(9, '0')}`;
  const latency = t.latencyNs === null ? null : seconds(t.latencyNs);
  return `{"call":${call},"reply":${reply},"time":${time},"client":${JSON.stringify(client)},"server":${JSON.stringify(server)},"latency":${latency}}`;
}

function numbersJson(t: Transaction): string {
  const { programName, version, procedureName, procedure, program } = t;
  return (
    `"xid":"${xidText(t)}","program":${program},"programName":${JSON.stringify(programName)},"version":${version},` +
    `"procedure":${procedure},"procedureName":${JSON.stringify(procedureName)}`
  );
}

function differenceJson(difference: Difference): string {
  if (difference.kind !== 'changed') {
    const { kind, transaction } = difference;
    const side = kind === 'missing' ? 'a' : 'b';
    return `{"kind":"${kind}",${numbersJson(transaction)},"${side}":${callJson(transaction)}}\n`;
  }
  const { a, b, changes } = difference;
  const told = changes.map(({ path, a: x, b: y }) => ({ path, a: x, b: y }));
  return `{"kind":"changed",${numbersJson(a)},"a":${callJson(a)},"b":${callJson(b)},"changes":${JSON.stringify(told)}}\n`;
}

const SHOWN = [50, 90, 99, 100] as const;

function percentiles(times: Histogram): number[] {
  return SHOWN.map((percent) => (percent === 100 ? times.max : times.percentile(percent)));
}

function summaryText(found: TraceDiff): string {
  const { transactions, latencies, slower, faster, incomplete } = found;
  const line = (name: string, times: Histogram) =>
    times.count === 0
      ? `${name}: none`
      : `${name}: ${percentiles(times)
          .map((ns, i) => `${SHOWN[i] === 100 ? 'max' : `p${SHOWN[i]}`} ${seconds(ns)}`)
          .join('  ')}`;
  return [
    `${transactions.a} calls in A, ${transactions.b} in B: ${found.same} same, ${found.changed} changed, ` +
      `${found.missing} missing, ${found.extra} extra`,
    ...(incomplete === 0 ? [] : [`${incomplete} pairs could only be compared in part`]),
    line('latency in A', latencies.a),
    line('latency in B', latencies.b),
    `${line('slower in B', slower)}${slower.count === 0 ? '' : `  (${slower.count} calls)`}`,
    `${line('faster in B', faster)}${faster.count === 0 ? '' : `  (${faster.count} calls)`}`,
    '',
  ].join('\n');
}

function summaryJson(found: TraceDiff): string {
  const { transactions, same, changed, missing, extra, incomplete, latencies, slower, faster } = found;
  const counts = { calls: transactions, same, changed, missing, extra, incomplete };
  const times = (histogram: Histogram) => {
    const [p50, p90, p99, max] = percentiles(histogram).map((ns) => seconds(ns));
    return histogram.count === 0
      ? '{"count":0}'
      : `{"count":${histogram.count},"p50":${p50},"p90":${p90},"p99":${p99},"max":${max}}`;
  };
  return (
    `${JSON.stringify({ kind: 'summary', ...counts }).slice(0, -1)},"latency":{"a":${times(latencies.a)},` +
    `"b":${times(latencies.b)},"slower":${times(slower)},"faster":${times(faster)}}}\n`
  );
}
