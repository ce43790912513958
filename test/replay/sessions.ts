/** Sessions for tests: from the repository's captures, and made of single calls of the port mapper and VIRT. */
import { join } from 'node:path';
import { ProgramTable } from '../../codec/programs/index.ts';
import { encodeCall, encodeReply, type OpaqueAuth } from '../../codec/rpc/index.ts';
import { encode } from '../../codec/xdr/index.ts';
import { loadSession, type Outcome, type RecordedCall, type RecordedSession } from '../../replay/index.ts';

export const capture = (name: string): string => join(import.meta.dirname, '../../captures', name);

export async function allPrograms(): Promise<ProgramTable> {
  const table = new ProgramTable();
  await table.loadAll();
  return table;
}

export async function sessionOf(name: string, filter?: string): Promise<RecordedSession> {
  const table = await allPrograms();
  return (await loadSession(capture(name), { table, ...(filter === undefined ? {} : { filter }) })).session;
}

export const VIRT = { program: 0x20001a65, version: 1 };
export const PMAP = { program: 100000, version: 2 };

export interface Told {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly args?: Uint8Array;
  readonly connection?: number;
  readonly credential?: OpaqueAuth;
  /** results; absent: no answer */
  readonly results?: Uint8Array;
  /** messages of the capture between call and reply, of which there are that many more */
  readonly repliesAfter?: number;
  readonly atNs?: number;
}

/** A recorded call; `position` numbers its messages. */
export function recordedCall(
  told: Told,
  number: number,
  position: number,
  replyPosition: number,
): RecordedCall {
  const { program, version, procedure, args, connection = 0, credential, results, atNs = 0 } = told;
  const init = { xid: 1000 + number, program, version, procedure };
  const bytes = encodeCall(credential === undefined ? init : { ...init, credential }, args);
  return {
    bytes,
    position,
    frame: position + 1,
    atNs,
    isCut: false,
    number,
    connection: {
      index: connection,
      transport: 'tcp',
      client: `127.0.0.1:${700 + connection}`,
      server: '127.0.0.1:9',
    },
    xid: init.xid,
    program,
    version,
    procedure,
    flavor: credential?.flavor ?? 0,
    gssProcedure: -1,
    gssService: -1,
    hasHeader: true,
    bodyOff: bytes.length - (args?.length ?? 0),
    reply:
      results === undefined
        ? null
        : {
            bytes: encodeReply({ xid: init.xid, verdict: 'SUCCESS' }, results),
            position: replyPosition,
            frame: replyPosition + 1,
            atNs: atNs + 1000,
            isCut: false,
          },
  };
}

/** Calls one after another, each answered before the next. */
export function sessionFrom(told: readonly Told[]): RecordedSession {
  const calls = told.map((one, i) => recordedCall(one, i + 1, 2 * i, 2 * i + 1));
  const connections = [...new Map(calls.map(({ connection }) => [connection.index, connection])).values()];
  // one object for each connection, as a recorder makes them
  const same = calls.map((call) => ({
    ...call,
    connection: connections.find(({ index }) => index === call.connection.index)!,
  }));
  return { connections, calls: same, callbacks: [], startedAt: 0, repeated: 0, orphans: 0, foreign: 0 };
}

/** The arguments or results of a procedure, encoded. */
export async function body(told: Told, part: 'argument' | 'result', value: unknown): Promise<Uint8Array> {
  const found = (await allPrograms()).procedure(told.program, told.version, told.procedure)!;
  return encode(found.procedure[part], value);
}

/** What became of a call: answered as recorded, unless told otherwise. */
export const outcome = (given: Partial<Outcome> = {}): Outcome => ({
  call: null,
  isCallback: false,
  procedure: 'P.A',
  verdict: 'same',
  unsent: null,
  isMutated: false,
  changes: [],
  note: '',
  sentNs: 5,
  lateNs: null,
  recordedNs: 100,
  replayedNs: 200,
  ...given,
});
