/**
 * Messages straight into a writer, header and body in one go; what `encodeCall` and `encodeReply` build from parts,
 * byte for byte. Callers vouch for the numbers; nothing throws but a credential over its limit.
 */
import type { Writer } from '../xdr/index.ts';
import { RpcError } from './errors.ts';
import { Verdict, type VerdictDetail } from './incoming.ts';
import { MAX_AUTH_BYTES, MsgType, type OpaqueAuth, RejectStat, ReplyStat, RPC_VERSION } from './message.ts';

const HIGHEST = 0xffffffff;
const NO_AUTH_BYTES = 8;

/** A call's header; its arguments follow. Throws RpcError LIMIT for a credential over 400 bytes. */
export function writeCallHeader(
  w: Writer,
  xid: number,
  program: number,
  version: number,
  procedure: number,
  { flavor, body }: OpaqueAuth,
): void {
  const { length } = body;
  if (length > MAX_AUTH_BYTES) {
    throw new RpcError('LIMIT', `${length} bytes of credential, at most ${MAX_AUTH_BYTES}`);
  }
  const held = (length + 3) & ~3;
  w.need(24 + NO_AUTH_BYTES + held + NO_AUTH_BYTES);
  const { v } = w;
  let { p } = w;
  v.setUint32(p, xid);
  v.setUint32(p + 4, MsgType.CALL);
  v.setUint32(p + 8, RPC_VERSION);
  v.setUint32(p + 12, program);
  v.setUint32(p + 16, version);
  v.setUint32(p + 20, procedure);
  v.setUint32(p + 24, flavor);
  v.setUint32(p + 28, length);
  p += 32;
  if (length > 0) {
    v.setUint32(p + held - 4, 0);
    w.b.set(body, p);
    p += held;
  }
  v.setUint32(p, 0);
  v.setUint32(p + 4, 0);
  w.p = p + 8;
}

/** The header of an accepted reply with an AUTH_NONE verifier: all of it but a PROG_MISMATCH's range. */
export function writeAccepted(w: Writer, xid: number, stat: number): void {
  w.need(24);
  const { v, p } = w;
  v.setUint32(p, xid);
  v.setUint32(p + 4, MsgType.REPLY);
  v.setUint32(p + 8, ReplyStat.ACCEPTED);
  v.setUint32(p + 12, 0);
  v.setUint32(p + 16, 0);
  v.setUint32(p + 20, stat);
  w.p = p + 24;
}

/** A whole reply that carries no results. Without a range RPC_MISMATCH says that version 2 is spoken. */
export function writeVerdict(w: Writer, xid: number, verdict: Verdict, detail: VerdictDetail): void {
  const { low, high, authStat = 0 } = detail;
  if (verdict === Verdict.RPC_MISMATCH) {
    writeDenied(w, xid, RejectStat.RPC_MISMATCH);
    w.uint32(low ?? RPC_VERSION);
    w.uint32(high ?? RPC_VERSION);
  } else if (verdict === Verdict.AUTH_ERROR) {
    writeDenied(w, xid, RejectStat.AUTH_ERROR);
    w.uint32(authStat);
  } else {
    writeAccepted(w, xid, verdict);
    if (verdict !== Verdict.PROG_MISMATCH) return;
    w.uint32(low ?? 0);
    w.uint32(high ?? HIGHEST);
  }
}

function writeDenied(w: Writer, xid: number, stat: number): void {
  w.uint32(xid);
  w.uint32(MsgType.REPLY);
  w.uint32(ReplyStat.DENIED);
  w.uint32(stat);
}
