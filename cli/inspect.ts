/**
 * `oncilla inspect`: the shell around dissector/inspect.ts. Opens the capture, feeds its packets once or twice,
 * prints what the options ask for, and turns what went wrong into one line: what came before it has been shown.
 */
import { fstatSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ProgramTable } from '../codec/programs/index.ts';
import type { CaptureError } from '../dissector/capture/errors.ts';
import { type CaptureSource, forEachPacket, openCapture } from '../dissector/capture/for-each-packet.ts';
import type { Inspection } from '../dissector/inspect.ts';
import { ByteWriter } from '../dissector/output/index.ts';
import type { BodyDecoder } from '../dissector/stats/bodies.ts';
import type { Arguments } from './arguments.ts';
import { wantsColor } from './color.ts';
import type { Command, Io } from './command.ts';
import {
  CliError,
  EXIT_INTERRUPTED,
  EXIT_NEGATIVE,
  EXIT_OK,
  EXIT_USAGE,
  isCliError,
  systemReason,
} from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { INSPECT_OPTIONS, TSHARK_LACKING } from './inspect-options.ts';
import { countMalformed, printCalls, printStatistics } from './inspect-outputs.ts';
import { type End, printPackets } from './inspect-packets.ts';
import { type InspectSettings, inspectSettings } from './inspect-settings.ts';
import { Conversations, writePackets } from './inspect-write.ts';
import { readKeyLogs } from './key-logs.ts';
import { newInspection } from './new-inspection.ts';
import { monotonicMs, Progress } from './progress.ts';
import { spool } from './spool.ts';

/** How long packets are handled without looking at signals, and how many between looks at the clock. */
const PAUSE_MS = 50;
const PAUSE_PACKETS = 256;
const FLUSH_MS = 100;

export const inspect: Command = {
  name: 'inspect',
  describe: 'explain the RPC traffic of a capture file',
  usage: 'inspect [-r] FILE [FILTER] [options]',
  options: { ...INSPECT_OPTIONS, ...IDL_OPTIONS },
  lacking: TSHARK_LACKING,
  async run(args, io) {
    const settings = inspectSettings(args);
    const table = await programTable(args, settings);
    const sources = await openSources(settings, io);
    const passes = settings.twoPass ? 2 : 1;
    const conversations = settings.conversations ? new Conversations() : null;
    if (conversations !== null) {
      const first = makeInspection(settings, table);
      first.addTap({ add: (frame, _pdus, matches) => conversations.note(frame, matches) }, false);
      await run(new Feed(first, settings, io, () => undefined), first, sources.splice(0, passes), io);
    }
    const inspection = makeInspection(settings, table);
    const bytes = new ByteWriter({ write: (chunk) => io.stdout.writeBytes(chunk) });
    const { ends, malformed } = await outputs(args, settings, inspection, table, bytes, io);
    if (settings.write !== null) ends.push(writePackets(inspection, settings, conversations, io.stdout));
    const flush = () => {
      bytes.flush();
      io.stdout.flush();
    };
    if (settings.lineBuffered) inspection.addOutput({ frame: flush }, false);
    // all is loaded: V8 takes back the code that was kept of a script only under the flags that it was made under
    keepHeapSmall();
    const feed = new Feed(inspection, settings, io, flush);
    const error = await run(feed, inspection, sources, io);
    for (const end of ends) end();
    io.stdout.flush();
    return status(settings, feed.packets, error, malformed(), io);
  },
};

/** Feeds the passes of one inspection. Returns why the capture could not be read to its end. */
async function run(
  feed: Feed,
  inspection: Inspection,
  sources: readonly CaptureSource[],
  io: Io,
): Promise<CaptureError | null> {
  let error: CaptureError | null = null;
  for (const [pass, source] of sources.entries()) {
    if (pass > 0) inspection.nextPass();
    error = await feed.pass(source);
    if (io.interrupt.aborted) break;
  }
  inspection.finish();
  return error;
}

/** Whether whole packets are shown, down to the fields of arguments and results. */
function showsTrees({ quiet, calls, format, fields, details }: InspectSettings): boolean {
  if (quiet || calls) return false;
  if (format === 'text') return details;
  return format !== 'fields' && format !== 'psml' && fields.length === 0;
}

/**
 * V8 lets its young generation grow to 48 MB for a loop that makes little garbage but some that lives a while
 * (pending calls). Left as it is when the loop begins, -T json of the 150 MB file of mkbig.py takes 85 MB instead of
 * 110, and no longer.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** First words of field names that need no program's description. */
const HEADER_NAMES =
  /^(_ws|arp|data|eth|frame|icmp|icmpv6|ip|ipv6|llc|mpls|null|ppp|raw|rpc|sll|tcp|tls|udp|vlan)$/;

/** Whether the Info column is shown, which tells of arguments and results. */
function showsInfo({ format, quiet, fields }: InspectSettings): boolean {
  if (fields.length > 0) return fields.includes('_ws.col.Info');
  return !quiet && (format === 'text' || format === 'psml');
}

/** The programs of --idl, and the built-in ones where something will look into messages. */
async function programTable(args: Arguments, settings: InspectSettings): Promise<ProgramTable> {
  const table = new ProgramTable();
  const { calls, strict, fields, statistics } = settings;
  const filters = [settings.filter, ...statistics.map(({ args }) => args)];
  const named = [...fields, ...filters.flatMap((filter) => filter.split(/[^\w.]+/))].some((name) => {
    // whether a message is malformed, its program's description tells
    if (/^_ws\.(malformed|expert)\b/.test(name)) return true;
    const [first, ...rest] = name.split('.');
    return (
      rest.length > 0 &&
      /^[a-z_]/i.test(name) &&
      !HEADER_NAMES.test(first!) &&
      !rest[0]!.startsWith('procedure_v')
    );
  });
  const described = statistics.map(({ statistic }) => statistic.descriptions);
  const shown = showsTrees(settings) || showsInfo(settings);
  if (calls || strict || shown || named || described.includes('all')) await table.loadAll();
  else if (described.includes('compounds')) await table.loadCompounds();
  if (args.has('idl')) {
    const { loadIdl } = await import('./idl-options.ts');
    for (const program of loadIdl(args).flatMap((module) => module.programs)) table.add(program);
  }
  return table;
}

function makeInspection(settings: InspectSettings, table: ProgramTable): Inspection {
  const keyLog = readKeyLogs(settings.keyLogFiles);
  const programs = { programs: table.programs(), declared: table };
  return newInspection({ ...settings, ...programs, timeMode: settings.timeFormat, keyLog });
}

async function outputs(
  args: Arguments,
  settings: InspectSettings,
  inspection: Inspection,
  table: ProgramTable,
  bytes: ByteWriter,
  io: Io,
): Promise<{ ends: End[]; malformed: () => number }> {
  const ends: End[] = [];
  const printed = settings.write === null || settings.print || settings.details || settings.hexdump;
  if (!settings.quiet && !settings.calls && printed) {
    ends.push(printPackets(inspection, settings, bytes));
  }
  let malformed = () => 0;
  const { calls, strict, statistics } = settings;
  const decoder =
    calls || strict || statistics.some(({ statistic }) => statistic.descriptions === 'all')
      ? await bodyDecoder(args, inspection, table)
      : null;
  if (calls && decoder !== null && !settings.quiet) {
    ends.push(printCalls(inspection, decoder, settings, wantsColor(args, io), io.stdout, bytes));
  }
  if (strict && decoder !== null) {
    const counted = countMalformed(inspection, decoder);
    ends.push(counted.end);
    malformed = () => counted.count();
  }
  ends.push(printStatistics(inspection, statistics, settings.format === 'ndjson', decoder, io.stdout));
  return { ends, malformed };
}

async function bodyDecoder(
  args: Arguments,
  inspection: Inspection,
  table: ProgramTable,
): Promise<BodyDecoder> {
  const { BodyDecoder } = await import('../dissector/stats/bodies.ts');
  return new BodyDecoder(inspection.walker.programs, table, !args.has('no-codegen'));
}

/** The capture, once for each pass. Only a regular file can be opened twice. */
async function openSources(settings: InspectSettings, io: Io): Promise<CaptureSource[]> {
  const { file, twoPass, conversations } = settings;
  const times = (twoPass ? 2 : 1) * (conversations ? 2 : 1);
  try {
    const first = openCapture(file);
    if (times === 1) return [first];
    if (first.fd !== null && file !== '-' && fstatSync(first.fd).isFile()) {
      return [first, ...Array.from({ length: times - 1 }, () => openCapture(file))];
    }
    const chunks = first.fd === null || file === '-' ? io.stdin : streamOf(first.fd);
    const copies = await spool(chunks, times);
    return copies.map((fd) => ({ path: file, fd }));
  } catch (e) {
    if (isCliError(e)) throw e;
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

async function* streamOf(fd: number): AsyncGenerator<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  yield* createReadStream('', { fd }) as AsyncIterable<Uint8Array>;
}

/** Takes packets from a source to the inspection, looking up now and then. */
class Feed {
  packets = 0;
  readonly #inspection: Inspection;
  readonly #settings: InspectSettings;
  readonly #io: Io;
  readonly #flush: () => void;

  constructor(inspection: Inspection, settings: InspectSettings, io: Io, flush: () => void) {
    this.#flush = flush;
    this.#inspection = inspection;
    this.#settings = settings;
    this.#io = io;
  }

  /** Reads to the end, to the count, or to SIGINT. Returns why the capture could not be read to its end. */
  async pass(source: CaptureSource): Promise<CaptureError | null> {
    const inspection = this.#inspection;
    const { count } = this.#settings;
    const { interrupt } = this.#io;
    const progress = new Progress(
      this.#io.stderr,
      'packets',
      source.fd === null ? 0 : fstatSync(source.fd).size,
    );
    let packets = 0;
    let bytes = 0;
    let looked = monotonicMs();
    let broken: unknown = null;
    // a stream may be live: what it has shown so far is printed while it is silent
    const timer =
      source.fd !== null
        ? undefined
        : setInterval(() => {
            try {
              this.#flush();
            } catch (e) {
              broken ??= e;
            }
          }, FLUSH_MS);
    try {
      const summary = await forEachPacket(source, (packet, capture) => {
        if (broken !== null) throw broken;
        packets++;
        bytes += packet.caplen + 16;
        inspection.packet(packet, capture);
        if (packets >= count) return 'stop';
        if (packets % PAUSE_PACKETS !== 0) return undefined;
        const now = monotonicMs();
        if (now - looked < PAUSE_MS) return undefined;
        looked = now;
        progress.update(packets, bytes);
        // signals are only seen between turns of the event loop
        return new Promise((resolve) => {
          setImmediate(() => resolve(interrupt.aborted ? 'stop' : undefined));
        });
      });
      return summary.error;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).syscall === undefined) throw e;
      throw new CliError(this.#settings.file, systemReason(e), { cause: e });
    } finally {
      clearInterval(timer);
      progress.clear();
      this.packets = packets;
    }
  }
}

function status(
  settings: InspectSettings,
  packets: number,
  error: CaptureError | null,
  malformed: number,
  io: Io,
): number {
  if (io.interrupt.aborted) {
    io.stderr.write(`oncilla: ${settings.file}: interrupted after ${packets} packets\n`);
    return EXIT_INTERRUPTED;
  }
  if (error !== null) {
    throw new CliError(settings.file, `${error.message} at offset ${error.offset}`, {
      status: EXIT_USAGE,
      cause: error,
    });
  }
  if (settings.strict && malformed > 0) {
    io.stderr.write(`oncilla: ${settings.file}: ${malformed} malformed calls or replies\n`);
    return EXIT_NEGATIVE;
  }
  return EXIT_OK;
}
