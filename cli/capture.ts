/**
 * `oncilla capture`: traffic of an interface, or what passes through a proxy, into a pcapng. Standard output has packets
 * or nothing; what there is to say goes to standard error. Ends by -c, -a, SIGINT or SIGTERM, with a summary.
 */
import { type CaptureFile, isCaptureError, openCaptureFile } from '../dissector/capture/index.ts';
import { SYNTHESISED } from '../dissector/capture/synthesise.ts';
import type { Arguments } from './arguments.ts';
import { CAPTURE_OPTIONS, type LiveSettings, liveSettings } from './capture-options.ts';
import { CaptureWriter } from './capture-writer.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNREACHABLE, systemReason } from './errors.ts';
import type { LiveHooks, LiveSource } from './live-source.ts';
import { monotonicMs, Progress } from './progress.ts';
import { stopSignal } from './stop-signal.ts';

export const capture: Command = {
  name: 'capture',
  describe: 'record live traffic: of an interface, or through a proxy that needs no rights',
  usage: 'capture (-i IFACE [-f BPF] | --proxy LISTEN=TARGET) -w FILE.pcapng [options]',
  options: CAPTURE_OPTIONS,
  run,
};

/** Why a capture ended. */
type End = 'SIGINT' | 'SIGTERM' | 'full' | 'time' | { readonly lost: string } | { readonly error: unknown };

type Source = LiveSource & { readonly summary?: string };

async function run(args: Arguments, io: Io): Promise<number> {
  const settings = liveSettings(args);
  if (settings === null || args.positionals.length > 0) {
    throw new CliError('capture', 'needs -i IFACE or --proxy LISTEN=TARGET');
  }
  const file = fileOf(args);
  const limit = args.integer('count');
  const durationMs = durationOf(args.text('autostop'));
  const quiet = args.has('quiet');
  const say = (text: string): void => {
    io.stderr.write(`oncilla: ${text}\n`);
    io.stderr.flush();
  };
  const signal = stopSignal(io.interrupt);
  const intake = new Intake(quiet ? null : new Progress(io.stderr, 'packets', 0));
  const source = await openSource(settings, io, { bytes: (chunk) => intake.take(chunk), note: say }, say);
  const started = monotonicMs();
  const output = await openOutput(file, io).catch(async (e: unknown) => {
    await source.stop();
    throw e;
  });
  const comment = settings.kind === 'proxy' ? SYNTHESISED : undefined;
  const writer = new CaptureWriter({ write: (blocks) => output.write(blocks), limit, comment });
  let end: End;
  try {
    intake.begin(writer);
    const lost = source.ended.then((why): End => ({ lost: why ?? 'it ended' }));
    end = await Promise.race([intake.ended, signal, lost, after(durationMs)]);
    await source.stop();
    end = intake.failed ?? end;
    if (typeof end === 'object' && 'error' in end) throw end.error;
    writer.end(source);
  } catch (e) {
    throw failure(file, e);
  } finally {
    intake.clear();
    output.close();
  }
  const seconds = ((monotonicMs() - started) / 1000).toFixed(1);
  const to = file === '-' ? 'standard output' : file;
  if (!quiet) say(`${writer.packets} packets in ${seconds} s to ${to}${about(source)}`);
  if (typeof end === 'object') throw new CliError(source.name, end.lost, { status: EXIT_UNREACHABLE });
  return end === 'SIGINT' ? EXIT_INTERRUPTED : EXIT_OK;
}

/**
 * Between a source, whose bytes come whenever they come, and the file: what comes before there is one waits (a mistake
 * in the command line costs nobody the file they had), and what the writing throws ends the capture.
 */
class Intake {
  readonly ended: Promise<End>;
  failed: { readonly error: unknown } | null = null;
  readonly #progress: Progress | null;
  #early: Uint8Array[] = [];
  #writer: CaptureWriter | null = null;
  #over = false;
  #end: (end: End) => void = () => {};

  constructor(progress: Progress | null) {
    this.#progress = progress;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  begin(writer: CaptureWriter): void {
    this.#writer = writer;
    for (const chunk of this.#early.splice(0)) this.take(chunk);
  }

  take(chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#writer === null) {
      this.#early.push(chunk);
      return;
    }
    try {
      this.#over = !this.#writer.take(chunk);
      this.#progress?.update(this.#writer.packets, 0);
      if (this.#over) this.#end('full');
    } catch (error) {
      this.#over = true;
      this.failed = { error };
      this.#end(this.failed);
    }
  }

  clear(): void {
    this.#progress?.clear();
  }
}

/** Resolves after so many milliseconds, and keeps nobody waiting; null: never. */
function after(ms: number | null): Promise<'time'> {
  return new Promise((resolve) => {
    if (ms !== null) setTimeout(() => resolve('time'), ms).unref();
  });
}

async function openSource(
  settings: LiveSettings,
  io: Io,
  hooks: LiveHooks,
  say: (text: string) => void,
): Promise<Source> {
  if (settings.kind === 'proxy') {
    const { captureProxy } = await import('./capture-proxy.ts');
    const source = await captureProxy(settings, hooks);
    say(`listening on ${source.url}`);
    return source;
  }
  const { captureInterface } = await import('./capture-process.ts');
  const source = await captureInterface(settings, io.env, hooks);
  say(`capturing on ${source.name} with ${source.program}`);
  return source;
}

/** What the summary says besides packets. */
function about({ dropped, summary }: Source): string {
  if (summary !== undefined) return `; ${summary}`;
  return dropped === null ? '' : `; ${dropped} dropped by the system`;
}

function fileOf(args: Arguments): string {
  const file = args.text('write');
  if (file === undefined)
    throw new CliError('capture', 'needs -w FILE.pcapng', { hint: '-w - for standard output' });
  if (/\.p?cap$/.test(file)) {
    throw new CliError('-w', `${file}: capture writes pcapng`, {
      hint: 'oncilla inspect FILE.pcapng -w FILE.pcap makes a pcap of it',
    });
  }
  return file;
}

/** Milliseconds; null for no end. */
function durationOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, digits] = /^duration:(\d{1,9}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  const ms = Number(digits) * 1000;
  if (!(ms > 0 && ms < 2 ** 31)) throw new CliError('-a', `"${text}" is not duration:SECONDS`);
  return ms;
}

async function openOutput(file: string, io: Io): Promise<CaptureFile> {
  if (file === '-') return { write: (blocks) => io.stdout.writeBytes(blocks), close: () => {} };
  try {
    return openCaptureFile(file);
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

/** What writing or reading the packets threw, as what to tell. */
function failure(file: string, error: unknown): unknown {
  if (isCaptureError(error)) return new CliError('capture', `at offset ${error.offset}: ${error.message}`);
  return (error as NodeJS.ErrnoException).syscall === undefined
    ? error
    : new CliError(file, systemReason(error), { cause: error });
}
