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
  encodeRecord,
  HeaderStatus,
  isRpcError,
  MsgType,
  newHeader,
  parseHeader,
  RecordReader,
  sysCredential,
} from '../codec/rpc/index.ts';
import { judgeCredential } from '../codec/rpc/judge-credential.ts';
import { RECORD_LIMITS } from '../codec/rpc/record-reader.ts';
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
  /** which field of the arguments is refused, elements of arrays alike; '' where it is the message that is too short or long */
  readonly at: string;
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

/** What may come of one whole message. */
export function expectMessage(bytes: Uint8Array, served: Served, profile: Profile): Expectation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const status = parseHeader(view, 0, bytes.length, header);
  const lax = profile === 'lenient';
  if (header.msgType === MsgType.CALL) {
    if (status === HeaderStatus.BAD_RPCVERS)
      return only(Outcome.RPC_MISMATCH, lax && NO_REPLY | Outcome.GARBAGE_ARGS);
    if (status === HeaderStatus.BAD_AUTH_LENGTH)
      return only(Outcome.AUTH_ERROR, lax && NO_REPLY | Outcome.GARBAGE_ARGS);
  }
  if (status === HeaderStatus.TRUNCATED) return { ...only(NO_REPLY, 0), refused: 'HEADER' };
  if (status !== HeaderStatus.COMPLETE || header.msgType !== MsgType.CALL) return only(NO_REPLY, 0);
  if (judgeCredential(header, view, 'tcp') === AuthStat.AUTH_OK) return expectCall(bytes, served, profile);
  const denied = only(Outcome.AUTH_ERROR, lax && NO_REPLY);
  if (!lax || !isLongSys(bytes)) return denied;
  const call = expectCall(bytes, served, profile);
  return { ...call, allowed: call.allowed | denied.allowed };
}

/** What may come of a call whose credential is in order; `header` is its. */
function expectCall(bytes: Uint8Array, served: Served, profile: Profile): Expectation {
  const { program, version, procedure, bodyOff } = header;
  const found = served.find(program, version, procedure);
  if (found === 'program') return only(Outcome.PROG_UNAVAIL, 0);
  // A server may have versions and procedures that the `.x` at hand does not tell of.
  const lax = profile === 'lenient';
  const more = lax ? Outcome.SUCCESS | Outcome.GARBAGE_ARGS | Outcome.PROC_UNAVAIL | Outcome.AUTH_ERROR : 0;
  if (found === 'version') return only(Outcome.PROG_MISMATCH, more);
  if (found === 'procedure') return only(Outcome.PROC_UNAVAIL, more);
  return expectArguments(bytes, bodyOff, found, profile);
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
): Expectation {
  const refused = refusal(bytes, off, declared, false);
  if (refused === null) return { allowed: Outcome.SUCCESS, refused: null, at: '', declared };
  if (profile === 'strict') return { allowed: Outcome.GARBAGE_ARGS, ...refused, declared };
  const really = refusal(bytes, off, declared, true);
  if (really === null || HARMLESS.has(really.refused)) {
    return { allowed: Outcome.GARBAGE_ARGS | Outcome.SUCCESS, refused: null, at: '', declared };
  }
  return { allowed: Outcome.GARBAGE_ARGS, ...really, declared };
}

interface Refusal {
  readonly refused: XdrErrorCode;
  readonly at: string;
}

function refusal(
  bytes: Uint8Array,
  off: number,
  declared: DeclaredProcedure,
  lenient: boolean,
): Refusal | null {
  // Most cases are refused, nobody sees these errors, and a stack costs more than the decoding.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    decodeArguments(declared, bytes, off, bytes.length, lenient ? LENIENT : STRICT);
    return null;
  } catch (e) {
    if (!isXdrError(e)) throw e;
    return { refused: e.code, at: OF_MESSAGE.has(e.code) ? '' : e.path.replace(/\[\d+\]/g, '[]') };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Refusals of a message as a whole: which field is the first that is not there is chance. */
const OF_MESSAGE: ReadonlySet<XdrErrorCode> = new Set(['TRUNCATED', 'TRAILING']);

const STRICT = { limits: SERVER_LIMITS };
const LENIENT = { limits: SERVER_LIMITS, lenient: true };

function only(allowed: Outcomes, more: Outcomes | false): Expectation {
  return { allowed: allowed | (more === false ? 0 : more), refused: null, at: '', declared: null };
}

/** The messages that bytes of a stream hold, as our own record reader takes them out. */
export function frame(stream: Uint8Array): Framed {
  if (isOneRecord(stream)) return { messages: [stream.subarray(4)], state: 'open' };
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

/** Whether bytes are one record in one fragment, as nearly all are, and no longer than a reader takes. */
function isOneRecord(stream: Uint8Array): boolean {
  const { length } = stream;
  if (length <= 4 || length > RECORD_LIMITS.recordBytes) return false;
  return (
    new DataView(stream.buffer, stream.byteOffset, 4).getUint32(0) === (LAST_FRAGMENT | (length - 4)) >>> 0
  );
}

const LAST_FRAGMENT = 0x80000000;

/** A message as it is sent: as one record on a stream, itself as a datagram. */
export function onWire(message: Uint8Array, stream: boolean): Uint8Array {
  return stream ? encodeRecord(message) : message;
}

/** What `onWire` was given. */
export function offWire(bytes: Uint8Array, stream: boolean): Uint8Array {
  return stream ? bytes.subarray(4) : bytes;
}
