/**
 * A session from a capture file: the shell around the dissector and the recorder. Throws the system's error for a file
 * that cannot be opened, FilterError, ReplayError LIMIT; a capture that breaks off gives what came before, and why.
 */
import type { ProgramTable } from '../codec/programs/index.ts';
import type { CaptureError } from '../dissector/capture/index.ts';
import { forEachPacket } from '../dissector/capture/index.ts';
import { Inspection } from '../dissector/inspect.ts';
import type { KeyLog } from '../dissector/tls/index.ts';
import { type RecordedSession, SessionRecorder } from './recorded-session.ts';

export interface LoadOptions {
  readonly table: ProgramTable;
  readonly keyLog?: KeyLog;
  /** display filter: only calls whose frames match are part of the session */
  readonly filter?: string;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface LoadedSession {
  readonly session: RecordedSession;
  readonly error: CaptureError | null;
}

const PAUSE_PACKETS = 4096;

export async function loadSession(path: string, options: LoadOptions): Promise<LoadedSession> {
  const { table, keyLog, filter, maxBytes, signal } = options;
  const inspection = new Inspection({
    programs: table.programs(),
    declared: table,
    ...(keyLog === undefined ? {} : { keyLog }),
    ...(filter === undefined ? {} : { filter }),
  });
  const recorder = new SessionRecorder(maxBytes);
  inspection.addTap(recorder, true);
  let packets = 0;
  const { error } = await forEachPacket(path, (packet, capture) => {
    inspection.packet(packet, capture);
    if (++packets % PAUSE_PACKETS !== 0) return undefined;
    // an interrupt is only seen between turns of the event loop
    return new Promise((resolve) => {
      setImmediate(() => resolve(signal?.aborted ? 'stop' : undefined));
    });
  });
  inspection.finish();
  return { session: recorder.session, error };
}
