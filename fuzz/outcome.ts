/**
 * What may come of a call, as bits, so that a set of them is a number: RFC 5531's verdicts, no answer, the end of the
 * connection. And what did come, read from a reply's bytes. Pure; hostile bytes never throw.
 */
import {
  AcceptStat,
  acceptStatName,
  type DeclaredProcedure,
  decodeResult,
  describeStatus,
  HeaderStatus,
  MsgType,
  newHeader,
  parseHeader,
  RejectStat,
  ReplyStat,
} from '../codec/rpc/index.ts';
import { isXdrError } from '../codec/xdr/index.ts';

export const Outcome = {
  SUCCESS: 1,
  PROG_UNAVAIL: 2,
  PROG_MISMATCH: 4,
  PROC_UNAVAIL: 8,
  GARBAGE_ARGS: 16,
  SYSTEM_ERR: 32,
  RPC_MISMATCH: 64,
  AUTH_ERROR: 128,
  /** no reply, and the connection goes on */
  SILENCE: 256,
  /** no reply, and the other side ended the connection */
  CLOSED: 512,
} as const;

/** Several outcomes, or'ed together. */
export type Outcomes = number;

const NAMES = Object.entries(Outcome);

/** 'GARBAGE_ARGS or CLOSED' */
export function outcomesText(outcomes: Outcomes): string {
  const names = NAMES.filter(([, bit]) => (outcomes & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? 'nothing' : names.join(' or ');
}

/** A reply as judged: its one outcome, and what is wrong with the reply itself. */
export interface ReadReply {
  readonly outcome: Outcomes;
  /** why it is no reply that RFC 5531 and the `.x` allow; null when it is one */
  readonly fault: string | null;
}

const BY_ACCEPT_STAT: readonly Outcomes[] = [
  Outcome.SUCCESS,
  Outcome.PROG_UNAVAIL,
  Outcome.PROG_MISMATCH,
  Outcome.PROC_UNAVAIL,
  Outcome.GARBAGE_ARGS,
  Outcome.SYSTEM_ERR,
];

const header = newHeader();

/**
 * Reads a reply without its record mark. `declared`: the procedure that was called, whose result a SUCCESS must hold;
 * null where the call named none.
 */
export function readReply(bytes: Uint8Array, declared: DeclaredProcedure | null): ReadReply {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const status = parseHeader(view, 0, bytes.length, header);
  if (status !== HeaderStatus.COMPLETE) return { outcome: 0, fault: describeStatus(status) };
  if (header.msgType !== MsgType.REPLY) return { outcome: 0, fault: 'not a reply' };
  if (header.replyStat === ReplyStat.DENIED) {
    const mismatch = header.rejectStat === RejectStat.RPC_MISMATCH;
    return withoutBody(mismatch ? Outcome.RPC_MISMATCH : Outcome.AUTH_ERROR, bytes, rangeFault(mismatch));
  }
  const outcome = BY_ACCEPT_STAT[header.acceptStat] as Outcomes;
  if (header.acceptStat !== AcceptStat.SUCCESS) {
    return withoutBody(outcome, bytes, rangeFault(header.acceptStat === AcceptStat.PROG_MISMATCH));
  }
  if (declared === null) return { outcome, fault: null };
  try {
    decodeResult(declared, bytes, header.bodyOff, bytes.length);
    return { outcome, fault: null };
  } catch (e) {
    if (!isXdrError(e)) throw e;
    const where = e.path === '' ? 'the result' : e.path;
    return { outcome, fault: `${e.code} in ${where}` };
  }
}

function withoutBody(outcome: Outcomes, bytes: Uint8Array, fault: string | null): ReadReply {
  if (fault !== null) return { outcome, fault };
  const verdict = header.acceptStat < 0 ? 'a denial' : acceptStatName(header.acceptStat);
  return { outcome, fault: header.bodyOff < bytes.length ? `bytes behind ${verdict}` : null };
}

function rangeFault(hasRange: boolean): string | null {
  return hasRange && header.low > header.high ? 'low is above high' : null;
}
