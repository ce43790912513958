/**
 * From a target to messages: connects, shakes hands where the target says so, and frames what comes. Everything
 * that goes wrong before that is a TransportError; nothing stays open behind a rejection.
 */
import * as net from 'node:net';
import type { Channel } from './channel.ts';
import { isTransportError, TransportError } from './errors.ts';
import { type FramedOptions, framed } from './framed.ts';
import type { MessageDuplex } from './message-duplex.ts';
import { netChannel, SOCKET_OPTIONS, SocketReads } from './net-channel.ts';
import { reservedPorts } from './reserved-ports.ts';
import { openSsh, type SshOptions } from './ssh-channel.ts';
import { askForTls, type TlsProbe } from './starttls.ts';
import { parseTarget, type Target, targetUrl } from './target.ts';
import { connectTls, type TlsClientOptions } from './tls-channel.ts';

export interface ConnectOptions extends FramedOptions {
  /** until the connection is ready, handshakes included; milliseconds */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** the port to call from; `reserved`: one below 1024, as some servers demand */
  readonly sourcePort?: number | 'reserved';
  /** for `tls://`; what the target's own parameters say goes before */
  readonly tls?: TlsClientOptions;
  /** for `tls://…?starttls=1`: whose NULL asks for TLS */
  readonly probe?: TlsProbe;
  /** where TLS secrets are appended; default SSLKEYLOGFILE, null for nowhere */
  readonly keylog?: string | null;
  readonly ssh?: SshOptions;
  /** told of what goes on all the same: secrets that could not be logged */
  readonly onProblem?: (error: Error) => void;
}

const TIMEOUT_MS = 10_000;

/** A duplex to `target`, ready to start. Nothing is delivered before its `start`. */
export async function connect(target: Target | string, options: ConnectOptions = {}): Promise<MessageDuplex> {
  return framed(await openChannel(target, options), options);
}

/** The bytes below `connect`. */
export async function openChannel(target: Target | string, options: ConnectOptions = {}): Promise<Channel> {
  const to = typeof target === 'string' ? parseTarget(target) : target;
  const { signal } = options;
  signal?.throwIfAborted();
  const channel = await openKind(to, options);
  // Given up between the last step and the hearing of it: nobody waits for this connection any more.
  if (signal?.aborted) {
    channel.reset();
    throw signal.reason;
  }
  return channel;
}

function openKind(to: Target, options: ConnectOptions): Promise<Channel> {
  switch (to.kind) {
    case 'tcp':
    case 'unix':
      return openPlain(to, options);
    case 'tls':
      return openTls(to, options);
    case 'ssh':
      return openSsh(to, options);
    default:
      throw new TransportError('BAD_TARGET', `${to.kind} is nothing to connect a stream to`);
  }
}

async function openPlain(target: Target, options: ConnectOptions): Promise<Channel> {
  const reads = new SocketReads();
  const socket = await openSocket(target, options, reads);
  return netChannel({ socket, reads }, target.kind === 'unix' ? target.path : undefined);
}

async function openTls(target: Target, options: ConnectOptions): Promise<Channel> {
  const { timeoutMs = TIMEOUT_MS, keylog, onProblem, signal } = options;
  const until = performance.now() + timeoutMs;
  const left = (): number => Math.max(1, until - performance.now());
  const raw = await openSocket(target, options);
  const starttls = target.params.get('starttls') === '1';
  if (signal?.aborted) {
    raw.destroy();
    throw signal.reason;
  }
  const aborted = (): void => void raw.destroy(new Error('given up'));
  signal?.addEventListener('abort', aborted);
  try {
    if (starttls) await askForTls(raw, options.probe, left());
    return await connectTls(raw, target.host, clientTls(target, options.tls), {
      starttls,
      timeoutMs: left(),
      ...(keylog === undefined ? {} : { keylog }),
      ...(onProblem === undefined ? {} : { onProblem }),
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  } finally {
    signal?.removeEventListener('abort', aborted);
  }
}

function clientTls({ params }: Target, base: TlsClientOptions = {}): TlsClientOptions {
  const own: Record<string, string> = {};
  for (const name of ['ca', 'cert', 'key', 'servername', 'verify']) {
    const value = params.get(name);
    if (value !== undefined) own[name] = value;
  }
  return { ...base, ...own };
}

/** A connected plain socket, paused, without listeners of ours; `reads`: who is to read from it, instead of streams. */
export async function openSocket(
  target: Target,
  options: ConnectOptions,
  reads?: SocketReads,
): Promise<net.Socket> {
  const { sourcePort } = options;
  if (sourcePort !== 'reserved' || target.kind === 'unix') {
    return dial(target, options, typeof sourcePort === 'number' ? sourcePort : undefined, reads);
  }
  for (const port of reservedPorts()) {
    try {
      return await dial(target, options, port, reads);
    } catch (error) {
      const cause = isTransportError(error) ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
      if (cause?.code !== 'EADDRINUSE' && cause?.code !== 'EADDRNOTAVAIL') throw error;
    }
  }
  throw new TransportError('UNREACHABLE', `no reserved port is free to call ${targetUrl(target)} from`);
}

function dial(
  target: Target,
  options: ConnectOptions,
  localPort: number | undefined,
  reads: SocketReads | undefined,
): Promise<net.Socket> {
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = net.connect({
      ...SOCKET_OPTIONS,
      ...(target.kind === 'unix'
        ? { path: target.path }
        : { host: target.host, port: target.port, ...(localPort === undefined ? {} : { localPort }) }),
      ...(reads === undefined ? {} : { onread: reads.onread }),
    });
    if (reads !== undefined) socket.pause();
    const timer = setTimeout(
      () => give(new TransportError('TIMEOUT', `${targetUrl(target)} does not answer`)),
      timeoutMs,
    );
    const aborted = (): void => give(signal?.reason);
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = error.code ?? error.message;
      give(new TransportError('UNREACHABLE', `cannot connect to ${targetUrl(target)}: ${why}`, error));
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.off('error', failed);
    };
    const give = (error: unknown): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    signal?.addEventListener('abort', aborted);
    socket.once('error', failed);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
