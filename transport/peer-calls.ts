/**
 * The calls that this side makes: written, remembered by xid, and settled by a reply, a deadline, an AbortSignal or
 * the end of the connection, whichever comes first. What arrives for no waiting call is counted, never thrown.
 * Bounded: beyond `outstanding` calls (or a full duplex) further ones wait or are refused, as the owner asks.
 */
import {
  decodeMessage,
  decodeResult,
  HeaderStatus,
  type OpaqueAuth,
  type Procedure,
  RpcError,
  type RpcHeader,
  type RpcReply,
  replyError,
} from '../codec/rpc/index.ts';
import { codecOf, isXdrError } from '../codec/xdr/index.ts';
import type { Message } from './message.ts';
import type { CallOptions } from './peer-types.ts';
import { explainRefusal } from './peer-validate.ts';
import { Verdict, writeCallHeader } from './peer-wire.ts';
import type { MessageWriter } from './peer-writer.ts';
import { type TimerWheel, WheelEntry } from './timer-wheel.ts';

/** What came of a reply: `stale` answers a call that is settled already, `unknown` one that never was. */
export type ReplyOutcome = 'answered' | 'stale' | 'unknown' | 'malformed';

export interface OutgoingOptions {
  /** whether xids have the top bit set: on the side that accepted the connection */
  readonly topBit: boolean;
  /** the first xid's lower 31 bits */
  readonly firstXid: number;
  readonly wheel: TimerWheel;
  readonly writer: MessageWriter;
  readonly timeoutMs: number;
  readonly credential: OpaqueAuth;
  /** calls on the wire and without a reply, at most */
  readonly outstanding: number;
  readonly whenFull: 'wait' | 'refuse';
  /** hands over one message */
  readonly send: (message: Message) => void;
  /** whether the duplex takes more now; when it does again, the owner calls `pump` */
  readonly ready: () => boolean;
  /** the largest message that can be sent; larger ones are refused with LIMIT */
  readonly largest?: number;
  /** a call that was sent has ended, however it did: nothing needs to be sent again for it */
  readonly settled?: (xid: number) => void;
}

class OutgoingCall extends WheelEntry {
  readonly owner: (call: OutgoingCall) => void;
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  readonly options: CallOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** held until the call is sent */
  args: unknown;
  /** -1 until it is sent */
  xid = -1;
  settled = false;
  onAbort: (() => void) | null = null;

  constructor(
    owner: (call: OutgoingCall) => void,
    program: number,
    version: number,
    procedure: Procedure,
    args: unknown,
    options: CallOptions,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.owner = owner;
    this.program = program;
    this.version = version;
    this.procedure = procedure;
    this.args = args;
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
  }

  override expire(): void {
    this.owner(this);
  }
}

const XIDS = 0x80000000;
const NO_OPTIONS: CallOptions = {};

export class OutgoingCalls {
  readonly #options: OutgoingOptions;
  readonly #expired: (call: OutgoingCall) => void;
  readonly #calls = new Map<number, OutgoingCall>();
  readonly #waiting = new Set<OutgoingCall>();
  /** xids given out so far; the next is `firstXid` plus this, modulo 2^31 */
  #issued = 0;
  #closed: RpcError | null = null;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#expired = (call) => {
      const ms = call.options.timeoutMs ?? this.#options.timeoutMs;
      this.#fail(call, new RpcError('TIMEOUT', `no reply to ${call.procedure.name} within ${ms} ms`));
    };
  }

  /** Calls without a reply, on the wire or still waiting to be sent. */
  get size(): number {
    return this.#calls.size + this.#waiting.size;
  }

  /**
   * Resolves with the decoded result. Rejects with RpcError (a verdict, MALFORMED, TIMEOUT, CLOSED, LIMIT, BAD_VALUE),
   * or with the signal's reason.
   */
  call(
    program: number,
    version: number,
    procedure: Procedure,
    args: unknown,
    options: CallOptions = NO_OPTIONS,
  ): Promise<unknown> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const free = this.#free();
    if (!free && this.#options.whenFull === 'refuse') {
      return Promise.reject(new RpcError('LIMIT', `${this.size} calls are outstanding on this connection`));
    }
    return new Promise((resolve, reject) => {
      const call = new OutgoingCall(
        this.#expired,
        program,
        version,
        procedure,
        args,
        options,
        resolve,
        reject,
      );
      if (free) {
        if (!this.#send(call)) return;
      } else {
        this.#waiting.add(call);
      }
      const ms = options.timeoutMs ?? this.#options.timeoutMs;
      if (ms !== Number.POSITIVE_INFINITY) this.#options.wheel.add(call, ms);
      if (signal !== undefined) {
        call.onAbort = () => this.#fail(call, signal.reason);
        signal.addEventListener('abort', call.onAbort, { once: true });
      }
    });
  }

  /**
   * Takes the reply in `bytes`, whose header was parsed to offsets within its buffer. Where they are `owned`, the
   * result may keep their backing buffer.
   */
  reply(bytes: Uint8Array, h: RpcHeader, owned = false): ReplyOutcome {
    const call = this.#calls.get(h.xid);
    if (call === undefined) return this.#wasIssued(h.xid) ? 'stale' : 'unknown';
    if (h.status !== HeaderStatus.COMPLETE) {
      const offset = h.stop - bytes.byteOffset;
      this.#fail(call, new RpcError('MALFORMED', 'the reply has no whole header', { offset }));
      return 'malformed';
    }
    if (h.replyStat !== 0 || h.acceptStat !== Verdict.SUCCESS) {
      this.#fail(call, replyError(decodeMessage(bytes) as RpcReply));
      return 'answered';
    }
    let result: unknown;
    try {
      result = decodeBody(call, bytes, h.bodyOff - bytes.byteOffset, owned);
    } catch (cause) {
      const { name } = call.procedure;
      const why = isXdrError(cause)
        ? `${cause.path === '' ? '' : `${cause.path}: `}${cause.message}`
        : String(cause);
      const detail = isXdrError(cause) ? { offset: cause.offset, cause } : { cause };
      this.#fail(call, new RpcError('MALFORMED', `the results of ${name} cannot be decoded: ${why}`, detail));
      return 'answered';
    }
    this.#settle(call);
    call.resolve(result);
    if (this.#waiting.size > 0) this.pump();
    return 'answered';
  }

  /** Sends what waits, as far as there is room. */
  pump(): void {
    for (const call of this.#waiting) {
      if (!this.#free()) return;
      this.#waiting.delete(call);
      this.#send(call);
    }
  }

  /** No replies will come any more: everything outstanding fails with `error`, and so does every later call. */
  close(error: RpcError): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    for (const call of [...this.#calls.values(), ...this.#waiting]) this.#fail(call, error);
  }

  #free(): boolean {
    return this.#calls.size < this.#options.outstanding && this.#options.ready();
  }

  /** Writes and sends; false when the arguments are refused, and then the call fails. */
  #send(call: OutgoingCall): boolean {
    const { writer: slab, credential } = this.#options;
    const { procedure } = call;
    const xid = this.#nextXid();
    const writer = slab.begin();
    const start = writer.p;
    try {
      writeCallHeader(
        writer,
        xid,
        call.program,
        call.version,
        procedure.number,
        call.options.credential ?? credential,
      );
      codecOf(procedure.argument).encodeInto(writer, call.args);
      checkSize(writer.length - start, this.#options.largest);
    } catch (error) {
      slab.abandon(writer, start);
      this.#refused(call, error);
      return false;
    }
    call.args = undefined;
    call.xid = xid;
    this.#calls.set(xid, call);
    this.#options.send(slab.end(writer, start));
    return true;
  }

  #refused(call: OutgoingCall, error: unknown): void {
    this.#settle(call);
    if (!isXdrError(error)) {
      call.reject(error);
      return;
    }
    const { name, argument } = call.procedure;
    explainRefusal(`arguments of ${name}`, argument, call.args, error).then(call.reject, call.reject);
  }

  #fail(call: OutgoingCall, error: unknown): void {
    if (call.settled) return;
    this.#settle(call);
    call.reject(error);
    if (this.#waiting.size > 0) this.pump();
  }

  #settle(call: OutgoingCall): void {
    call.settled = true;
    if (call.xid >= 0) {
      this.#calls.delete(call.xid);
      this.#options.settled?.(call.xid);
    } else {
      this.#waiting.delete(call);
    }
    this.#options.wheel.remove(call);
    if (call.onAbort !== null) call.options.signal?.removeEventListener('abort', call.onAbort);
  }

  #nextXid(): number {
    const { topBit, firstXid } = this.#options;
    for (;;) {
      const low = (firstXid + this.#issued++) % XIDS;
      const xid = topBit ? low + XIDS : low;
      // After 2^31 calls one may still wait under its number.
      if (!this.#calls.has(xid)) return xid;
    }
  }

  #wasIssued(xid: number): boolean {
    const { topBit, firstXid } = this.#options;
    if (xid >= XIDS !== topBit) return false;
    const low = topBit ? xid - XIDS : xid;
    return (low - firstXid + XIDS) % XIDS < this.#issued;
  }
}

function checkSize(bytes: number, largest = Number.POSITIVE_INFINITY): void {
  if (bytes > largest)
    throw new RpcError('LIMIT', `a call of ${bytes} bytes, at most ${largest} can be sent`);
}

function decodeBody(call: OutgoingCall, bytes: Uint8Array, off: number, owned: boolean): unknown {
  const { procedure, options } = call;
  if (options.declared?.repeats !== undefined) {
    return decodeResult({ procedure, declared: options.declared }, bytes, off, bytes.length).value;
  }
  const codec = codecOf(procedure.result);
  return owned ? codec.decodeOwned(bytes, off) : codec.decode(bytes, off);
}
