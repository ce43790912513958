/**
 * What a server may make of a message, derived from what our own header parser, credential check and decoder make of
 * the same bytes: there is no list of mutations and verdicts that could disagree with them. `strict` holds a server to
 * RFC 4506 and 5531 to the letter; `lenient` also allows what servers in the field do and no RFC calls an attack:
 * ignoring trailing bytes, padding and unknown enum values, and closing or silence where a message denies itself.
 * Pure; never throws, whatever the bytes.
 */
import {
  AuthFlavor,
  AuthStat,
  type DeclaredProcedure,
  decodeArguments,
  HeaderStatus,
  isRpcError,
  MsgType,
  newHeader,
  parseHeader,
  RecordReader,
  sysCredential,
} from '../codec/rpc/index.ts';
import { judgeCredential } from '../codec/rpc/judge-credential.ts';
import { codecOf, isXdrError, SERVER_LIMITS, type XdrErrorCode } from '../codec/xdr/index.ts';
import { Outcome, type Outcomes } from './outcome.ts';

export type Profile = 'strict' | 'lenient';

/** What is served, as far as the `.x` says. */
export interface Served {
  /** the procedure, or why there is none: its program, version or number is not described */
  find(program: number, version: number, procedure: number): DeclaredProcedure | Missing;
}

export type Missing = 'program' | 'version' | 'procedure';

export interface Expectation {
  readonly allowed: Outcomes;
  /** why the arguments (HEADER: even what is before them) are not there: who has them all the same has them from elsewhere */
  readonly refused: XdrErrorCode | 'HEADER' | null;
  /** whose result a SUCCESS holds */
  readonly declared: DeclaredProcedure | null;
}

/** What these bytes on a stream are: the messages whole records hold, and how the stream stands behind them. */
export interface Framed {
  readonly messages: readonly Uint8Array[];
  readonly state: 'open' | 'partial' | 'refused';
}

const NO_REPLY = Outcome.SILENCE | Outcome.CLOSED;

/** Refusals that C servers do not make, and that lead nowhere they should not be: values, not lengths. */
const HARMLESS: ReadonlySet<XdrErrorCode> = new Set(['RANGE', 'DEPTH']);

const header = newHeader();

/** What may come of one whole message. `others`: verdicts that valid calls of the procedure get too (access, support). */
export function expectMessage(
  bytes: Uint8Array,
  served: Served,
  profile: Profile,
  others: (declared: DeclaredProcedure) => Outcomes = () => 0,
): Expectation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const status = parseHeader(view, 0, bytes.length, header);
  const lax = profile === 'lenient';
  if (header.msgType === MsgType.CALL) {
    if (status === HeaderStatus.BAD_RPCVERS)
      return only(Outcome.RPC_MISMATCH, lax && NO_REPLY | Outcome.GARBAGE_ARGS);
    if (status === HeaderStatus.BAD_AUTH_LENGTH)
      return only(Outcome.AUTH_ERROR, lax && NO_REPLY | Outcome.GARBAGE_ARGS);
  }
  if (status === HeaderStatus.TRUNCATED) return { allowed: NO_REPLY, refused: 'HEADER', declared: null };
  if (status !== HeaderStatus.COMPLETE || header.msgType !== MsgType.CALL) return only(NO_REPLY, 0);
  if (judgeCredential(header, view, 'tcp') === AuthStat.AUTH_OK)
    return expectCall(bytes, served, profile, others);
  const denied = only(Outcome.AUTH_ERROR, lax && NO_REPLY);
  if (!lax || !isLongSys(bytes)) return denied;
  const call = expectCall(bytes, served, profile, others);
  return { ...call, allowed: call.allowed | denied.allowed };
}

/** What may come of a call whose credential is in order; `header` is its. */
function expectCall(
  bytes: Uint8Array,
  served: Served,
  profile: Profile,
  others: (declared: DeclaredProcedure) => Outcomes,
): Expectation {
  const { program, version, procedure, bodyOff } = header;
  const found = served.find(program, version, procedure);
  if (found === 'program') return only(Outcome.PROG_UNAVAIL, 0);
  // A server may have versions and procedures that the `.x` at hand does not tell of.
  const lax = profile === 'lenient';
  const more = lax ? Outcome.SUCCESS | Outcome.GARBAGE_ARGS | Outcome.PROC_UNAVAIL | Outcome.AUTH_ERROR : 0;
  if (found === 'version') return only(Outcome.PROG_MISMATCH, more);
  if (found === 'procedure') return only(Outcome.PROC_UNAVAIL, more);
  return expectArguments(bytes, bodyOff, found, profile, others(found));
}

/** Whether the credential of `header` is AUTH_SYS with nothing wrong but bytes behind it, which few servers look at. */
function isLongSys(bytes: Uint8Array): boolean {
  const { credFlavor, credOff, credLen } = header;
  if (credFlavor !== AuthFlavor.SYS) return false;
  try {
    codecOf(sysCredential).decodeAt(bytes, credOff, credOff + credLen);
    return true;
  } catch (e) {
    if (!isXdrError(e)) throw e;
    return false;
  }
}

function expectArguments(
  bytes: Uint8Array,
  off: number,
  declared: DeclaredProcedure,
  profile: Profile,
  others: Outcomes,
): Expectation {
  const refused = refusal(bytes, off, declared, false);
  if (refused === null) return { allowed: Outcome.SUCCESS | others, refused: null, declared };
  const garbage = Outcome.GARBAGE_ARGS | (others & ~Outcome.SUCCESS);
  if (profile === 'strict') return { allowed: garbage, refused, declared };
  const really = refusal(bytes, off, declared, true);
  if (really === null || HARMLESS.has(really)) {
    return { allowed: garbage | Outcome.SUCCESS, refused: null, declared };
  }
  return { allowed: garbage, refused: really, declared };
}

function refusal(
  bytes: Uint8Array,
  off: number,
  declared: DeclaredProcedure,
  lenient: boolean,
): XdrErrorCode | null {
  try {
    decodeArguments(declared, bytes, off, bytes.length, lenient ? LENIENT : STRICT);
    return null;
  } catch (e) {
    if (!isXdrError(e)) throw e;
    return e.code;
  }
}

const STRICT = { limits: SERVER_LIMITS };
const LENIENT = { limits: SERVER_LIMITS, lenient: true };

function only(allowed: Outcomes, more: Outcomes | false): Expectation {
  return { allowed: allowed | (more === false ? 0 : more), refused: null, declared: null };
}

/** The messages that bytes of a stream hold, as our own record reader takes them out. */
export function frame(stream: Uint8Array): Framed {
  const reader = new RecordReader();
  const messages: Uint8Array[] = [];
  reader.push(stream);
  try {
    for (let record = reader.next(); record !== null; record = reader.next()) messages.push(record.bytes);
  } catch (e) {
    if (!isRpcError(e)) throw e;
    return { messages, state: 'refused' };
  }
  return { messages, state: reader.partial ? 'partial' : 'open' };
}
