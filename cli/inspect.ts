/**
 * `oncilla inspect`: the shell around dissector/inspect.ts. Opens the capture, feeds its packets once or twice,
 * prints what the options ask for, and turns what went wrong into one line: what came before it has been shown.
 */
import { fstatSync } from 'node:fs';
import type { Program } from '../codec/rpc/program.ts';
import type { CaptureError } from '../dissector/capture/errors.ts';
import { type CaptureSource, forEachPacket, openCapture } from '../dissector/capture/for-each-packet.ts';
import { isFilterError, showPlace } from '../dissector/filter/index.ts';
import { Inspection } from '../dissector/inspect.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, EXIT_USAGE, systemReason } from './errors.ts';
import { IDL_OPTIONS } from './idl-options.ts';
import { INSPECT_OPTIONS, TSHARK_LACKING } from './inspect-options.ts';
import {
  countMalformed,
  type End,
  printCalls,
  printFields,
  printProgramStatistics,
} from './inspect-outputs.ts';
import { type InspectSettings, inspectSettings } from './inspect-settings.ts';
import { Progress } from './progress.ts';
import { spool } from './spool.ts';

/** How long packets are handled without looking at signals, and how many between looks at the clock. */
const PAUSE_MS = 50;
const PAUSE_PACKETS = 256;

export const inspect: Command = {
  name: 'inspect',
  describe: 'explain the RPC traffic of a capture file',
  usage: 'inspect [-r] FILE [FILTER] [options]',
  options: { ...INSPECT_OPTIONS, ...IDL_OPTIONS },
  lacking: TSHARK_LACKING,
  async run(args, io) {
    const settings = inspectSettings(args);
    const inspection = makeInspection(settings, await programs(args));
    const { ends, malformed } = await outputs(args, settings, inspection, io);
    const sources = await openSources(settings, io);
    const feed = new Feed(inspection, settings, io);
    let error: CaptureError | null = null;
    for (const [pass, source] of sources.entries()) {
      if (pass > 0) inspection.nextPass();
      error = await feed.pass(source);
      if (io.interrupt.aborted) break;
    }
    inspection.finish();
    for (const end of ends) end();
    io.stdout.flush();
    return status(settings, feed.packets, error, malformed(), io);
  },
};

async function programs(args: Arguments): Promise<readonly Program[]> {
  if (!args.has('idl')) return [];
  const { loadIdl } = await import('./idl-options.ts');
  return loadIdl(args).flatMap((module) => module.programs);
}

function makeInspection(settings: InspectSettings, described: readonly Program[]): Inspection {
  try {
    return new Inspection({ ...settings, programs: described, timeMode: settings.timeFormat });
  } catch (e) {
    if (!isFilterError(e)) throw e;
    const detail = showPlace(settings.filter, e);
    throw new CliError('display filter', e.message, {
      cause: e,
      ...(detail === undefined ? {} : { detail }),
    });
  }
}

async function outputs(
  args: Arguments,
  settings: InspectSettings,
  inspection: Inspection,
  io: Io,
): Promise<{ ends: readonly End[]; malformed: () => number }> {
  const ends: End[] = [];
  const { stdout } = io;
  if (!settings.quiet && settings.format === 'fields') {
    ends.push(printFields(inspection, settings.fields, args.list('fields-option'), stdout));
  }
  let malformed = () => 0;
  if (settings.calls || settings.strict) {
    const { BodyDecoder } = await import('../dissector/stats/bodies.ts');
    const decoder = new BodyDecoder(inspection.walker.programs, () => undefined, !args.has('no-codegen'));
    if (settings.calls && !settings.quiet) ends.push(printCalls(inspection, decoder, settings, stdout));
    if (settings.strict) {
      const counted = countMalformed(inspection, decoder);
      ends.push(counted.end);
      malformed = () => counted.count();
    }
  }
  if (settings.programStatistics) ends.push(printProgramStatistics(inspection, settings.compat, stdout));
  return { ends, malformed };
}

/** The capture, once for each pass. Only a regular file can be opened twice. */
async function openSources(settings: InspectSettings, io: Io): Promise<readonly CaptureSource[]> {
  const { file, twoPass } = settings;
  try {
    const first = openCapture(file);
    if (!twoPass) return [first];
    if (first.fd !== null && file !== '-' && fstatSync(first.fd).isFile()) return [first, openCapture(file)];
    const chunks = first.fd === null || file === '-' ? io.stdin : streamOf(first.fd);
    const copies = await spool(chunks, 2);
    return copies.map((fd) => ({ path: file, fd }));
  } catch (e) {
    if (e instanceof CliError) throw e;
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

  constructor(inspection: Inspection, settings: InspectSettings, io: Io) {
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
    let looked = performance.now();
    try {
      const summary = await forEachPacket(source, (packet, capture) => {
        packets++;
        bytes += packet.caplen + 16;
        inspection.packet(packet, capture.interfaces);
        if (packets >= count) return 'stop';
        if (packets % PAUSE_PACKETS !== 0) return undefined;
        const now = performance.now();
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
