/**
 * ONC RPC v2 with record marking as a dialect (transport/dialect.ts draws the interface): framing, what the header of
 * a message asks for, and messages written. `classify` takes any bytes; verdicts are RFC 5531 section 9's.
 */
import type { Writer } from '../xdr/index.ts';
import { isRpcError, RpcError } from './errors.ts';
import {
  type BadMessage,
  type Incoming,
  Kind,
  VERDICT_NAMES,
  Verdict,
  type VerdictDetail,
} from './incoming.ts';
import { judgeCredential } from './judge-credential.ts';
import {
  AcceptStat,
  AuthStat,
  HeaderStatus,
  MsgType,
  newHeader,
  type OpaqueAuth,
  parseHeader,
  RejectStat,
  ReplyStat,
  type RpcHeader,
  replyError,
} from './message.ts';
import { type RecordLimits, RecordReader } from './record-reader.ts';
import { writeAccepted, writeCallHeader, writeVerdict } from './write-message.ts';

/** The two sides number their calls apart: tshark keeps one xid table for both directions. */
const XIDS = {
  client: { low: 0, count: 0x80000000 },
  server: { low: 0x80000000, count: 0x80000000 },
} as const;

const VERDICTS: ReadonlyMap<string, Verdict> = new Map(VERDICT_NAMES.map((name, i) => [name, i as Verdict]));

const NO_BYTES = new Uint8Array(0);
const NO_AUTH: OpaqueAuth = Object.freeze({ flavor: 0, body: NO_BYTES });

/** A classified message: the header that was read, and what follows from it. */
class RpcIncoming implements Incoming {
  kind: Kind = Kind.DROP;
  verdict: Verdict | -1 = -1;
  authStat = -1;
  bad: BadMessage | null = null;
  bodyOff = -1;
  readonly header: RpcHeader = newHeader();
  /** over the buffer of the latest message; the header's offsets are its */
  view: DataView = new DataView(NO_BYTES.buffer);

  get id(): number {
    return this.header.xid;
  }

  get program(): number {
    return this.header.program;
  }

  get version(): number {
    return this.header.version;
  }

  get procedure(): number {
    return this.header.procedure;
  }
}

export const rpcDialect = {
  name: 'oncrpc',
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

  newIncoming(): RpcIncoming {
    return new RpcIncoming();
  },

  classify(bytes: Uint8Array, into: RpcIncoming): RpcIncoming {
    const { buffer, byteOffset } = bytes;
    // Most messages come in the buffer of the one before.
    if (into.view.buffer !== buffer) into.view = new DataView(buffer);
    const h = into.header;
    const status = parseHeader(into.view, byteOffset, byteOffset + bytes.length, h);
    into.authStat = -1;
    into.bad = null;
    if (status !== HeaderStatus.COMPLETE) {
      incomplete(into, status);
    } else {
      into.kind = h.msgType === MsgType.CALL ? Kind.CALL : Kind.REPLY;
      into.verdict = h.msgType === MsgType.CALL ? Verdict.SUCCESS : verdictIn(h);
      into.bodyOff = h.bodyOff - byteOffset;
    }
    return into;
  },

  credential(bytes: Uint8Array, { header: h }: RpcIncoming): OpaqueAuth {
    if (h.credLen === 0 && h.credFlavor === 0) return NO_AUTH;
    const off = h.credOff - bytes.byteOffset;
    return { flavor: h.credFlavor, body: new Uint8Array(bytes.subarray(off, off + h.credLen)) };
  },

  judge({ header, view }: RpcIncoming, transport: string): number {
    return judgeCredential(header, view, transport);
  },

  failure(bytes: Uint8Array, { header, verdict }: RpcIncoming): Error {
    if (verdict !== -1) return verdictError(header);
    const offset = header.stop - bytes.byteOffset;
    return new RpcError('MALFORMED', 'the reply has no whole header', { offset });
  },

  ids(side: 'client' | 'server'): { readonly low: number; readonly count: number } {
    return XIDS[side];
  },

  isAnswered(): boolean {
    return true;
  },

  verdictOf(error: unknown): Verdict {
    return (isRpcError(error) ? VERDICTS.get(error.code) : undefined) ?? Verdict.SYSTEM_ERR;
  },

  writeCall: writeCallHeader,

  writeReply(w: Writer, xid: number): void {
    writeAccepted(w, xid, AcceptStat.SUCCESS);
  },

  writeVerdict(
    w: Writer,
    xid: number,
    _program: number,
    _version: number,
    _procedure: number,
    verdict: Verdict,
    detail: VerdictDetail,
  ): void {
    writeVerdict(w, xid, verdict, detail);
  },
};

/** What is left to do about a header that is not whole: some still get an answer. */
function incomplete(into: RpcIncoming, status: HeaderStatus): void {
  const h = into.header;
  into.bodyOff = -1;
  if (status === HeaderStatus.BAD_RPCVERS) {
    into.kind = Kind.CALL;
    into.verdict = Verdict.RPC_MISMATCH;
  } else if (status === HeaderStatus.BAD_AUTH_LENGTH && h.msgType === MsgType.CALL) {
    into.kind = Kind.CALL;
    into.verdict = Verdict.AUTH_ERROR;
    into.authStat = h.credOff < 0 ? AuthStat.AUTH_BADCRED : AuthStat.AUTH_BADVERF;
  } else {
    into.verdict = -1;
    if (h.msgType === MsgType.REPLY) {
      // Even so it ends the call that it answers.
      into.kind = Kind.REPLY;
    } else {
      into.kind = Kind.DROP;
      into.bad = status === HeaderStatus.BAD_MSGTYPE ? 'msg_type' : 'header';
    }
  }
}

function verdictIn({ replyStat, acceptStat, rejectStat }: RpcHeader): Verdict {
  if (replyStat === ReplyStat.ACCEPTED) return acceptStat as Verdict;
  return rejectStat === RejectStat.RPC_MISMATCH ? Verdict.RPC_MISMATCH : Verdict.AUTH_ERROR;
}

function verdictError(h: RpcHeader): RpcError {
  const { xid, low, high, authStat } = h;
  const error =
    h.replyStat === ReplyStat.DENIED
      ? replyError({ type: 'denied', xid, stat: h.rejectStat, low, high, authStat })
      : replyError({
          type: 'accepted',
          xid,
          stat: h.acceptStat,
          low,
          high,
          verifier: NO_AUTH,
          body: NO_BYTES,
        });
  if (error === null) throw new TypeError('a reply with results is no failure');
  return error;
}
