/**
 * What the session layer found in one frame: zero or more PDUs, in order. The objects are pooled per frame and
 * die with it. This is all that the tree, filter, stats and output layers know of RPC framing and pairing.
 */

import type { Flow } from '../network/flow.ts';

/** A call as it is remembered for its reply: a small flat record, bounded in number (DESIGN section 6). */
export interface CallRecord {
  xid: number;
  frame: number;
  sec: number;
  nsec: number;
  program: number;
  version: number;
  procedure: number;
  /** credential flavor; for RPCSEC_GSS its procedure and service, so that the reply's body can be read */
  flavor: number;
  gssProcedure: number;
  gssService: number;
  /** first reply's frame, 0 while none was seen */
  replyFrame: number;
  /** how many times the call was seen */
  seen: number;
  /** number of the call within the capture, from 0: the key of the two-pass reply table */
  ordinal: number;
}

export interface Pdu {
  /**
   * message: a whole RPC message. fragment: a record fragment that does not complete one. continuation: bytes
   * on an RPC connection that are no RPC message.
   */
  kind: 'message' | 'fragment' | 'continuation';
  /**
   * The conversation it belongs to and the way it went in it: mostly the frame's, but what a frame settles about bytes
   * that others brought is shown with that frame (its acknowledgement tells that no more of them will come).
   */
  flow: Flow | null;
  dir: 0 | 1;
  /**
   * The message without record marks (fragments joined): buf[off, off + len). `len` may be short of `wireLen`
   * when the snap length cut it. For fragment and continuation: the fragment's data / the bytes.
   */
  buf: Buffer;
  view: DataView;
  off: number;
  len: number;
  wireLen: number;
  /** true when the bytes stand in the packet's own buffer, so offsets are frame offsets */
  inFrame: boolean;
  /** true when the bytes were inside TLS records of this frame (PduList.tls) */
  decrypted: boolean;
  /** TCP only (-1 on UDP): offset in `buf` of the last record mark when inFrame or when it precedes `off`, else -1 */
  markOff: number;
  /** last record mark of the message: its fragment length and last bit; meaningless on UDP (hasMark false) */
  hasMark: boolean;
  fragLen: number;
  lastFrag: boolean;
  /** number of record fragments of the message, and for 2 or more the frame in which each one ended */
  fragmentCount: number;
  fragmentFrames: readonly number[] | null;

  /** header numbers, valid for kind message (and `headerLen` of them were present) */
  xid: number;
  msgtyp: 0 | 1;
  /** calls: from the wire. replies: from the matched call; -1 when there is none */
  rpcvers: number;
  program: number;
  version: number;
  procedure: number;
  /** the matched call (replies), or this call's own record (calls); null for a reply without a call */
  call: CallRecord | null;
  /** replies: frame of the call, 0 unknown. calls: frame of the reply, known only in two-pass mode, else 0 */
  callFrame: number;
  replyFrame: number;
  /** replies with a call: nanoseconds from the (first) call, else -1 */
  timeNs: number;
  /** frame of the first call / reply that this one repeats, 0 when it does not */
  dupOf: number;
  /** notes for -V and --calls: 'reply from another address', 'xid reused', 'resynchronised' … */
  notes: string[];
}
