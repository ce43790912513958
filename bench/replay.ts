/**
 * A recorded session replayed as fast as possible beside `call --concurrency` making the same calls, as many at once.
 * The session is read from a capture. Both run in this process, in turns, to a server in another; both check what
 * every call got.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from '../cli/measure.ts';
import { type Caller, connectCaller } from '../client/caller.ts';
import { ProgramTable } from '../codec/programs/table.ts';
import { encodeCall, encodeRecord, encodeReply } from '../codec/rpc/index.ts';
import { encode } from '../codec/xdr/index.ts';
import { openRecording } from '../dissector/capture/index.ts';
import {
  Bodies,
  Comparer,
  linkOpener,
  loadSession,
  planOf,
  type RecordedSession,
  replay,
  StateMap,
} from '../replay/index.ts';
import { parseTarget } from '../transport/target.ts';
import { median, type Row, times } from './row.ts';
import { RpcServer } from './rpc-process.ts';
import { BENCH } from './rpc-program.ts';

const ROUNDS = 11;
const CALLS = 50_000;
const WINDOW = 64;
const BLOB = new Uint8Array(256).fill(7);

interface Subject {
  readonly name: string;
  readonly procedure: string;
  readonly value: unknown;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'NULL calls', procedure: 'BENCH_NULL', value: undefined },
  { name: `echoes of ${BLOB.length} bytes`, procedure: 'BENCH_ECHO', value: BLOB },
];

function procedureOf(name: string) {
  return BENCH.versions[0]!.procedures.find((one) => one.name === name)!;
}

/** Calls a second. */
async function called(caller: Caller, { procedure: name, value }: Subject): Promise<number> {
  const procedure = procedureOf(name);
  const { milliseconds, calls } = await measure(() => caller.call(BENCH.number, 1, procedure, value), {
    count: CALLS,
    concurrency: WINDOW,
    signal: new AbortController().signal,
    now: () => performance.now(),
    onCall: () => {},
  });
  if (calls !== CALLS) throw new Error(`${calls} of ${CALLS} calls were made`);
  return (calls * 1000) / milliseconds;
}

/** A captured session of them, in which each reply makes room for the next call, as it is in `call`. */
async function captured({ procedure: name, value }: Subject, table: ProgramTable): Promise<RecordedSession> {
  const { number: procedure, argument, result } = procedureOf(name);
  const [args, results] = [encode(argument, value), encode(result, value)];
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-bench-'));
  const file = join(folder, 'calls.pcapng');
  try {
    const recording = openRecording(file);
    const [local, remote] = [700, 701].map((port) => ({
      text: `127.0.0.1:${port}`,
      address: '127.0.0.1',
      port,
    }));
    const sink = recording.synthesiser.open({ kind: 'tcp', side: 'client', local: local!, remote: remote! });
    for (let i = 0; i < CALLS + WINDOW; i++) {
      const done = i - WINDOW;
      if (done >= 0)
        sink.message('received', [encodeRecord(encodeReply({ xid: done, verdict: 'SUCCESS' }, results))]);
      if (i < CALLS) {
        const call = encodeCall({ xid: i, program: BENCH.number, version: 1, procedure }, args);
        sink.message('sent', [encodeRecord(call)]);
      }
    }
    sink.closed(false);
    recording.close();
    const { session } = await loadSession(file, { table });
    if (session.calls.length !== CALLS) throw new Error(`${session.calls.length} of ${CALLS} were captured`);
    return session;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls a second. */
async function replayed(url: string, session: RecordedSession, bodies: Bodies): Promise<number> {
  const map = new StateMap();
  const target = parseTarget(url);
  const { tally, elapsedNs } = await replay({
    plan: planOf(session),
    bodies,
    comparer: new Comparer(bodies, { map }),
    map,
    schedule: { timing: { mode: 'asap' } },
    target: () => target,
    open: linkOpener(),
    timeoutMs: 10_000,
    now: () => performance.now(),
    emit: () => {},
  });
  if (tally.verdicts.same !== CALLS) throw new Error(`${tally.verdicts.same} of ${CALLS} are the same`);
  return (CALLS * 1e9) / elapsedNs;
}

export async function run(_options: { readonly long: boolean }): Promise<Row[]> {
  const server = await RpcServer.start();
  const url = server.ports.engine;
  const rows: Row[] = [];
  try {
    const table = new ProgramTable();
    table.add(BENCH);
    const bodies = new Bodies(table);
    const caller = await connectCaller(url, { outstanding: WINDOW });
    for (const subject of SUBJECTS) {
      const session = await captured(subject, table);
      const [ours, theirs]: [number[], number[]] = [[], []];
      await replayed(url, session, bodies);
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await replayed(url, session, bodies));
        theirs.push(await called(caller, subject));
      }
      const ratio = median(ours.map((rate, round) => rate / theirs[round]!));
      const name = `${subject.name}, ${WINDOW} at once`;
      rows.push(
        {
          name: `replay as fast as possible: ${name}`,
          value: median(ours),
          unit: 'calls/s',
          note: times(ratio, 'call'),
        },
        { name: `call --concurrency ${WINDOW}: ${name}`, value: median(theirs), unit: 'calls/s' },
      );
    }
    caller.close();
  } finally {
    server.stop();
  }
  return rows;
}
