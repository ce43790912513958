/**
 * What `replay` does alike in both directions: the programs it knows, the session in a capture, and the capture that is
 * written of what happens. Throws CliError (status 2).
 */
import { ProgramTable } from '../codec/programs/table.ts';
import { openRecording, type Recording } from '../dissector/capture/index.ts';
import { isFilterError } from '../dissector/filter/index.ts';
import { isReplayError, type LoadedSession, loadSession, type RecordedSession } from '../replay/index.ts';
import type { RecordSink } from '../transport/record.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';
import { CliError, systemReason } from './errors.ts';
import { readKeyLogs } from './key-logs.ts';
import { REPORT_ENDINGS } from './replay-options.ts';

/** All built-in programs, and those of `--idl`. */
export async function replayPrograms(args: Arguments): Promise<ProgramTable> {
  const table = new ProgramTable();
  await table.loadAll();
  if (args.has('idl')) {
    const { loadIdl } = await import('./idl-options.ts');
    for (const program of loadIdl(args).flatMap((module) => module.programs)) table.add(program);
  }
  return table;
}

/** The session in a capture, whole and with at least one call. */
export async function sessionIn(
  file: string,
  table: ProgramTable,
  args: Arguments,
  io: Io,
): Promise<RecordedSession> {
  const { session, error } = await load(file, table, args, io);
  if (error !== null) throw new CliError(file, `${error.message} at offset ${error.offset}`);
  if (session.calls.length === 0) throw new CliError(file, 'holds no call to replay');
  return session;
}

async function load(file: string, table: ProgramTable, args: Arguments, io: Io): Promise<LoadedSession> {
  const filter = args.text('filter');
  try {
    return await loadSession(file, {
      table,
      keyLog: readKeyLogs(args.list('keylog')),
      signal: io.interrupt,
      ...(filter === undefined ? {} : { filter }),
    });
  } catch (e) {
    if (isFilterError(e)) throw new CliError('display filter', e.message, { cause: e });
    if (isReplayError(e)) throw new CliError(file, e.message, { cause: e });
    if ((e as NodeJS.ErrnoException).syscall === undefined) throw e;
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

/** The captures that are written while the replay runs. */
export class Recordings {
  /** null: there are none */
  readonly sink: RecordSink | null;
  readonly #recording: Recording | null;

  constructor(files: readonly string[]) {
    const [file, second] = files;
    if (second !== undefined) throw new CliError('--report', 'one .pcapng is enough');
    this.#recording = file === undefined ? null : opened(file);
    this.sink = this.#recording?.synthesiser ?? null;
  }

  close(): void {
    this.#recording?.close();
  }
}

function opened(file: string): Recording {
  try {
    return openRecording(file);
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

/** What kind of report a file is, by its name. */
export function endingOf(file: string): (typeof REPORT_ENDINGS)[number] | undefined {
  return REPORT_ENDINGS.find((ending) => file.endsWith(ending));
}
