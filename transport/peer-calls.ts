/**
 * The calls that this side makes: written, remembered by id, and settled by a reply, a deadline, an AbortSignal or
 * the end of the connection, whichever comes first. What arrives for no waiting call is counted, never thrown.
 * Bounded: beyond `outstanding` calls (or a full duplex) further ones wait or are refused, as the owner asks.
 */
import { type Incoming, Verdict } from '../codec/rpc/incoming.ts';
import { decodeResult, type OpaqueAuth, type Procedure, RpcError } from '../codec/rpc/index.ts';
import { codecOf, isXdrError } from '../codec/xdr/index.ts';
import type { Dialect, IdRange, Side } from './dialect.ts';
import type { Message } from './message.ts';
import type { CallOptions } from './peer-types.ts';
import { explainRefusal } from './peer-validate.ts';
import type { MessageWriter } from './peer-writer.ts';
import { type TimerWheel, WheelEntry } from './timer-wheel.ts';

/** What came of a reply: `stale` answers a call that is settled already, `unknown` one that never was. */
export type ReplyOutcome = 'answered' | 'stale' | 'unknown' | 'malformed';

export interface OutgoingOptions {
  readonly dialect: Dialect;
  readonly side: Side;
  /** the first call's id, counted from the lowest that this side may use; default: any */
  readonly firstId?: number | undefined;
  readonly wheel: TimerWheel;
  readonly writer: MessageWriter;
  readonly timeoutMs: number;
  readonly credential: OpaqueAuth;
  /** calls on the wire and without a reply, at most */
  readonly outstanding: number;
  readonly whenFull: 'wait' | 'refuse';
  /** hands over one message; `id` as in `settled`, -1 where no reply is to come */
  readonly send: (message: Message, id: number) => void;
  /** whether the duplex takes more now; when it does again, the owner calls `pump` */
  readonly ready: () => boolean;
  /** the largest message that can be sent; larger ones are refused with LIMIT */
  readonly largest?: number;
  /** a call that was sent has ended, however it did: nothing needs to be sent again for it */
  readonly settled?: (id: number) => void;
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
  id = -1;
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

const NO_OPTIONS: CallOptions = {};

export class OutgoingCalls {
  readonly #options: OutgoingOptions;
  readonly #expired: (call: OutgoingCall) => void;
  readonly #calls = new Map<number, OutgoingCall>();
  readonly #waiting = new Set<OutgoingCall>();
  readonly #ids: IdRange;
  readonly #firstId: number;
  /** ids given out so far; the next is this many behind the first */
  #issued = 0;
  #closed: RpcError | null = null;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#ids = options.dialect.ids(options.side);
    this.#firstId = options.firstId ?? Math.floor(Math.random() * this.#ids.count);
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
   * Resolves with the decoded result, or, where the dialect has no reply to it, with undefined once it is sent. Rejects
   * with RpcError (a verdict, MALFORMED, TIMEOUT, CLOSED, LIMIT, BAD_VALUE), with an error of the dialect's, or with
   * the signal's reason.
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

  /** Takes the classified reply in `bytes`. Where they are `owned`, the result may keep their backing buffer. */
  reply(bytes: Uint8Array, incoming: Incoming, owned = false): ReplyOutcome {
    const { id, verdict } = incoming;
    const call = this.#calls.get(id);
    if (call === undefined) return this.#wasIssued(id) ? 'stale' : 'unknown';
    if (verdict !== Verdict.SUCCESS) {
      this.#fail(call, this.#options.dialect.failure(bytes, incoming));
      return verdict === -1 ? 'malformed' : 'answered';
    }
    let result: unknown;
    try {
      result = decodeBody(call, bytes, incoming.bodyOff, owned);
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

  /** Writes and sends; false where that settles the call: refused arguments, or no reply to come. */
  #send(call: OutgoingCall): boolean {
    const { dialect, side, writer: slab, credential } = this.#options;
    const { program, version, procedure } = call;
    const answered = dialect.isAnswered(side, program);
    const id = answered ? this.#nextId() : -1;
    const writer = slab.begin();
    const start = writer.p;
    try {
      const authority = call.options.credential ?? credential;
      dialect.writeCall(writer, id, program, version, procedure.number, authority);
      codecOf(procedure.argument).encodeInto(writer, call.args);
      checkSize(writer.length - start, this.#options.largest);
    } catch (error) {
      slab.abandon(writer, start);
      this.#refused(call, error);
      return false;
    }
    call.args = undefined;
    if (answered) {
      call.id = id;
      this.#calls.set(id, call);
    }
    this.#options.send(slab.end(writer, start), id);
    if (answered) return true;
    this.#settle(call);
    call.resolve(undefined);
    return false;
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
    if (call.id >= 0) {
      this.#calls.delete(call.id);
      this.#options.settled?.(call.id);
    } else {
      this.#waiting.delete(call);
    }
    this.#options.wheel.remove(call);
    if (call.onAbort !== null) call.options.signal?.removeEventListener('abort', call.onAbort);
  }

  #nextId(): number {
    const { low, count } = this.#ids;
    for (;;) {
      const id = low + ((this.#firstId + this.#issued++) % count);
      // Once all were used, one may still wait under its number.
      if (!this.#calls.has(id)) return id;
    }
  }

  #wasIssued(id: number): boolean {
    const { low, count } = this.#ids;
    const at = id - low;
    return at >= 0 && at < count && (at - this.#firstId + count) % count < this.#issued;
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
