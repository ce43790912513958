/**
 * The running daemon: engine, drivers, listeners, metrics, recording, registration, put together in that order and
 * taken apart in the other. What cannot be started is a CliError, and nothing stays open behind it.
 */

import { openHeldRecording } from '../../dissector/capture/record-file.ts';
import { Engine, type ListenerOptions } from '../../server/engine/engine.ts';
import { watchLoopDelay } from '../../server/engine/loop-delay.ts';
import { serveMetrics } from '../../server/engine/metrics-http.ts';
import { UdpService } from '../../server/engine/udp.ts';
import { udpFamilies } from '../../server/engine/udp-metrics.ts';
import type { ReplyCacheLimits } from '../../server/engine/udp-reply-cache.ts';
import type { Listener } from '../../transport/channel.ts';
import { isTransportError } from '../../transport/errors.ts';
import type { StreamListener } from '../../transport/listen.ts';
import type { Grant } from '../../transport/peer-types.ts';
import { type RecordSink, record } from '../../transport/record.ts';
import { recordDatagrams } from '../../transport/record-datagrams.ts';
import { joinHostPort, parseTarget, type Target } from '../../transport/target.ts';
import { bindUdp } from '../../transport/udp.ts';
import { CliError, systemReason } from '../errors.ts';
import { type Backend, openBackend } from './backend.ts';
import type { ServeLimits } from './limits.ts';
import type { Log } from './log.ts';
import { registerAll } from './register.ts';
import {
  accessOf,
  isTestDriver,
  type ListenerSettings,
  needRestart,
  type ServeSettings,
} from './settings.ts';

/** What a listener turned out to be. */
export interface Listening {
  readonly url: string;
  readonly access: Grant;
}

/** Something to be undone; the latest first. */
type Undo = () => Promise<void> | void;

export class Daemon {
  readonly listening: Listening[] = [];
  readonly #settings: ServeSettings;
  readonly #log: Log;
  readonly #engine: Engine;
  readonly #undo: Undo[] = [];
  readonly #streams: StreamListener[] = [];
  readonly #datagrams: UdpService[] = [];
  #backend: Backend | null = null;
  #sink: RecordSink | null = null;
  #stopping: Promise<void> | null = null;

  private constructor(settings: ServeSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    const { engine, decode } = settings.limits;
    this.#engine = new Engine({ engineLimits: engine, limits: decode, log });
  }

  static async start(settings: ServeSettings, log: Log): Promise<Daemon> {
    const daemon = new Daemon(settings, log);
    try {
      await daemon.#start();
    } catch (e) {
      await daemon.#takeApart();
      throw e;
    }
    return daemon;
  }

  /** Takes no more calls, lets those in flight end, lets go of everything. Failures are logged. */
  stop(): Promise<void> {
    this.#stopping ??= this.#takeApart();
    return this.#stopping;
  }

  /**
   * Limits for connections to come, and certificates read again. What else has changed waits for the next daemon, and
   * a warning names it. False where a listener keeps the certificates it had, which is logged.
   */
  reload(settings: ServeSettings): boolean {
    const ignored = needRestart(this.#settings, settings);
    if (ignored.length > 0) this.#log('warn', 'needs-restart', { options: ignored.join(' ') });
    const { limits } = settings;
    this.#engine.setLimits({ engineLimits: limits.engine, limits: limits.decode });
    this.#backend?.setLimits(limits);
    for (const service of this.#datagrams) service.setCacheLimits(cacheLimits(limits));
    let whole = true;
    for (const listener of this.#streams) {
      try {
        listener.reload();
      } catch (e) {
        whole = false;
        this.#log('error', 'reload', { url: listener.url, error: (e as Error).message });
      }
    }
    return whole;
  }

  async #start(): Promise<void> {
    const settings = this.#settings;
    const backend = await openBackend(settings, this.#log);
    this.#backend = backend;
    this.#undo.push(() => backend.close());
    for (const service of backend.services) this.#engine.addService(service);
    const begin = settings.record === null ? null : this.#record(settings.record);
    this.#undo.push(() => this.#engine.stop({ drainMs: settings.drainMs }));
    for (const listener of settings.listeners) await this.#listen(listener);
    if (settings.rpcbind) this.#undo.push(await registerAll(this.listening, backend.services, this.#log));
    if (settings.metrics !== null) await this.#serveMetrics(settings.metrics);
    begin?.();
  }

  async #listen({ target, access }: ListenerSettings): Promise<void> {
    try {
      if (access !== null && target.kind === 'udp') {
        this.listening.push({ url: await this.#listenUdp(target, access), access });
      } else {
        await this.#listenStream(target, access);
      }
    } catch (e) {
      if (isTransportError(e)) throw new CliError('--listen', e.message, { cause: e });
      throw e;
    }
  }

  async #listenStream(target: Target, access: Grant | null): Promise<void> {
    const { tls } = this.#settings;
    const sink = this.#sink;
    let granted: Grant = access ?? 'ro';
    const options: ListenerOptions = {
      access: (url) => {
        if (access === null) granted = this.#inheritedAccess(target, url);
        return granted;
      },
      ...(sink === null
        ? {}
        : { wrap: (duplex) => record(duplex, sink, { side: 'server', onProblem: this.#recordFailed }) }),
      ...(tls === null
        ? {}
        : {
            tls: {
              cert: tls.cert,
              key: tls.key,
              ...(tls.ca === null ? {} : { ca: tls.ca }),
              verifyClient: tls.verifyClient ? ('required' as const) : ('none' as const),
              ...(tls.allow.length === 0 ? {} : { allow: tls.allow }),
            },
          }),
    };
    const listener = await this.#engine.addListener(target, options);
    this.#streams.push(listener);
    this.listening.push({ url: listener.url, access: granted });
  }

  async #listenUdp(target: Target, access: Grant): Promise<string> {
    const channel = await bindUdp(target, {
      onProblem: (error) => this.#log('debug', 'datagram', { error: error.message }),
    });
    const recorded = this.#sink === null ? channel : recordDatagrams(channel, this.#sink, this.#recordFailed);
    const { metrics } = this.#engine;
    const service = new UdpService(recorded, this.#engine.dispatcher, {
      access,
      cache: cacheLimits(this.#settings.limits),
      onDrop: (reason) => metrics.dropped(reason),
    });
    this.#datagrams.push(service);
    this.#undo.push(() => service.close(this.#settings.drainMs));
    const url = `udp://${joinHostPort(channel.local.address, channel.local.port)}`;
    this.#log('info', 'listening', { url, access });
    return url;
  }

  /** Records from now on; the returned function lets go of what the file held, once the daemon is sure to run. */
  #record(file: string): () => void {
    const orRefuse = <T>(f: () => T): T => {
      try {
        return f();
      } catch (e) {
        throw new CliError(file, systemReason(e), { cause: e });
      }
    };
    const recording = orRefuse(() => openHeldRecording(file));
    this.#undo.push(() => recording.close());
    this.#sink = recording.synthesiser;
    return () => orRefuse(() => recording.begin());
  }

  readonly #recordFailed = (error: Error): void => {
    this.#log('error', 'record', { error: error.message });
  };

  /**
   * A socket from systemd is under the same rules as one we open. `url` is what it turned out to be, once listening:
   * only then does the kernel tell the address of every one. Without an address it is a UNIX socket.
   */
  #inheritedAccess({ params }: Target, url: string): Grant {
    const { drivers, insecure, tls } = this.#settings;
    const rules = { testOnly: drivers.every(isTestDriver), insecure, tls };
    const found = parseTarget(url);
    const kind = found.kind === 'fd' ? 'unix' : found.kind;
    return accessOf({ ...found, kind, params }, rules) ?? 'ro';
  }

  async #serveMetrics({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    let listener: Listener;
    const delay = watchLoopDelay();
    this.#undo.push(() => delay.stop());
    try {
      listener = await serveMetrics(host, port, () =>
        this.#engine.metricsText([...udpFamilies(this.#datagrams), ...delay.families()]),
      );
    } catch (e) {
      throw new CliError('--metrics', `cannot listen on ${joinHostPort(host, port)}: ${systemReason(e)}`, {
        cause: e,
      });
    }
    this.#undo.push(() => listener.close());
    this.#log('info', 'metrics', { url: listener.url });
  }

  async #takeApart(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (e) {
        this.#log('error', 'stop', { error: (e as Error).message });
      }
    }
  }
}

function cacheLimits({ udpCache }: ServeLimits): Partial<ReplyCacheLimits> {
  return udpCache === undefined ? {} : { entries: udpCache };
}
