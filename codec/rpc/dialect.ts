/**
 * ONC RPC v2 with record marking as a dialect (transport/dialect.ts draws the interface): framing, and what the
 * header of a message asks for. `classify` takes any bytes; verdicts are RFC 5531 section 9's.
 */
import { RpcError } from './errors.ts';
import type { CallInit, OpaqueAuth, RpcHeader } from './message.ts';
import {
  AcceptStat,
  AuthStat,
  describeStatus,
  encodeCall,
  encodeReply,
  HeaderStatus,
  MsgType,
  newHeader,
  parseHeader,
  RejectStat,
  ReplyStat,
  replyError,
} from './message.ts';
import { RECORD_LIMITS, type RecordLimits, RecordReader } from './record-reader.ts';

/** Calls from the side that accepted the connection have it set: tshark keeps one xid table for both directions. */
const SERVER_BIT = 0x80000000;

/** CALL, REPLY, or DROP: nothing that can be answered or taken as an answer. */
type Kind = 0 | 1 | 2;
const CALL = 0;
const REPLY = 1;
const DROP = 2;

interface Classified {
  kind: Kind;
  id: number;
  program: number;
  version: number;
  procedure: number;
  credFlavor: number;
  bodyOff: number;
  error: RpcError | null;
}

/** A classified message keeps the whole header beside what every dialect says. */
class Incoming implements Classified {
  kind: Kind = DROP;
  id = -1;
  program = -1;
  version = -1;
  procedure = -1;
  credFlavor = -1;
  bodyOff = -1;
  error: RpcError | null = null;
  readonly header: RpcHeader = newHeader();
}

export const rpcDialect = {
  name: 'oncrpc',
  frameLimits: RECORD_LIMITS,
  prefixBytes: 4,

  reader(limits?: Partial<RecordLimits>): RecordReader {
    return new RecordReader(limits);
  },

  writePrefix(out: Uint8Array, off: number, length: number): void {
    out[off] = 0x80 | (length >>> 24);
    out[off + 1] = length >>> 16;
    out[off + 2] = length >>> 8;
    out[off + 3] = length;
  },

  newIncoming(): Classified {
    return new Incoming();
  },

  classify(bytes: Uint8Array, into: Classified): Classified {
    const incoming = into as Incoming;
    const h = incoming.header;
    const status = parseHeader(
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      0,
      bytes.byteLength,
      h,
    );
    incoming.id = h.xid;
    incoming.program = h.program;
    incoming.version = h.version;
    incoming.procedure = h.procedure;
    incoming.credFlavor = h.credFlavor;
    incoming.bodyOff = h.bodyOff;
    incoming.error = null;
    if (status !== HeaderStatus.COMPLETE) return incomplete(incoming, h, status);
    if (h.msgType === MsgType.CALL) {
      incoming.kind = CALL;
    } else {
      incoming.kind = REPLY;
      if (h.replyStat !== ReplyStat.ACCEPTED || h.acceptStat !== AcceptStat.SUCCESS) {
        incoming.error = verdict(h);
      }
    }
    return incoming;
  },

  credential(bytes: Uint8Array, incoming: Classified): OpaqueAuth {
    const { header } = incoming as Incoming;
    return {
      flavor: header.credFlavor,
      body: bytes.subarray(header.credOff, header.credOff + header.credLen),
    };
  },

  firstId(side: 'client' | 'server', random: number): number {
    const id = random & 0x7fffffff;
    return side === 'server' ? (id | SERVER_BIT) >>> 0 : id;
  },

  nextId(id: number): number {
    return ((id & SERVER_BIT) | ((id + 1) & 0x7fffffff)) >>> 0;
  },

  encodeCall(call: CallInit, args: Uint8Array): Uint8Array {
    return encodeCall(call, args);
  },

  encodeReply(xid: number, results: Uint8Array, verifier?: OpaqueAuth): Uint8Array {
    const init = verifier === undefined ? {} : { verifier };
    return encodeReply({ xid, verdict: 'SUCCESS', ...init }, results);
  },

  encodeError(xid: number, error: RpcError): Uint8Array {
    const { low = 0, high = 0 } = error;
    switch (error.code) {
      case 'RPC_MISMATCH':
      case 'PROG_MISMATCH':
        return encodeReply({ xid, verdict: error.code, low, high });
      case 'AUTH_ERROR':
        return encodeReply({ xid, verdict: 'AUTH_ERROR', authStat: error.authStat ?? AuthStat.AUTH_FAILED });
      case 'PROG_UNAVAIL':
      case 'PROC_UNAVAIL':
      case 'GARBAGE_ARGS':
        return encodeReply({ xid, verdict: error.code });
      default:
        return encodeReply({ xid, verdict: 'SYSTEM_ERR' });
    }
  },
};

/** What is left to do about a header that is not whole: some still get an answer. */
function incomplete(incoming: Incoming, h: RpcHeader, status: HeaderStatus): Incoming {
  if (status === HeaderStatus.BAD_RPCVERS) {
    incoming.kind = CALL;
    incoming.error = new RpcError('RPC_MISMATCH', `RPC version ${h.rpcvers}, only 2 is spoken`, {
      low: 2,
      high: 2,
      offset: h.stop,
    });
  } else if (status === HeaderStatus.BAD_AUTH_LENGTH && h.msgType === MsgType.CALL) {
    const authStat = h.credOff < 0 ? AuthStat.AUTH_BADCRED : AuthStat.AUTH_BADVERF;
    incoming.kind = CALL;
    incoming.error = new RpcError('AUTH_ERROR', describeStatus(status), { authStat, offset: h.stop });
  } else {
    // A reply whose verdict cannot be read still ends the call that it answers.
    incoming.kind = h.msgType === MsgType.REPLY ? REPLY : DROP;
    incoming.error = new RpcError('MALFORMED', describeStatus(status), { offset: h.stop });
  }
  return incoming;
}

function verdict(h: RpcHeader): RpcError | null {
  const { xid, low, high } = h;
  if (h.replyStat === ReplyStat.DENIED) {
    return replyError(
      h.rejectStat === RejectStat.RPC_MISMATCH
        ? { type: 'denied', xid, stat: h.rejectStat, low, high }
        : { type: 'denied', xid, stat: h.rejectStat, authStat: h.authStat },
    );
  }
  const range = h.acceptStat === AcceptStat.PROG_MISMATCH ? { low, high } : {};
  return replyError({
    type: 'accepted',
    xid,
    stat: h.acceptStat,
    ...range,
    verifier: NO_AUTH,
    body: NO_BYTES,
  });
}

const NO_BYTES = new Uint8Array(0);
const NO_AUTH: OpaqueAuth = { flavor: 0, body: NO_BYTES };
