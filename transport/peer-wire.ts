/**
 * RPC messages straight into a writer, header and body in one go; what `encodeCall` and `encodeReply` build from
 * parts, byte for byte. Callers vouch for the numbers; nothing throws but a credential over its limit.
 */
import {
  AcceptStat,
  MAX_AUTH_BYTES,
  MsgType,
  type OpaqueAuth,
  RejectStat,
  ReplyStat,
  RPC_VERSION,
  RpcError,
} from '../codec/rpc/index.ts';
import type { Writer } from '../codec/xdr/index.ts';

// --- verdicts

/** RFC 5531's verdicts by number: the accept_stats, then the two reasons for denial. */
export const Verdict = { ...AcceptStat, RPC_MISMATCH: 6, AUTH_ERROR: 7 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export const VERDICT_NAMES = [
  'SUCCESS',
  'PROG_UNAVAIL',
  'PROG_MISMATCH',
  'PROC_UNAVAIL',
  'GARBAGE_ARGS',
  'SYSTEM_ERR',
  'RPC_MISMATCH',
  'AUTH_ERROR',
] as const;

const BY_NAME: ReadonlyMap<string, Verdict> = new Map(VERDICT_NAMES.map((name, i) => [name, i as Verdict]));

/** The verdict of that name, undefined for other codes of RpcError. */
export function verdictOf(name: string): Verdict | undefined {
  return BY_NAME.get(name);
}

// --- emit

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

/** What a verdict other than SUCCESS carries: the versions that would do, or the auth_stat. */
export interface VerdictDetail {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly authStat?: number | undefined;
}

/** A whole reply that carries no results. */
export function writeVerdict(w: Writer, xid: number, verdict: Verdict, detail: VerdictDetail): void {
  const { low = 0, high = HIGHEST, authStat = 0 } = detail;
  if (verdict === Verdict.RPC_MISMATCH || verdict === Verdict.AUTH_ERROR) {
    w.uint32(xid);
    w.uint32(MsgType.REPLY);
    w.uint32(ReplyStat.DENIED);
    if (verdict === Verdict.AUTH_ERROR) {
      w.uint32(RejectStat.AUTH_ERROR);
      w.uint32(authStat);
      return;
    }
    w.uint32(RejectStat.RPC_MISMATCH);
  } else {
    writeAccepted(w, xid, verdict);
    if (verdict !== Verdict.PROG_MISMATCH) return;
  }
  w.uint32(low);
  w.uint32(high);
}
