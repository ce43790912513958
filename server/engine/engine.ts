/**
 * The server's engine: services behind any number of listeners, each connection a symmetric peer, every limit of
 * DESIGN section 6 kept, everything counted. What arrives never throws; failures of ours are reported to `log`.
 */
import { isRpcError } from '../../codec/rpc/index.ts';
import type { CloseReason, Endpoint, Listener } from '../../transport/channel.ts';
import { type Clock, systemClock } from '../../transport/clock.ts';
import type { Dialect } from '../../transport/dialect.ts';
import { type Accepted, type ListenOptions, listen, type StreamListener } from '../../transport/listen.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { type EndCause, Peer } from '../../transport/peer.ts';
import { Dispatcher, type DispatcherOptions } from '../../transport/peer-dispatch.ts';
import type { ServedProcedure } from '../../transport/peer-services.ts';
import type { Grant, Service } from '../../transport/peer-types.ts';
import { MessageWriter } from '../../transport/peer-writer.ts';
import type { Target } from '../../transport/target.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { Connections, type Slot } from './connections.ts';
import { descriptorLimit } from './fd-limit.ts';
import { type EngineLimits, engineLimits } from './limits.ts';
import { Metrics } from './metrics.ts';
import type { Family } from './metrics-text.ts';
import { Notices } from './notices.ts';

type LogFields = Readonly<Record<string, string | number | null>>;

/** One thing that happened, for the daemon's log. `fields` are plain JSON values. */
export type EngineLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: LogFields,
) => void;

export interface EngineOptions extends Omit<DispatcherOptions, 'observer' | 'writer'> {
  readonly engineLimits?: Partial<EngineLimits>;
  readonly clock?: Clock;
  readonly log?: EngineLog;
  /** the process's descriptors; default: asked of the system. null: unlimited */
  readonly descriptors?: number | null;
  /** deadline of callbacks to clients, milliseconds */
  readonly callbackTimeoutMs?: number;
}

/** What a listener grants to whoever connects, and what is spoken there (default ONC RPC). */
export interface AcceptOptions {
  readonly access: Grant;
  readonly dialect?: Dialect;
}

/**
 * Beside what the transport takes (TLS, backlog). `access` as a function is asked with the listener's URL once that is
 * known, before anybody is let in; what it throws ends the listener. `wrap`: decorators around each connection
 * (record, trace).
 */
export interface ListenerOptions extends Omit<ListenOptions, 'admit' | 'wheel' | 'limits'> {
  readonly access: Grant | ((url: string) => Grant);
  readonly dialect?: Dialect;
  readonly wrap?: (duplex: MessageDuplex) => MessageDuplex;
}

const SWEEP_MS = 1000;

export class Engine {
  readonly limits: EngineLimits;
  readonly metrics: Metrics;
  /** serves a message without a connection too (UDP) */
  readonly dispatcher: Dispatcher;
  readonly wheel: TimerWheel;
  readonly #writer = new MessageWriter();
  readonly #clock: Clock;
  readonly #log: EngineLog;
  readonly #connections: Connections;
  readonly #notices = new Notices();
  readonly #callbackTimeoutMs: number;
  readonly #descriptors: number | null;
  readonly #listeners = new Set<Listener>();
  #stopSweep: (() => void) | null = null;
  #nextId = 1;
  #stopping: Promise<void> | null = null;

  /** Throws RangeError for limits that are none. */
  constructor(options: EngineOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? (() => undefined);
    this.#descriptors = options.descriptors === undefined ? descriptorLimit() : options.descriptors;
    this.limits = engineLimits(options.engineLimits ?? {}, this.#descriptors);
    this.#callbackTimeoutMs = options.callbackTimeoutMs ?? 30_000;
    this.wheel = new TimerWheel(this.#clock);
    this.metrics = new Metrics({
      now: () => this.#clock.now(),
      onFailure: (error, procedure) => this.#failed(error, procedure),
    });
    this.dispatcher = new Dispatcher({ ...options, observer: this.metrics, writer: this.#writer });
    this.#connections = new Connections(this.limits);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Throws TypeError for a service that cannot be added (a version twice). */
  addService(service: Service): void {
    this.dispatcher.add(service);
  }

  /**
   * Other limits for the engine, for connections that come from now on, and for calls that do; what is not given has
   * its default. Throws RangeError for what is none.
   */
  setLimits({ engineLimits: given = {}, limits }: Pick<EngineOptions, 'engineLimits' | 'limits'>): void {
    Object.assign(this.limits, engineLimits(given, this.#descriptors));
    this.dispatcher.setLimits(limits);
  }

  /**
   * Listens on a URL (or a parsed target) and serves whoever connects. The listener's `url` has the resolved port;
   * `stop` closes it. Rejects with TransportError.
   */
  async addListener(target: Target | string, options: ListenerOptions): Promise<StreamListener> {
    const { access, wrap, ...transport } = options;
    const { dialect } = options;
    const { limits } = this;
    // Until it is decided nobody gets in: a connection is accepted no earlier than in the event loop's next turn.
    let granted: Grant | null = typeof access === 'function' ? null : access;
    const slots = new WeakMap<Accepted, Slot>();
    const listener = await listen(
      target,
      {
        onProblem: (error, from) => {
          const fields = { error: error.message };
          if (from === undefined) this.#log('warn', 'listener', fields);
          else this.#notice('warn', 'connection', from, fields);
        },
        ...transport,
        limits,
        wheel: this.wheel,
        // Looked at for each connection: `setLimits` may have changed them.
        get stallMs() {
          return limits.partialMs;
        },
        get minBytesPerSecond() {
          return limits.partialRate;
        },
        get handshakeMs() {
          return limits.handshakeMs;
        },
        get keepaliveMs() {
          return limits.tcpKeepaliveMs;
        },
        admit: (accepted) => {
          if (granted === null) return false;
          const slot = this.#admit(accepted.remote, () => accepted.drop());
          if (slot === null) return false;
          slots.set(accepted, slot);
          accepted.onGone(() => {
            if (slot.peer === null) this.metrics.connectionEnded('handshake');
            this.#gone(slot);
          });
          return true;
        },
      },
      (duplex, accepted) => {
        const slot = slots.get(accepted);
        if (slot === undefined || granted === null) return;
        this.#attach(slot, wrap?.(duplex) ?? duplex, { access: granted, ...(dialect && { dialect }) });
      },
    );
    if (typeof access === 'function') {
      try {
        granted = access(listener.url);
      } catch (error) {
        await listener.close();
        throw error;
      }
    }
    if (this.#stopping !== null) await listener.close();
    else this.#listeners.add(listener);
    this.#log('info', 'listening', { url: listener.url, access: granted });
    return listener;
  }

  /** Takes a connection over; null where it is turned away, or has ended already. */
  accept(duplex: MessageDuplex, options: AcceptOptions): Peer | null {
    const slot = this.#admit(duplex.remote, () => duplex.reset());
    if (slot !== null) return this.#attach(slot, duplex, options);
    duplex.reset();
    return null;
  }

  /** The Prometheus text of everything counted, and of what `more` has. */
  metricsText(more: readonly Family[] = []): string {
    return this.metrics.text(this.#connections.depths(), more);
  }

  /**
   * Takes no more connections and no more calls but those that are here, lets those in flight end within `drainMs`,
   * then closes; who has none in flight at once. Resolves when every connection is gone; a second call waits for the same.
   */
  stop({ drainMs = 10_000 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  async #stop(drainMs: number): Promise<void> {
    const closing = [...this.#listeners].map((listener) => listener.close());
    this.#listeners.clear();
    // What had arrived before is read in this turn of the event loop.
    await new Promise((turn) => setImmediate(turn));
    const drained = this.#connections.slots.map(({ peer, drop }) =>
      peer === null ? drop() : peer.drain(drainMs),
    );
    await Promise.all([...drained, ...closing]);
  }

  #admit(remote: Endpoint, drop: () => void): Slot | null {
    const slot = this.#stopping === null ? this.#connections.open(drop, this.#clock.now()) : null;
    if (slot === null) {
      const reason = this.#stopping === null ? 'connections' : 'draining';
      this.metrics.connectionRefused(reason);
      this.#notice('warn', 'refused', remote, { reason });
      return null;
    }
    this.#stopSweep ??= this.#clock.every(SWEEP_MS, () => this.#connections.sweep(this.#clock.now()));
    return slot;
  }

  #attach(slot: Slot, duplex: MessageDuplex, { access, dialect }: AcceptOptions): Peer | null {
    const id = this.#nextId++;
    this.metrics.connectionAccepted(duplex.kind);
    const peer = new Peer(duplex, {
      side: 'server',
      id,
      access,
      ...(dialect !== undefined && { dialect }),
      dispatcher: this.dispatcher,
      limits: this.limits,
      whenFull: 'refuse',
      timeoutMs: this.#callbackTimeoutMs,
      wheel: this.wheel,
      writer: this.#writer,
      onClose: (reason, cause, ended) => this.#ended(slot, ended, reason, cause),
    });
    slot.peer = peer;
    if (peer.closed !== null) return null; // it was over before it began
    this.#log('debug', 'connected', { id, remote: duplex.remote.text, transport: duplex.kind });
    return peer;
  }

  #ended(slot: Slot, peer: Peer, reason: CloseReason, cause: EndCause | null): void {
    this.#gone(slot);
    const why = cause ?? endedBy(reason);
    const { id, duplex } = peer;
    this.metrics.connectionEnded(why);
    const error = reason.error === undefined ? null : reason.error.message;
    const fields = { id, reason: why, error };
    if (why === 'closed') this.#log('debug', 'disconnected', { ...fields, remote: duplex.remote.text });
    else this.#notice('info', 'disconnected', duplex.remote, fields);
  }

  /** A line for what a peer can make happen as often as it likes: one a minute for each address. */
  #notice(level: 'info' | 'warn', event: string, remote: Endpoint, fields: LogFields): void {
    const unlogged = this.#notices.take(`${event} ${remote.address}`, this.#clock.now());
    const all = { ...fields, remote: remote.text, ...(unlogged ? { unlogged } : {}) };
    this.#log(unlogged === null ? 'debug' : level, event, all);
  }

  #gone(slot: Slot): void {
    this.#connections.close(slot);
    if (this.#connections.size > 0) return;
    this.#stopSweep?.();
    this.#stopSweep = null;
  }

  #failed(error: unknown, procedure: ServedProcedure): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log('error', 'failed', {
      procedure: procedure.procedure.name,
      program: procedure.program,
      error: text,
    });
  }
}

/** How a connection ended, for the counters: what its framing refused is named by the error's code. */
function endedBy({ kind, error }: CloseReason): string {
  return isRpcError(error) ? error.code.toLowerCase() : kind;
}
