/**
 * RPC messages (RFC 5531 section 9). `parseHeader` reads any bytes without allocating and never throws: it says
 * how far it came. `decodeMessage` throws RpcError for what is no whole message; the encoders for what cannot be
 * sent. Bodies (arguments, results, credentials) are byte ranges here; other modules know their types.
 */
import { RpcError } from './errors.ts';

// --- constants

export const RPC_VERSION = 2;

/** Longest credential or verifier body, in bytes (RFC 5531 section 8.2). */
export const MAX_AUTH_BYTES = 400;

export const MsgType = { CALL: 0, REPLY: 1 } as const;

export const ReplyStat = { ACCEPTED: 0, DENIED: 1 } as const;

export const AcceptStat = {
  SUCCESS: 0,
  PROG_UNAVAIL: 1,
  PROG_MISMATCH: 2,
  PROC_UNAVAIL: 3,
  GARBAGE_ARGS: 4,
  SYSTEM_ERR: 5,
} as const;

export const RejectStat = { RPC_MISMATCH: 0, AUTH_ERROR: 1 } as const;

export const AuthStat = {
  AUTH_OK: 0,
  AUTH_BADCRED: 1,
  AUTH_REJECTEDCRED: 2,
  AUTH_BADVERF: 3,
  AUTH_REJECTEDVERF: 4,
  AUTH_TOOWEAK: 5,
  AUTH_INVALIDRESP: 6,
  AUTH_FAILED: 7,
  AUTH_KERB_GENERIC: 8,
  AUTH_TIMEEXPIRE: 9,
  AUTH_TKT_FILE: 10,
  AUTH_DECODE: 11,
  AUTH_NET_ADDR: 12,
  RPCSEC_GSS_CREDPROBLEM: 13,
  RPCSEC_GSS_CTXPROBLEM: 14,
} as const;

/** How far `parseHeader` came. Everything but COMPLETE leaves `bodyOff` -1 and `stop` where it gave up. */
export const HeaderStatus = {
  COMPLETE: 0,
  /** the bytes ended inside the header; what was read before is valid */
  TRUNCATED: 1,
  /** msg_type is neither 0 nor 1 */
  BAD_MSGTYPE: 2,
  /** a call whose rpcvers is not 2: nothing after it is trusted */
  BAD_RPCVERS: 3,
  /** a credential or verifier longer than the limit */
  BAD_AUTH_LENGTH: 4,
  BAD_REPLY_STAT: 5,
  BAD_ACCEPT_STAT: 6,
  BAD_REJECT_STAT: 7,
} as const;
export type HeaderStatus = (typeof HeaderStatus)[keyof typeof HeaderStatus];

// --- types

/**
 * A header as found on the wire. One object serves any number of messages. A number that was not on the wire, or
 * not reached, is -1. Offsets are those of the DataView given to `parseHeader`. `credLen` and `verfLen` are the
 * wire's lengths, without padding.
 */
export interface RpcHeader {
  status: HeaderStatus;
  /** where reading stopped: `bodyOff` when complete, else the start of the item that is missing or wrong */
  stop: number;
  xid: number;
  msgType: number;
  rpcvers: number;
  program: number;
  version: number;
  procedure: number;
  credFlavor: number;
  credOff: number;
  credLen: number;
  verfFlavor: number;
  verfOff: number;
  verfLen: number;
  replyStat: number;
  acceptStat: number;
  rejectStat: number;
  authStat: number;
  /** PROG_MISMATCH: program versions served. RPC_MISMATCH: RPC versions served. */
  low: number;
  high: number;
  /** start of arguments or results (or of bytes after a complete verdict) */
  bodyOff: number;
}

/** A credential or verifier: its flavor, and the flavor's own bytes without length or padding. */
export interface OpaqueAuth {
  readonly flavor: number;
  readonly body: Uint8Array;
}

export interface RpcCall {
  readonly type: 'call';
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly credential: OpaqueAuth;
  readonly verifier: OpaqueAuth;
  /** the arguments as bytes; views into what was decoded */
  readonly body: Uint8Array;
}

/** `low` and `high` belong to PROG_MISMATCH. `body`: the results for SUCCESS, else what follows the verdict. */
export interface RpcAcceptedReply {
  readonly type: 'accepted';
  readonly xid: number;
  readonly verifier: OpaqueAuth;
  readonly stat: number;
  readonly low?: number;
  readonly high?: number;
  readonly body: Uint8Array;
}

/** `low` and `high` belong to RPC_MISMATCH, `authStat` to AUTH_ERROR. */
export interface RpcDeniedReply {
  readonly type: 'denied';
  readonly xid: number;
  readonly stat: number;
  readonly low?: number;
  readonly high?: number;
  readonly authStat?: number;
}

export type RpcReply = RpcAcceptedReply | RpcDeniedReply;
export type RpcMessage = RpcCall | RpcReply;

/** What `encodeCall` needs; credential and verifier default to AUTH_NONE. */
export interface CallInit {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly credential?: OpaqueAuth;
  readonly verifier?: OpaqueAuth;
}

/** What `encodeReply` needs: one shape per verdict; the verifier of accepted replies defaults to AUTH_NONE. */
export type ReplyInit =
  | { readonly xid: number; readonly verdict: 'SUCCESS'; readonly verifier?: OpaqueAuth }
  | {
      readonly xid: number;
      readonly verdict: 'PROG_UNAVAIL' | 'PROC_UNAVAIL' | 'GARBAGE_ARGS' | 'SYSTEM_ERR';
      readonly verifier?: OpaqueAuth;
    }
  | {
      readonly xid: number;
      readonly verdict: 'PROG_MISMATCH';
      readonly low: number;
      readonly high: number;
      readonly verifier?: OpaqueAuth;
    }
  | { readonly xid: number; readonly verdict: 'RPC_MISMATCH'; readonly low: number; readonly high: number }
  | { readonly xid: number; readonly verdict: 'AUTH_ERROR'; readonly authStat: number };

// --- parse

/** An empty header to parse into. */
export function newHeader(): RpcHeader {
  return {
    status: HeaderStatus.TRUNCATED,
    stop: 0,
    xid: -1,
    msgType: -1,
    rpcvers: -1,
    program: -1,
    version: -1,
    procedure: -1,
    credFlavor: -1,
    credOff: -1,
    credLen: -1,
    verfFlavor: -1,
    verfOff: -1,
    verfLen: -1,
    replyStat: -1,
    acceptStat: -1,
    rejectStat: -1,
    authStat: -1,
    low: -1,
    high: -1,
    bodyOff: -1,
  };
}

function clear(h: RpcHeader, off: number): void {
  h.status = HeaderStatus.TRUNCATED;
  h.stop = off;
  h.xid = -1;
  h.msgType = -1;
  h.rpcvers = -1;
  h.program = -1;
  h.version = -1;
  h.procedure = -1;
  h.credFlavor = -1;
  h.credOff = -1;
  h.credLen = -1;
  h.verfFlavor = -1;
  h.verfOff = -1;
  h.verfLen = -1;
  h.replyStat = -1;
  h.acceptStat = -1;
  h.rejectStat = -1;
  h.authStat = -1;
  h.low = -1;
  h.high = -1;
  h.bodyOff = -1;
}

/**
 * Reads the header of the message in `view` at [off, end) into `h` and returns `h.status`. `end` is the end of
 * the bytes at hand, which may be short of the message. Never throws for 0 ≤ off ≤ end ≤ view.byteLength.
 * `authLimit` is the longest credential or verifier taken; the dissector passes more to see what a peer sent.
 */
export function parseHeader(
  view: DataView,
  off: number,
  end: number,
  h: RpcHeader,
  authLimit: number = MAX_AUTH_BYTES,
): HeaderStatus {
  clear(h, off);
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.xid = view.getUint32(off);
  h.stop = off + 4;
  if (end - off < 8) return HeaderStatus.TRUNCATED;
  const msgType = view.getUint32(off + 4);
  h.msgType = msgType;
  if (msgType === MsgType.CALL) return parseCall(view, off + 8, end, h, authLimit);
  if (msgType === MsgType.REPLY) return parseReply(view, off + 8, end, h, authLimit);
  return fail(h, HeaderStatus.BAD_MSGTYPE, off + 4);
}

function parseCall(view: DataView, off: number, end: number, h: RpcHeader, limit: number): HeaderStatus {
  h.stop = off;
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.rpcvers = view.getUint32(off);
  if (h.rpcvers !== RPC_VERSION) return fail(h, HeaderStatus.BAD_RPCVERS, off);
  h.stop = off + 4;
  if (end - off < 8) return HeaderStatus.TRUNCATED;
  h.program = view.getUint32(off + 4);
  h.stop = off + 8;
  if (end - off < 12) return HeaderStatus.TRUNCATED;
  h.version = view.getUint32(off + 8);
  h.stop = off + 12;
  if (end - off < 16) return HeaderStatus.TRUNCATED;
  h.procedure = view.getUint32(off + 12);
  h.stop = off + 16;
  if (end - off < 24) {
    if (end - off >= 20) h.credFlavor = view.getUint32(off + 16);
    return HeaderStatus.TRUNCATED;
  }
  h.credFlavor = view.getUint32(off + 16);
  h.credLen = view.getUint32(off + 20);
  if (h.credLen > limit) return fail(h, HeaderStatus.BAD_AUTH_LENGTH, off + 20);
  h.credOff = off + 24;
  const verf = h.credOff + padded(h.credLen);
  if (verf > end) return HeaderStatus.TRUNCATED;
  return parseVerifier(view, verf, end, h, limit) ? complete(h) : h.status;
}

function parseReply(view: DataView, off: number, end: number, h: RpcHeader, limit: number): HeaderStatus {
  h.stop = off;
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.replyStat = view.getUint32(off);
  if (h.replyStat === ReplyStat.ACCEPTED) {
    if (!parseVerifier(view, off + 4, end, h, limit)) return h.status;
    return parseAccepted(view, h.stop, end, h);
  }
  if (h.replyStat === ReplyStat.DENIED) return parseDenied(view, off + 4, end, h);
  return fail(h, HeaderStatus.BAD_REPLY_STAT, off);
}

function parseAccepted(view: DataView, off: number, end: number, h: RpcHeader): HeaderStatus {
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.acceptStat = view.getUint32(off);
  if (h.acceptStat > AcceptStat.SYSTEM_ERR) return fail(h, HeaderStatus.BAD_ACCEPT_STAT, off);
  h.stop = off + 4;
  return h.acceptStat === AcceptStat.PROG_MISMATCH ? parseRange(view, off + 4, end, h) : complete(h);
}

function parseDenied(view: DataView, off: number, end: number, h: RpcHeader): HeaderStatus {
  h.stop = off;
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.rejectStat = view.getUint32(off);
  if (h.rejectStat > RejectStat.AUTH_ERROR) return fail(h, HeaderStatus.BAD_REJECT_STAT, off);
  h.stop = off + 4;
  if (h.rejectStat === RejectStat.RPC_MISMATCH) return parseRange(view, off + 4, end, h);
  if (end - off < 8) return HeaderStatus.TRUNCATED;
  h.authStat = view.getUint32(off + 4);
  h.stop = off + 8;
  return complete(h);
}

function parseRange(view: DataView, off: number, end: number, h: RpcHeader): HeaderStatus {
  if (end - off < 4) return HeaderStatus.TRUNCATED;
  h.low = view.getUint32(off);
  h.stop = off + 4;
  if (end - off < 8) return HeaderStatus.TRUNCATED;
  h.high = view.getUint32(off + 4);
  h.stop = off + 8;
  return complete(h);
}

/** Reads a verifier; true when it is whole, with `h.stop` behind it. Otherwise `h.status` says why. */
function parseVerifier(view: DataView, off: number, end: number, h: RpcHeader, limit: number): boolean {
  h.stop = off;
  if (end - off < 8) {
    if (end - off >= 4) h.verfFlavor = view.getUint32(off);
    return false;
  }
  h.verfFlavor = view.getUint32(off);
  h.verfLen = view.getUint32(off + 4);
  if (h.verfLen > limit) {
    fail(h, HeaderStatus.BAD_AUTH_LENGTH, off + 4);
    return false;
  }
  h.verfOff = off + 8;
  const next = h.verfOff + padded(h.verfLen);
  if (next > end) return false;
  h.stop = next;
  return true;
}

function complete(h: RpcHeader): HeaderStatus {
  h.status = HeaderStatus.COMPLETE;
  h.bodyOff = h.stop;
  return HeaderStatus.COMPLETE;
}

function fail(h: RpcHeader, status: HeaderStatus, at: number): HeaderStatus {
  h.status = status;
  h.stop = at;
  return status;
}

/** Length with XDR padding; arithmetic, because lengths reach 2^32 - 1. */
function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4);
}

/**
 * Decodes one whole message (without record marks). Bodies are views into `bytes`. Throws RpcError: RPC_MISMATCH
 * for a call of another RPC version, MALFORMED with the offset for anything else that is no whole header.
 */
export function decodeMessage(bytes: Uint8Array): RpcMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const h = newHeader();
  const status = parseHeader(view, 0, bytes.byteLength, h);
  if (status === HeaderStatus.BAD_RPCVERS) {
    throw new RpcError('RPC_MISMATCH', `RPC version ${h.rpcvers}, only 2 is spoken`, {
      low: 2,
      high: 2,
      offset: h.stop,
    });
  }
  if (status !== HeaderStatus.COMPLETE)
    throw new RpcError('MALFORMED', describeStatus(status), { offset: h.stop });
  const { xid } = h;
  if (h.msgType === MsgType.CALL) {
    return {
      type: 'call',
      xid,
      program: h.program,
      version: h.version,
      procedure: h.procedure,
      credential: { flavor: h.credFlavor, body: bytes.subarray(h.credOff, h.credOff + h.credLen) },
      verifier: { flavor: h.verfFlavor, body: bytes.subarray(h.verfOff, h.verfOff + h.verfLen) },
      body: bytes.subarray(h.bodyOff),
    };
  }
  if (h.replyStat === ReplyStat.DENIED) {
    return h.rejectStat === RejectStat.RPC_MISMATCH
      ? { type: 'denied', xid, stat: h.rejectStat, low: h.low, high: h.high }
      : { type: 'denied', xid, stat: h.rejectStat, authStat: h.authStat };
  }
  const verifier = { flavor: h.verfFlavor, body: bytes.subarray(h.verfOff, h.verfOff + h.verfLen) };
  const body = bytes.subarray(h.bodyOff);
  return h.acceptStat === AcceptStat.PROG_MISMATCH
    ? { type: 'accepted', xid, verifier, stat: h.acceptStat, low: h.low, high: h.high, body }
    : { type: 'accepted', xid, verifier, stat: h.acceptStat, body };
}

/** The verdict of a reply as an error to throw, or null for SUCCESS. */
export function replyError(reply: RpcReply): RpcError | null {
  if (reply.type === 'denied') {
    if (reply.stat === RejectStat.RPC_MISMATCH) {
      const { low = 0, high = 0 } = reply;
      return new RpcError('RPC_MISMATCH', `the server speaks RPC versions ${low} to ${high}`, { low, high });
    }
    const { authStat = 0 } = reply;
    return new RpcError('AUTH_ERROR', `authentication refused (auth_stat ${authStat})`, { authStat });
  }
  switch (reply.stat) {
    case AcceptStat.SUCCESS:
      return null;
    case AcceptStat.PROG_UNAVAIL:
      return new RpcError('PROG_UNAVAIL', 'the server does not have this program');
    case AcceptStat.PROG_MISMATCH: {
      const { low = 0, high = 0 } = reply;
      return new RpcError('PROG_MISMATCH', `the server has versions ${low} to ${high}`, { low, high });
    }
    case AcceptStat.PROC_UNAVAIL:
      return new RpcError('PROC_UNAVAIL', 'the server does not have this procedure');
    case AcceptStat.GARBAGE_ARGS:
      return new RpcError('GARBAGE_ARGS', 'the server could not decode the arguments');
    case AcceptStat.SYSTEM_ERR:
      return new RpcError('SYSTEM_ERR', 'the server failed');
    default:
      return new RpcError('MALFORMED', `unknown accept_stat ${reply.stat}`);
  }
}

// --- emit

const NO_BYTES = new Uint8Array(0);
const AUTH_NONE: OpaqueAuth = { flavor: 0, body: NO_BYTES };

/**
 * Encodes a call, without a record mark. `args` are the arguments as already encoded. Throws RpcError: LIMIT for
 * a credential or verifier over 400 bytes, BAD_VALUE for a number that is no uint32.
 */
export function encodeCall(call: CallInit, args: Uint8Array = NO_BYTES): Uint8Array {
  const { credential = AUTH_NONE, verifier = AUTH_NONE } = call;
  const out = new Uint8Array(24 + authSize(credential) + authSize(verifier) + args.length);
  const view = new DataView(out.buffer);
  putUint32(view, 0, call.xid, 'xid');
  view.setUint32(4, MsgType.CALL);
  view.setUint32(8, RPC_VERSION);
  putUint32(view, 12, call.program, 'program');
  putUint32(view, 16, call.version, 'version');
  putUint32(view, 20, call.procedure, 'procedure');
  const off = putAuth(out, view, putAuth(out, view, 24, credential), verifier);
  out.set(args, off);
  return out;
}

/** Encodes a reply, without a record mark. `results` goes with SUCCESS only. Throws as `encodeCall` does. */
export function encodeReply(reply: ReplyInit, results: Uint8Array = NO_BYTES): Uint8Array {
  if (results.length > 0 && reply.verdict !== 'SUCCESS') {
    throw new RpcError('BAD_VALUE', `a ${reply.verdict} reply carries no results`);
  }
  if (reply.verdict === 'RPC_MISMATCH' || reply.verdict === 'AUTH_ERROR') return encodeDenied(reply);
  const { verifier = AUTH_NONE } = reply;
  const range = reply.verdict === 'PROG_MISMATCH' ? 8 : 0;
  const out = new Uint8Array(16 + authSize(verifier) + range + results.length);
  const view = new DataView(out.buffer);
  putUint32(view, 0, reply.xid, 'xid');
  view.setUint32(4, MsgType.REPLY);
  view.setUint32(8, ReplyStat.ACCEPTED);
  const off = putAuth(out, view, 12, verifier);
  view.setUint32(off, AcceptStat[reply.verdict]);
  if (reply.verdict === 'PROG_MISMATCH') {
    putUint32(view, off + 4, reply.low, 'low');
    putUint32(view, off + 8, reply.high, 'high');
  }
  out.set(results, off + 4 + range);
  return out;
}

function encodeDenied(reply: Extract<ReplyInit, { verdict: 'RPC_MISMATCH' | 'AUTH_ERROR' }>): Uint8Array {
  const mismatch = reply.verdict === 'RPC_MISMATCH';
  const out = new Uint8Array(mismatch ? 24 : 20);
  const view = new DataView(out.buffer);
  putUint32(view, 0, reply.xid, 'xid');
  view.setUint32(4, MsgType.REPLY);
  view.setUint32(8, ReplyStat.DENIED);
  view.setUint32(12, RejectStat[reply.verdict]);
  if (reply.verdict === 'RPC_MISMATCH') {
    putUint32(view, 16, reply.low, 'low');
    putUint32(view, 20, reply.high, 'high');
  } else {
    putUint32(view, 16, reply.authStat, 'authStat');
  }
  return out;
}

function authSize(auth: OpaqueAuth): number {
  if (auth.body.length > MAX_AUTH_BYTES) {
    throw new RpcError(
      'LIMIT',
      `${auth.body.length} bytes of credential or verifier, at most ${MAX_AUTH_BYTES}`,
    );
  }
  return 8 + padded(auth.body.length);
}

function putAuth(out: Uint8Array, view: DataView, off: number, auth: OpaqueAuth): number {
  putUint32(view, off, auth.flavor, 'flavor');
  view.setUint32(off + 4, auth.body.length);
  out.set(auth.body, off + 8);
  return off + authSize(auth);
}

function putUint32(view: DataView, off: number, value: number, name: string): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RpcError('BAD_VALUE', `${name} ${value} is no 32-bit unsigned integer`);
  }
  view.setUint32(off, value);
}

// --- describe

const STATUS_TEXT: Record<HeaderStatus, string> = {
  [HeaderStatus.COMPLETE]: 'complete',
  [HeaderStatus.TRUNCATED]: 'the bytes end inside the RPC header',
  [HeaderStatus.BAD_MSGTYPE]: 'msg_type is neither CALL nor REPLY',
  [HeaderStatus.BAD_RPCVERS]: 'the RPC version is not 2',
  [HeaderStatus.BAD_AUTH_LENGTH]: 'a credential or verifier is longer than allowed',
  [HeaderStatus.BAD_REPLY_STAT]: 'reply_stat is neither ACCEPTED nor DENIED',
  [HeaderStatus.BAD_ACCEPT_STAT]: 'unknown accept_stat',
  [HeaderStatus.BAD_REJECT_STAT]: 'unknown reject_stat',
};

/** One line on why a header is not complete. */
export function describeStatus(status: HeaderStatus): string {
  return STATUS_TEXT[status];
}
