/**
 * A symmetric RPC peer over one message duplex: both sides may call, at once and out of order. Owes its callers a
 * settled promise for every call, whatever happens; owes the other side back-pressure (it stops reading while too
 * much is in flight or queued, and closes if that does not end). Never throws for what arrives.
 */
import { type Incoming, Kind, Verdict } from '../codec/rpc/incoming.ts';
import { type OpaqueAuth, type Procedure, RpcError } from '../codec/rpc/index.ts';
import type { CloseReason } from './channel.ts';
import { systemClock } from './clock.ts';
import { type Dialect, oncRpc, type Side } from './dialect.ts';
import { type Message, messageBytes } from './message.ts';
import type { MessageDuplex } from './message-duplex.ts';
import { OutgoingCalls } from './peer-calls.ts';
import type { ServedCall } from './peer-context.ts';
import { type CallTarget, Dispatcher } from './peer-dispatch.ts';
import type { CallOptions, ConnectionView, Grant, KeepaliveOptions, Service } from './peer-types.ts';
import { MessageWriter } from './peer-writer.ts';
import { Deadline, TimerWheel } from './timer-wheel.ts';

/** Every bound of one connection (DESIGN section 6). */
export interface PeerLimits {
  /** calls of the other side being served by promises; at the limit nothing more is read */
  readonly inFlight: number;
  /** bytes queued towards the other side; above it nothing more is read */
  readonly queuedBytes: number;
  /** how long reading may stay stopped without a call ending or the queue draining before the connection is closed */
  readonly stalledMs: number;
  /** own calls without a reply; on a server these are the callbacks */
  readonly outstanding: number;
}

export const PEER_LIMITS: PeerLimits = {
  inFlight: 128,
  queuedBytes: 8 * 1024 * 1024,
  stalledMs: 30_000,
  outstanding: 4096,
};

/** Counted since the peer was made. */
export interface PeerCounts {
  /** replies to calls that were settled already: timed out, cancelled, answered twice */
  stale: number;
  /** replies to ids never used */
  unknown: number;
  /** messages without a whole header */
  malformed: number;
}

export interface PeerOptions {
  /** what the other side speaks, and the duplex frames; default ONC RPC */
  readonly dialect?: Dialect;
  /** 'server' for the side that accepted the connection. Default 'client' */
  readonly side?: Side;
  readonly services?: readonly Service[];
  /** serves the other side's calls, instead of `services`: shared by all connections of an engine */
  readonly dispatcher?: Dispatcher;
  readonly access?: Grant;
  readonly id?: number;
  /** default credential of own calls: AUTH_NONE */
  readonly credential?: OpaqueAuth;
  /** default deadline of own calls, milliseconds */
  readonly timeoutMs?: number;
  readonly limits?: Partial<PeerLimits>;
  /** own calls beyond the limit: 'wait' (default) until there is room, or 'refuse' with RpcError LIMIT */
  readonly whenFull?: 'wait' | 'refuse';
  readonly wheel?: TimerWheel;
  readonly writer?: MessageWriter;
  /** the first call's id, counted from the lowest that this side may use; default: any */
  readonly firstId?: number;
  /** once, last: why the connection ended, and why this side ended it where it did */
  readonly onClose?: (reason: CloseReason, cause: EndCause | null, peer: Peer) => void;
}

/**
 * Why this side gave a connection up. `stalled`: the other side did not take its replies. `silent`: keepalive went
 * unanswered. `malformed`: its replies cannot be read. `drained`: calls were left when draining had to end. The others
 * are the engine's: evicted in favour of a newcomer, idle for too long.
 */
export type EndCause = 'stalled' | 'silent' | 'malformed' | 'drained' | 'newcomer' | 'idle';

const DEFAULT_TIMEOUT_MS = 25_000;
const NO_AUTH: OpaqueAuth = Object.freeze({ flavor: 0, body: new Uint8Array(0) });

/** Why reading is stopped, as bits. */
const Stop = { IN_FLIGHT: 1, QUEUE: 2, DRAINING: 4 } as const;

export class Peer implements ConnectionView {
  readonly id: number;
  readonly access: Grant;
  readonly #duplex: MessageDuplex;
  readonly #limits: PeerLimits;
  readonly #wheel: TimerWheel;
  readonly #calls: OutgoingCalls;
  readonly #dialect: Dialect;
  readonly #incoming: Incoming;
  #dispatcher: Dispatcher | null;
  readonly #target: CallTarget;
  readonly #inFlight = new Set<ServedCall>();
  readonly #counts: PeerCounts = { stale: 0, unknown: 0, malformed: 0 };
  readonly #onClose: (() => void)[] = [];
  readonly #ended: PeerOptions['onClose'];
  /** messages received so far, for those who watch for silence */
  #received = 0;
  /** calls of the other side whose header was whole */
  #served = 0;
  #stopped = 0;
  readonly #stalled: Deadline;
  #keepalive: Deadline | null = null;
  #otherEnded = false;
  #drained: (() => void) | null = null;
  #closed: CloseReason | null = null;
  /** how it will be closed, once nothing can be called any more */
  #closing: CloseReason | null = null;
  #cause: EndCause | null = null;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(duplex: MessageDuplex, options: PeerOptions = {}) {
    this.id = options.id ?? 0;
    this.access = options.access ?? 'rw';
    this.#duplex = duplex;
    this.#limits = { ...PEER_LIMITS, ...options.limits };
    this.#wheel = options.wheel ?? new TimerWheel(systemClock);
    const dialect = options.dialect ?? oncRpc;
    this.#dialect = dialect;
    this.#incoming = dialect.newIncoming();
    const writer = options.writer ?? new MessageWriter();
    this.#dispatcher = options.dispatcher ?? null;
    if (options.services !== undefined && options.services.length > 0) {
      this.#dispatcher ??= new Dispatcher({ writer });
      for (const service of options.services) this.#dispatcher.add(service);
    }
    this.#ended = options.onClose;
    this.#stalled = new Deadline(() => this.giveUp('stalled', 'calls or replies did not move on'));
    this.#calls = new OutgoingCalls({
      dialect,
      side: options.side ?? 'client',
      firstId: options.firstId,
      wheel: this.#wheel,
      writer,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      credential: options.credential ?? NO_AUTH,
      outstanding: this.#limits.outstanding,
      whenFull: options.whenFull ?? 'wait',
      send: (message) => this.#send(message),
      ready: () => duplex.queued <= this.#limits.queuedBytes,
    });
    this.#target = {
      dialect,
      connection: this,
      reply: (message) => this.#send(message),
      began: (call) => this.#began(call),
      ended: (call) => this.#callEnded(call),
    };
    duplex.start({
      message: (bytes, owned = false) => this.#message(bytes, owned),
      drain: () => this.#drain(),
      end: () => this.#end(),
      closed: (reason) => this.#finish(reason),
    });
  }

  get transport(): string {
    return this.#duplex.kind;
  }

  get remote(): string {
    return this.#duplex.remote.text;
  }

  get local(): string {
    return this.#duplex.local.text;
  }

  get duplex(): MessageDuplex {
    return this.#duplex;
  }

  get counts(): Readonly<PeerCounts> {
    return this.#counts;
  }

  /** Own calls without a reply. */
  get outstanding(): number {
    return this.#calls.size;
  }

  /** Calls of the other side being served by promises. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Messages received so far. */
  get received(): number {
    return this.#received;
  }

  /** Whole calls received so far. */
  get callsReceived(): number {
    return this.#served;
  }

  /** Bytes of the messages received so far, without framing. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Bytes of the messages sent so far, without framing. */
  get bytesOut(): number {
    return this.#bytesOut;
  }

  /** Whether reading is stopped for back-pressure. */
  get stopped(): boolean {
    return this.#stopped !== 0;
  }

  /** Why nothing can be called any more, set before the calls that wait hear of it; null while it can. */
  get closed(): CloseReason | null {
    return this.#closed ?? this.#closing;
  }

  /**
   * Calls the other side and resolves with the decoded result. Rejects with RpcError: a verdict, or TIMEOUT, CLOSED,
   * MALFORMED (no results of that type), BAD_VALUE (no such arguments), LIMIT (refused, `whenFull`); an aborted
   * signal rejects with its reason. Opaques of 32 KiB and more in `args` are sent from where they are: leave them as
   * they are until the reply is here, or the connection gone.
   */
  call(
    program: number,
    version: number,
    procedure: Procedure,
    args: unknown,
    options?: CallOptions,
  ): Promise<unknown> {
    return this.#calls.call(program, version, procedure, args, options);
  }

  callback(program: number, version: number, procedure: Procedure, args: unknown): Promise<unknown> {
    return this.#calls.call(program, version, procedure, args);
  }

  /** Serves a program to the other side. Throws TypeError for a service that cannot be added. */
  serve(service: Service): void {
    this.#dispatcher ??= new Dispatcher();
    this.#dispatcher.add(service);
  }

  onClose(f: () => void): void {
    if (this.#closed === null) this.#onClose.push(f);
    else f();
  }

  /** From now on: while nothing comes in for `intervalMs`, a NULL call; `count` in a row without a sign close. */
  keepalive({ program, version, procedure, intervalMs = 5000, count = 5 }: KeepaliveOptions): void {
    if (this.#closed !== null) return;
    if (this.#keepalive !== null) this.#wheel.remove(this.#keepalive);
    let seen = this.#received;
    let silent = 0;
    const check = new Deadline(() => {
      if (this.#received !== seen) silent = 0;
      else if (silent++ >= count) {
        this.giveUp('silent', `nothing heard for ${count + 1} times ${intervalMs} ms`);
        return;
      }
      if (this.#received === seen) {
        const given = this.#calls.call(program, version, procedure, undefined, {
          timeoutMs: intervalMs * (count + 1),
        });
        // Any message counts as a sign of life, an error too; silence is what ends the connection.
        given.catch(() => undefined);
      }
      seen = this.#received;
      this.#wheel.add(check, intervalMs);
    });
    this.#keepalive = check;
    this.#wheel.add(check, intervalMs);
  }

  /** Ends in good order: own calls fail with CLOSED, what is queued goes out within `deadlineMs`. */
  close(deadlineMs?: number): void {
    this.#endCalls('closed', 'the connection was closed');
    if (this.#closed === null) this.#duplex.close(deadlineMs);
  }

  /** Ends at once. */
  reset(): void {
    if (this.#closed === null) this.#duplex.reset();
  }

  /** Ends at once, for a reason of ours: own calls fail with CLOSED and `why`. */
  giveUp(cause: EndCause, why: string): void {
    this.#cause ??= cause;
    this.#endCalls('reset', `the connection was given up: ${why}`);
    this.reset();
  }

  /**
   * Reads no further calls, lets those in flight end, then closes; with none at once. After `deadlineMs` the rest is
   * aborted. Resolves when the connection is gone.
   */
  drain(deadlineMs: number): Promise<void> {
    if (this.#closed !== null) return Promise.resolve();
    const force = new Deadline(() => {
      // Where everything is answered and out, only the other side's end is missing: the channel's affair by now.
      if (this.#inFlight.size === 0 && this.#duplex.queued === 0) return;
      this.giveUp('drained', 'its calls did not end in time');
    });
    this.#wheel.add(force, deadlineMs);
    const gone = new Promise<void>((done) => {
      this.onClose(() => {
        this.#wheel.remove(force);
        done();
      });
    });
    this.#stop(Stop.DRAINING);
    this.#drained = () => this.close(deadlineMs);
    this.#closeIfDone();
    return gone;
  }

  #message(bytes: Uint8Array, owned: boolean): void {
    this.#received++;
    this.#bytesIn += bytes.length;
    const incoming = this.#dialect.classify(bytes, this.#incoming);
    if (incoming.kind === Kind.REPLY) {
      const outcome = this.#calls.reply(bytes, incoming, owned);
      if (outcome === 'answered') return;
      this.#counts[outcome]++;
      // A reply of ours that breaks off in its header: whoever sends that cannot be understood any further.
      if (outcome === 'malformed') this.giveUp('malformed', 'a reply without a whole header');
      else this.#dispatcher?.dispatch(bytes, incoming, this.#target, owned);
      return;
    }
    if (incoming.kind === Kind.DROP) this.#counts.malformed++;
    else if (incoming.verdict === Verdict.SUCCESS) this.#served++;
    this.#dispatcher ??= new Dispatcher();
    this.#dispatcher.dispatch(bytes, incoming, this.#target, owned);
  }

  #send(message: Message): void {
    if (this.#closed !== null) return;
    this.#bytesOut += messageBytes(message);
    if (!this.#duplex.send(message) && this.#duplex.queued > this.#limits.queuedBytes) this.#stop(Stop.QUEUE);
  }

  #drain(): void {
    if ((this.#stopped & Stop.QUEUE) !== 0 && this.#duplex.queued <= this.#limits.queuedBytes) {
      this.#go(Stop.QUEUE);
    }
    this.#calls.pump();
  }

  #began(call: ServedCall): void {
    this.#inFlight.add(call);
    if (this.#inFlight.size >= this.#limits.inFlight) this.#stop(Stop.IN_FLIGHT);
  }

  #callEnded(call: ServedCall): void {
    if (!this.#inFlight.delete(call)) return;
    if ((this.#stopped & Stop.IN_FLIGHT) !== 0) this.#go(Stop.IN_FLIGHT);
    this.#closeIfDone();
  }

  #stop(why: number): void {
    if (this.#stopped === 0) this.#duplex.pause();
    const before = this.#stopped;
    this.#stopped |= why;
    // The deadline runs from when the other side began to hold things up, not from the latest reply.
    if (before === 0 && why !== Stop.DRAINING) this.#wheel.add(this.#stalled, this.#limits.stalledMs);
  }

  #go(why: number): void {
    this.#stopped &= ~why;
    if ((this.#stopped & ~Stop.DRAINING) === 0) this.#wheel.remove(this.#stalled);
    if (this.#stopped === 0) this.#duplex.resume();
  }

  /** The other side sends no more: no reply of it will come, but what it asked for is still answered. */
  #end(): void {
    this.#otherEnded = true;
    this.#endCalls('closed', 'the other side ended the connection');
    this.#closeIfDone();
  }

  /** No reply will come any more. Whoever hears that finds the peer closed. */
  #endCalls(kind: CloseReason['kind'], why: string): void {
    this.#closing ??= { kind };
    this.#calls.close(new RpcError('CLOSED', why));
  }

  #closeIfDone(): void {
    if (this.#inFlight.size > 0) return;
    if (this.#drained !== null) this.#drained();
    else if (this.#otherEnded) this.close(this.#limits.stalledMs);
  }

  #finish(reason: CloseReason): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    const why = reason.kind === 'error' ? `: ${reason.error?.message}` : '';
    const error = new RpcError(
      'CLOSED',
      `the connection is ${reason.kind === 'reset' ? 'reset' : 'closed'}${why}`,
      {
        ...(reason.error !== undefined && { cause: reason.error }),
      },
    );
    this.#calls.close(error);
    this.#wheel.remove(this.#stalled);
    if (this.#keepalive !== null) this.#wheel.remove(this.#keepalive);
    for (const call of this.#inFlight) call.abort(error);
    this.#inFlight.clear();
    for (const f of this.#onClose.splice(0)) f();
    this.#ended?.(reason, this.#cause, this);
  }
}
