/**
 * Is it RPC, by content alone? Reads bytes that may be anything and never throws. A known program is believed by
 * its number and RPC version; an unknown one, and a reply whose call was not seen, only when the whole header
 * fits together.
 */
import { HeaderStatus, MsgType, parseHeader, type RpcHeader } from '../../codec/rpc/message.ts';

export const Verdict = { NO: 0, YES: 1, MORE: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** What an unknown program may claim; real ones stay far below. */
const MAX_VERSION = 1024;
const MAX_PROCEDURE = 65_535;

/** The least of a message that a judgement may rest on when the capture cut the rest off. */
const CUT_CALL_BYTES = 24;

/** RFC 5531's flavors, AUTH_TLS, and the ranges where pseudo-flavors and vendors' flavors live. */
export function plausibleFlavor(flavor: number): boolean {
  return flavor < 16 || (flavor >= 200_000 && flavor < 400_000);
}

/**
 * Judges the message that begins at `off`, of which [off, end) is at hand. `length` is the message's length, -1
 * unknown; `more` says whether further bytes can come. `h` receives the header. Replies are judged as having no
 * known call.
 */
export function judge(
  view: DataView,
  off: number,
  end: number,
  length: number,
  more: boolean,
  h: RpcHeader,
  knownProgram: (program: number) => boolean,
): Verdict {
  const status = parseHeader(view, off, end, h);
  const short = more ? Verdict.MORE : Verdict.NO;
  if (h.msgType < 0) return short;
  if (h.msgType === MsgType.CALL) {
    if (h.rpcvers < 0) return short;
    if (status === HeaderStatus.BAD_RPCVERS) return Verdict.NO;
    if (h.program < 0) return short;
    if (knownProgram(h.program)) return Verdict.YES;
    return judgeUnknownCall(h, end - off, length, more);
  }
  return h.msgType === MsgType.REPLY ? judgeUnmatchedReply(h, length, short) : Verdict.NO;
}

function judgeUnknownCall(h: RpcHeader, have: number, length: number, more: boolean): Verdict {
  if (h.program === 0 || h.program === 0xffffffff) return Verdict.NO;
  if (h.version > MAX_VERSION || h.procedure > MAX_PROCEDURE) return Verdict.NO;
  if (h.credFlavor >= 0 && !plausibleFlavor(h.credFlavor)) return Verdict.NO;
  if (h.verfFlavor >= 0 && !plausibleFlavor(h.verfFlavor)) return Verdict.NO;
  if (h.status === HeaderStatus.COMPLETE) return Verdict.YES;
  if (h.status !== HeaderStatus.TRUNCATED) return Verdict.NO;
  if (length >= 0 && 40 + Math.max(h.credLen, 0) > length) return Verdict.NO;
  if (more) return Verdict.MORE;
  return length > have && have >= CUT_CALL_BYTES ? Verdict.YES : Verdict.NO;
}

function judgeUnmatchedReply(h: RpcHeader, length: number, short: Verdict): Verdict {
  if (h.verfFlavor >= 0 && !plausibleFlavor(h.verfFlavor)) return Verdict.NO;
  if (h.status === HeaderStatus.TRUNCATED) return short;
  if (h.status !== HeaderStatus.COMPLETE) return Verdict.NO;
  if (h.replyStat === 0) return h.acceptStat !== 2 || h.low <= h.high ? Verdict.YES : Verdict.NO;
  if (h.rejectStat === 0) return h.low <= h.high && h.high < 16 && length === 24 ? Verdict.YES : Verdict.NO;
  return h.authStat < 32 && length === 20 ? Verdict.YES : Verdict.NO;
}
