/**
 * The corpus that recorded sessions hold: calls of the fuzzed procedures whose arguments decode, the values of their
 * replies, and what each connection called in order. Pure; what a capture holds is anybody's bytes and never throws.
 */
import { HeaderStatus, MsgType, newHeader, parseHeader, ReplyStat } from '../codec/rpc/index.ts';
import type { RecordedCall, RecordedConnection, RecordedSession } from '../replay/index.ts';
import type { CorpusBuilder, CorpusCall } from './corpus.ts';
import type { FuzzProcedure } from './plan.ts';

/** How much of a session was of use. */
export interface CaptureUse {
  readonly calls: number;
  readonly replies: number;
  /** calls of these procedures whose arguments do not decode, that were cut, or sealed */
  readonly unusable: number;
}

/** Adds what a session has of these procedures. */
export function addCapture(
  corpus: CorpusBuilder,
  session: RecordedSession,
  procedures: readonly FuzzProcedure[],
): CaptureUse {
  const byNumbers = new Map(procedures.map((one) => [keyOf(one, one.declared.procedure.number), one]));
  const connections = new Map<RecordedConnection, CorpusCall[]>();
  let [calls, replies, unusable] = [0, 0, 0];
  for (const call of session.calls) {
    const procedure = byNumbers.get(keyOf(call, call.procedure));
    if (procedure === undefined) continue;
    const made = callOf(call, procedure);
    if (made === null || !corpus.addCall(made)) {
      unusable++;
      continue;
    }
    calls++;
    if (addReply(corpus, call, procedure)) replies++;
    const sequence = connections.get(call.connection);
    if (sequence === undefined) connections.set(call.connection, [made]);
    else sequence.push(made);
  }
  for (const sequence of connections.values()) corpus.addSession(sequence);
  return { calls, replies, unusable };
}

function keyOf(numbers: { readonly program: number; readonly version: number }, procedure: number): string {
  return `${numbers.program}.${numbers.version}.${procedure}`;
}

/** What RPCSEC_GSS wraps is not the arguments as they stand. */
function callOf(call: RecordedCall, procedure: FuzzProcedure): CorpusCall | null {
  if (!call.hasHeader || call.isCut || call.gssProcedure >= 0) return null;
  return { procedure, args: call.bytes.subarray(call.bodyOff) };
}

function addReply(corpus: CorpusBuilder, { reply }: RecordedCall, { declared }: FuzzProcedure): boolean {
  if (reply === null || reply.isCut) return false;
  const { bytes } = reply;
  const header = newHeader();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const status = parseHeader(view, 0, bytes.length, header);
  const isResult =
    status === HeaderStatus.COMPLETE &&
    header.msgType === MsgType.REPLY &&
    header.replyStat === ReplyStat.ACCEPTED &&
    header.acceptStat === 0;
  return isResult && corpus.addResult(declared, bytes.subarray(header.bodyOff));
}
