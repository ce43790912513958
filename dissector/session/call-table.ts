/**
 * Calls that wait for their replies, over all conversations and both directions of each. Bounded in number and
 * in capture time, oldest out. A reply pairs with the latest call of its xid that it can answer; the caller's
 * numbers are trusted to be 32-bit.
 */
import type { Flow } from '../network/flow.ts';
import type { CallRecord } from './pdu.ts';

/** A call as the table keeps it. */
export interface PendingCall extends CallRecord {
  flowIndex: number;
  /** which way the call went */
  dir: 0 | 1;
  key: number;
  /** key of the caller alone (UDP), -1 on TCP */
  clientKey: number;
  /** length and checksum of the message, to tell a retransmission from a new call */
  length: number;
  sum: number;
}

/** What a call says, as read from the wire. */
export interface CallNumbers {
  xid: number;
  program: number;
  version: number;
  procedure: number;
  flavor: number;
  gssProcedure: number;
  gssService: number;
  length: number;
  sum: number;
}

export interface CallTableLimits {
  readonly pendingCalls: number;
  readonly pendingSeconds: number;
}

/** Age is looked at once in this many new calls; a call too old is never paired, looked at or not. */
const AGE_STRIDE = 256;

const XIDS = 2 ** 32;

/**
 * One key for (conversation, direction, xid). The conversation's number is cut to 18 bits to keep it exact;
 * `flowIndex` tells apart the few that then collide.
 */
function callKey(flow: Flow, dir: 0 | 1, xid: number): number {
  return (((flow.index & 0x3ffff) << 2) | (flow.protocol === 6 ? 2 : 0) | dir) * XIDS + xid;
}

export class CallTable {
  /** calls forgotten before a reply was seen */
  forgotten = 0;
  /** what the last `call` was: the first call when it was a repeat, else null; and whether it took over an xid */
  repeats: PendingCall | null = null;
  reused = false;

  readonly #limits: CallTableLimits;
  /** in order of age */
  readonly #calls = new Map<number, PendingCall>();
  /** the latest call of each UDP caller and xid, wherever it was sent */
  readonly #byClient = new Map<number, PendingCall>();
  #ordinal = 0;
  #untilAge = AGE_STRIDE;

  constructor(limits: CallTableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Enters a call and returns its record: the first call's when this one repeats it. `client`: -1 on TCP. */
  call(
    flow: Flow,
    dir: 0 | 1,
    client: number,
    n: CallNumbers,
    frame: number,
    sec: number,
    nsec: number,
  ): PendingCall {
    this.repeats = null;
    this.reused = false;
    const key = callKey(flow, dir, n.xid);
    const old = this.#calls.get(key);
    if (old !== undefined) {
      if (this.#valid(old, flow, sec)) {
        if (repeats(old, n)) {
          old.seen++;
          this.repeats = old;
          return old;
        }
        this.reused = true;
      }
      this.#remove(old);
    }
    const record: PendingCall = {
      xid: n.xid,
      frame,
      sec,
      nsec,
      program: n.program,
      version: n.version,
      procedure: n.procedure,
      flavor: n.flavor,
      gssProcedure: n.gssProcedure,
      gssService: n.gssService,
      replyFrame: 0,
      seen: 1,
      ordinal: this.#ordinal++,
      flowIndex: flow.index,
      dir,
      key,
      clientKey: client < 0 ? -1 : client * XIDS + n.xid,
      length: n.length,
      sum: n.sum,
    };
    this.#calls.set(key, record);
    if (record.clientKey >= 0) this.#byClient.set(record.clientKey, record);
    this.#age(sec);
    return record;
  }

  /** The call that a reply going `dir` answers, or null. */
  find(flow: Flow, dir: 0 | 1, client: number, xid: number, sec: number): PendingCall | null {
    const record = this.#calls.get(callKey(flow, dir === 0 ? 1 : 0, xid));
    if (record !== undefined && this.#valid(record, flow, sec)) return record;
    if (client < 0) return null;
    const elsewhere = this.#byClient.get(client * XIDS + xid);
    return elsewhere !== undefined && this.#fresh(elsewhere, sec) ? elsewhere : null;
  }

  #valid(record: PendingCall, flow: Flow, sec: number): boolean {
    return record.flowIndex === flow.index && this.#fresh(record, sec);
  }

  #fresh(record: PendingCall, sec: number): boolean {
    return sec - record.sec <= this.#limits.pendingSeconds;
  }

  #age(sec: number): void {
    const { pendingCalls } = this.#limits;
    if (this.#calls.size <= pendingCalls && --this.#untilAge > 0) return;
    this.#untilAge = AGE_STRIDE;
    for (const record of this.#calls.values()) {
      if (this.#calls.size <= pendingCalls && this.#fresh(record, sec)) return;
      this.#remove(record);
    }
  }

  #remove(record: PendingCall): void {
    if (record.replyFrame === 0) this.forgotten++;
    this.#calls.delete(record.key);
    if (record.clientKey >= 0 && this.#byClient.get(record.clientKey) === record) {
      this.#byClient.delete(record.clientKey);
    }
  }
}

/**
 * Whether a call is the recorded one again. Before its reply, the same procedure is enough, since a retransmission
 * may carry a new RPCSEC_GSS sequence number; after it, only the same bytes are.
 */
function repeats(old: PendingCall, n: CallNumbers): boolean {
  if (old.program !== n.program || old.version !== n.version || old.procedure !== n.procedure) return false;
  return old.replyFrame === 0 || (old.length === n.length && old.sum === n.sum);
}
