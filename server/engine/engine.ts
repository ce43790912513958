/**
 * The server's engine: services behind any number of listeners, each connection a symmetric peer, every limit of
 * DESIGN section 6 kept, everything counted. What arrives never throws; failures of ours are reported to `log`.
 */
import type { CloseReason } from '../../transport/channel.ts';
import { type Clock, systemClock } from '../../transport/clock.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { type EndCause, Peer } from '../../transport/peer.ts';
import { Dispatcher, type DispatcherOptions } from '../../transport/peer-dispatch.ts';
import type { ServedProcedure } from '../../transport/peer-services.ts';
import type { Grant, Service } from '../../transport/peer-types.ts';
import { MessageWriter } from '../../transport/peer-writer.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { Connections } from './connections.ts';
import { descriptorLimit } from './fd-limit.ts';
import { type EngineLimits, engineLimits } from './limits.ts';
import { Metrics } from './metrics.ts';

/** One thing that happened, for the daemon's log. `fields` are plain JSON values. */
export type EngineLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, string | number | null>>,
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

/** What a listener grants to whoever connects. */
export interface AcceptOptions {
  readonly access: Grant;
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
  readonly #callbackTimeoutMs: number;
  #stopSweep: (() => void) | null = null;
  #nextId = 1;
  #stopping: Promise<void> | null = null;

  /** Throws RangeError for limits that are none. */
  constructor(options: EngineOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? (() => undefined);
    const descriptors = options.descriptors === undefined ? descriptorLimit() : options.descriptors;
    this.limits = engineLimits(options.engineLimits ?? {}, descriptors);
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

  /** Takes a connection over; null where it is turned away, or has ended already. */
  accept(duplex: MessageDuplex, { access }: AcceptOptions): Peer | null {
    const refusal = this.#stopping !== null ? 'draining' : this.#connections.room ? null : 'connections';
    if (refusal !== null) {
      this.metrics.connectionRefused(refusal);
      this.#log('warn', 'refused', { reason: refusal, remote: duplex.remote.text });
      duplex.reset();
      return null;
    }
    this.#connections.makeRoom();
    const id = this.#nextId++;
    const peer = new Peer(duplex, {
      side: 'server',
      id,
      access,
      dispatcher: this.dispatcher,
      limits: this.limits,
      whenFull: 'refuse',
      timeoutMs: this.#callbackTimeoutMs,
      wheel: this.wheel,
      writer: this.#writer,
      onClose: (reason, cause, ended) => this.#ended(ended, reason, cause),
    });
    this.metrics.connectionAccepted(duplex.kind);
    if (peer.closed !== null) return null; // it was over before it began
    this.#connections.add(peer, this.#clock.now());
    this.#stopSweep ??= this.#clock.every(SWEEP_MS, () => this.#connections.sweep(this.#clock.now()));
    this.#log('debug', 'connected', { id, remote: duplex.remote.text, transport: duplex.kind });
    return peer;
  }

  /** The Prometheus text of everything counted. */
  metricsText(): string {
    return this.metrics.text(this.#connections.depths());
  }

  /**
   * Takes no more connections and no more calls, lets those in flight end within `drainMs`, then closes. Resolves
   * when every connection is gone; a second call waits for the same.
   */
  stop({ drainMs = 10_000 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  async #stop(drainMs: number): Promise<void> {
    await Promise.all(this.#connections.peers.map((peer) => peer.drain(drainMs)));
    this.#stopSweep?.();
    this.#stopSweep = null;
  }

  #ended(peer: Peer, reason: CloseReason, cause: EndCause | null): void {
    this.#connections.remove(peer);
    if (this.#connections.size === 0) {
      this.#stopSweep?.();
      this.#stopSweep = null;
    }
    this.metrics.connectionEnded(cause ?? reason.kind);
    const { remote, id } = peer;
    const error = reason.error === undefined ? null : reason.error.message;
    this.#log(cause === null ? 'debug' : 'info', 'disconnected', {
      id,
      remote,
      reason: cause ?? reason.kind,
      error,
    });
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
