/**
 * What a served recording says to a message of a client: bytes in, what to send and when out. No sockets, no clock.
 * Lookups of recorded programs first, then the recording, then what follows from it (NULL of a recorded version, a
 * verdict that says how far the recording knows the call). Never throws for bytes.
 */
import {
  AuthStat,
  encodeReply,
  HeaderStatus,
  MsgType,
  newHeader,
  parseHeader,
  type ReplyInit,
} from '../codec/rpc/index.ts';
import type { Change } from '../dissector/stats/value-diff.ts';
import type { AnswerBook, Asked, Found } from './answer-book.ts';
import type { Bodies } from './bodies.ts';
import { replyBody } from './compare.ts';
import { type LookupClient, type Lookups, PORTMAP } from './lookups.ts';
import type { RecordedCall, RecordedMessage } from './recorded-session.ts';
import type { StateMap } from './state-map.ts';

/** A client as an answerer sees it: one for each connection, or for each sender of datagrams. */
export interface AnsweredClient extends LookupClient {
  /** the recorded connection that its last answer was of */
  recorded: number | null;
}

/** Something to send after a time. */
export interface Due {
  readonly bytes: Uint8Array;
  readonly afterNs: number;
}

/**
 * exact, mapped: as recorded. lookup: where a program is. null: a NULL that the recording does not have. unmatched:
 * `reply` is a verdict, for whoever has nothing better.
 */
export interface Answer {
  readonly how: 'exact' | 'mapped' | 'lookup' | 'null' | 'unmatched';
  readonly procedure: string;
  /** null: none was recorded */
  readonly reply: Due | null;
  readonly events: readonly Due[];
  /** of an unmatched call: how near the recording comes */
  readonly changes: readonly Change[];
}

export interface AnswererOptions {
  readonly book: AnswerBook;
  readonly bodies: Bodies;
  readonly lookups: Lookups;
  readonly map: StateMap | null;
  /** how many times as fast as it was: 1 as recorded, Infinity at once */
  readonly speed: number;
}

const FIRST_EVENT_XID = 0x80000000;

export class Answerer {
  readonly #options: AnswererOptions;
  readonly #header = newHeader();
  #eventXid = FIRST_EVENT_XID;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** `reply`: a client's answer to an event. `broken`: no message. Neither gets anything. */
  answer(bytes: Uint8Array, client: AnsweredClient): Answer | 'reply' | 'broken' {
    const header = this.#header;
    const status = parseHeader(viewOf(bytes), 0, bytes.length, header);
    if (header.msgType === MsgType.REPLY) return 'reply';
    const { program, version, procedure, bodyOff, xid } = header;
    const asked: Asked = { program, version, procedure, bytes, bodyOff };
    const lookup = this.#options.lookups.ofRecorded(asked, client);
    if (lookup !== null) return this.#made('lookup', asked, { xid, verdict: 'SUCCESS' }, lookup);
    const found = this.#options.book.find(asked, client.recorded);
    if (found !== null) return this.#recorded(asked, found, xid, client);
    if (status !== HeaderStatus.COMPLETE) return this.#malformed(status, asked, xid);
    const other = this.#options.lookups.ofAny(asked, client);
    if (other !== null) return this.#made('lookup', asked, { xid, verdict: 'SUCCESS' }, other);
    return this.#unmatched(asked, xid);
  }

  #recorded(asked: Asked, { exchange, how }: Found, xid: number, client: AnsweredClient): Answer {
    const { call, events } = exchange;
    const { bodies, map } = this.#options;
    client.recorded = call.connection.index;
    const { procedure } = bodies.procedure(call) ?? {};
    if (how === 'mapped' && procedure !== undefined && map !== null) {
      const [recorded, named] = [call, asked].map((one) => bodies.args(one, one.bytes, one.bodyOff));
      map.learn(procedure.argument, recorded, named);
    }
    const reply =
      call.reply === null ? null : { bytes: this.#replyOf(call, xid), afterNs: this.#ns(call, call.reply) };
    const sent = events.map((event) => ({
      bytes: this.#eventOf(event),
      afterNs: Math.max(reply?.afterNs ?? 0, this.#ns(call, event)),
    }));
    return { how, procedure: bodies.name(call), reply, events: sent, changes: [] };
  }

  /** The recorded reply with the client's xid, and our ports in it. */
  #replyOf(call: RecordedCall, xid: number): Uint8Array {
    const { bytes } = call.reply!;
    const results = call.program === PORTMAP ? replyBody(call, bytes) : null;
    if (results === null) return withXid(bytes, xid);
    const ours = this.#options.lookups.rewritten(call, results);
    return withXid(Buffer.concat([bytes.subarray(0, bytes.length - results.length), ours]), xid);
  }

  #eventOf({ bytes }: RecordedCall): Uint8Array {
    this.#eventXid = ((this.#eventXid + 1) | FIRST_EVENT_XID) >>> 0;
    return withXid(bytes, this.#eventXid);
  }

  #unmatched(asked: Asked, xid: number): Answer {
    const { book } = this.#options;
    const versions = asked.program === PORTMAP ? new Set([2, 3, 4]) : book.programs.get(asked.program);
    if (versions === undefined) return this.#made('unmatched', asked, { xid, verdict: 'PROG_UNAVAIL' });
    if (!versions.has(asked.version)) {
      const [low, high] = [Math.min(...versions), Math.max(...versions)];
      return this.#made('unmatched', asked, { xid, verdict: 'PROG_MISMATCH', low, high });
    }
    if (asked.procedure === 0) return this.#made('null', asked, { xid, verdict: 'SUCCESS' });
    // of a procedure that is recorded, with other arguments: no verdict of RFC 5531 says that
    const verdict = book.has(asked) ? 'SYSTEM_ERR' : 'PROC_UNAVAIL';
    return { ...this.#made('unmatched', asked, { xid, verdict }), changes: book.nearest(asked) };
  }

  #malformed(status: HeaderStatus, asked: Asked, xid: number): Answer | 'broken' {
    if (status === HeaderStatus.BAD_RPCVERS) {
      return this.#made('unmatched', asked, { xid, verdict: 'RPC_MISMATCH', low: 2, high: 2 });
    }
    if (status !== HeaderStatus.BAD_AUTH_LENGTH) return 'broken';
    return this.#made('unmatched', asked, { xid, verdict: 'AUTH_ERROR', authStat: AuthStat.AUTH_BADCRED });
  }

  #made(how: Answer['how'], asked: Asked, init: ReplyInit, results?: Uint8Array): Answer {
    const procedure = asked.bodyOff < 0 ? 'malformed' : this.#options.bodies.name(asked);
    const reply = { bytes: encodeReply(init, results), afterNs: 0 };
    return { how, procedure, reply, events: [], changes: [] };
  }

  #ns(from: RecordedMessage, to: RecordedMessage): number {
    return Math.max(0, to.atNs - from.atNs) / this.#options.speed;
  }
}

function withXid(message: Uint8Array, xid: number): Uint8Array {
  const out = new Uint8Array(message);
  if (out.length >= 4 && xid >= 0) viewOf(out).setUint32(0, xid);
  return out;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
