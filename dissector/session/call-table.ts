/**
 * Calls that wait for their replies, over all conversations and both directions of each, and the latest of those
 * that were answered, to tell a repeat from a new call. Both are bounded in number and in capture time, oldest
 * out. A reply pairs with the latest call of its xid that it can answer; the caller's numbers are trusted to be
 * 32-bit.
 */
import type { Flow } from '../network/flow.ts';
import { NumberMap } from './number-map.ts';
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
  /** neighbours in the queue that holds it */
  older: PendingCall | null;
  newer: PendingCall | null;
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
  readonly answeredCalls: number;
  readonly pendingSeconds: number;
}

const XIDS = 2 ** 32;

/**
 * One key for (conversation, direction, xid). The conversation's number is cut to 18 bits to keep it exact;
 * `flowIndex` tells apart the few that then collide.
 */
function callKey(flow: Flow, dir: 0 | 1, xid: number): number {
  return (((flow.index & 0x3ffff) << 2) | (flow.protocol === 6 ? 2 : 0) | dir) * XIDS + xid;
}

/**
 * Calls from the oldest to the newest. Not the order of a Map: one that loses its first entry again and again
 * keeps the places of those it lost, and walks over them to find the next.
 */
class Queue {
  size = 0;
  #oldest: PendingCall | null = null;
  #newest: PendingCall | null = null;

  get oldest(): PendingCall | null {
    return this.#oldest;
  }

  push(record: PendingCall): void {
    record.older = this.#newest;
    if (this.#newest === null) this.#oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
    this.size++;
  }

  remove(record: PendingCall): void {
    const { older, newer } = record;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    record.older = null;
    record.newer = null;
    this.size--;
  }
}

export class CallTable {
  /** calls forgotten before a reply was seen */
  forgotten = 0;
  /** what the last `call` was: the first call when it was a repeat, else null; and whether it took over an xid */
  repeats: PendingCall | null = null;
  reused = false;

  readonly #limits: CallTableLimits;
  readonly #calls = new NumberMap<PendingCall>();
  readonly #waiting = new Queue();
  readonly #answered = new Queue();
  /** the latest call of each UDP caller and xid, wherever it was sent */
  readonly #byClient = new NumberMap<PendingCall>();
  /** records to be used again, and those that will be once the PDUs of this frame are gone */
  readonly #free: PendingCall[] = [];
  readonly #forgotten: PendingCall[] = [];
  #ordinal = 0;

  constructor(limits: CallTableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The PDUs of the last frame are gone, and nobody else keeps records. */
  reclaim(): void {
    for (let record = this.#forgotten.pop(); record !== undefined; record = this.#forgotten.pop()) {
      this.#free.push(record);
    }
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
    const record = this.#free.pop() ?? blank();
    record.xid = n.xid;
    record.frame = frame;
    record.sec = sec;
    record.nsec = nsec;
    record.program = n.program;
    record.version = n.version;
    record.procedure = n.procedure;
    record.flavor = n.flavor;
    record.gssProcedure = n.gssProcedure;
    record.gssService = n.gssService;
    record.replyFrame = 0;
    record.seen = 1;
    record.ordinal = this.#ordinal++;
    record.flowIndex = flow.index;
    record.dir = dir;
    record.key = key;
    record.clientKey = client < 0 ? -1 : client * XIDS + n.xid;
    record.length = n.length;
    record.sum = n.sum;
    this.#calls.set(key, record);
    if (record.clientKey >= 0) this.#byClient.set(record.clientKey, record);
    this.#waiting.push(record);
    this.#trim(this.#waiting, this.#limits.pendingCalls, sec);
    return record;
  }

  /** Notes the first reply to a call that `find` returned for it. */
  answer(record: PendingCall, frame: number, sec: number): void {
    record.replyFrame = frame;
    this.#waiting.remove(record);
    this.#answered.push(record);
    this.#trim(this.#answered, this.#limits.answeredCalls, sec);
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

  /** A call too old is never paired, whether it was forgotten here or not. */
  #trim(queue: Queue, most: number, sec: number): void {
    for (let record = queue.oldest; record !== null; record = queue.oldest) {
      if (queue.size <= most && this.#fresh(record, sec)) return;
      this.#remove(record);
    }
  }

  #remove(record: PendingCall): void {
    if (record.replyFrame === 0) {
      this.forgotten++;
      this.#waiting.remove(record);
    } else this.#answered.remove(record);
    this.#calls.delete(record.key);
    if (record.clientKey >= 0 && this.#byClient.get(record.clientKey) === record) {
      this.#byClient.delete(record.clientKey);
    }
    this.#forgotten.push(record);
  }
}

function blank(): PendingCall {
  return {
    xid: 0,
    frame: 0,
    sec: 0,
    nsec: 0,
    program: 0,
    version: 0,
    procedure: 0,
    flavor: 0,
    gssProcedure: -1,
    gssService: -1,
    replyFrame: 0,
    seen: 0,
    ordinal: 0,
    flowIndex: 0,
    dir: 0,
    key: 0,
    clientKey: -1,
    length: 0,
    sum: 0,
    older: null,
    newer: null,
  };
}

/**
 * Whether a call is the recorded one again. Before its reply, the same procedure is enough, since a retransmission
 * may carry a new RPCSEC_GSS sequence number; after it, only the same bytes are.
 */
function repeats(old: PendingCall, n: CallNumbers): boolean {
  if (old.program !== n.program || old.version !== n.version || old.procedure !== n.procedure) return false;
  return old.replyFrame === 0 || (old.length === n.length && old.sum === n.sum);
}
