/**
 * From a target to a listening socket: TCP, UNIX (private, stale ones taken over), TLS, STARTTLS, and sockets handed
 * down by systemd. Each connection is announced the moment it is accepted, before any handshake, so that whoever
 * counts connections can refuse or drop it; ready ones arrive as message duplexes.
 */
import * as net from 'node:net';
import type { Channel, Endpoint, Listener } from './channel.ts';
import { TransportError } from './errors.ts';
import { type FramedOptions, framed } from './framed.ts';
import type { MessageDuplex } from './message-duplex.ts';
import {
  endpoint,
  KEEPALIVE_IDLE_MS,
  netChannel,
  type OpenSocket,
  SOCKET_OPTIONS,
  takeOver,
} from './net-channel.ts';
import { awaitProbe } from './starttls.ts';
import { joinHostPort, parseTarget, type Target, targetUrl } from './target.ts';
import { type TlsAcceptor, type TlsServerOptions, tlsAcceptor } from './tls-channel.ts';
import {
  closeKeeping,
  prepareSocketDirectory,
  privately,
  removeStaleSocket,
  socketFile,
} from './unix-path.ts';

/** A connection from its acceptance on, whether or not it ever gets through its handshake. */
export interface Accepted {
  readonly remote: Endpoint;
  /** ends it at once */
  drop(): void;
  /** runs once when it is gone, at whatever stage */
  onGone(f: () => void): void;
}

export interface ListenOptions extends FramedOptions {
  /** asked at once for each connection; false refuses it */
  readonly admit?: (accepted: Accepted) => boolean;
  /** for `tls://`; what the target's own parameters say goes before */
  readonly tls?: TlsServerOptions;
  /** on `tcp://`, with `tls`: a client that asks for TLS (RFC 9289) gets it, others go on in the clear */
  readonly starttls?: boolean;
  /** until a handshake is through, the asking for it included, in milliseconds; looked at anew for each connection */
  readonly handshakeMs?: number;
  /** TCP asks a silent connection whether it is there after so many milliseconds; 0: never; as `handshakeMs` */
  readonly keepaliveMs?: number;
  /** where TLS secrets are appended; default SSLKEYLOGFILE, null for nowhere */
  readonly keylog?: string | null;
  /** told of what goes wrong with one connection (`from`), or with accepting them; the listener goes on */
  readonly onProblem?: (error: Error, from?: Endpoint) => void;
  /** connections that the kernel holds back while we are busy */
  readonly backlog?: number;
}

/** A listening socket that can read its certificates again, for connections to come. */
export interface StreamListener extends Listener {
  reload(): void;
}

const BACKLOG = 511;

export type OnDuplex = (duplex: MessageDuplex, accepted: Accepted) => void;

/**
 * Listens on `target` and gives each connection that is ready to `onDuplex`, which must `start` it in the same
 * turn. The listener's `url` has the resolved port. Closing it leaves its connections alone. Rejects with
 * TransportError.
 */
export function listen(
  target: Target | string,
  options: ListenOptions,
  onDuplex: OnDuplex,
): Promise<StreamListener> {
  return listenChannels(target, options, (channel, accepted) => onDuplex(framed(channel, options), accepted));
}

/** The bytes below `listen`. */
export async function listenChannels(
  target: Target | string,
  options: ListenOptions,
  onChannel: (channel: Channel, accepted: Accepted) => void,
): Promise<StreamListener> {
  const to = typeof target === 'string' ? parseTarget(target) : target;
  // Keepalive is set with each connection below: Node's own option is fixed for the server's life.
  const server = net.createServer({ ...SOCKET_OPTIONS, keepAlive: false, pauseOnConnect: false });
  const maker = channelMaker(to, options);
  server.on('connection', (socket) => {
    const { keepaliveMs = KEEPALIVE_IDLE_MS } = options;
    if (keepaliveMs > 0) socket.setKeepAlive(true, keepaliveMs);
    const open = maker.plain ? takeOver(socket) : { socket };
    const accepted = new AcceptedSocket(open.socket, to);
    if (options.admit?.(accepted) === false) {
      accepted.drop();
      return;
    }
    maker.accept(open, (channel) => onChannel(channel, accepted));
  });
  await bind(server, to, options.backlog ?? BACKLOG);
  server.on('error', (error) => options.onProblem?.(error));
  const own = to.kind === 'unix' ? socketFile(to.path) : null;
  return {
    url: listenerUrl(server, to),
    reload: () => maker.reload(),
    close: () =>
      new Promise((resolve) => {
        // The socket is gone at once; waiting for its callback would be waiting for every connection.
        if (to.kind === 'unix') closeKeeping(to.path, own, () => server.close());
        else server.close();
        setImmediate(resolve);
      }),
  };
}

/** More sockets than anybody hands down. */
const MOST_INHERITED = 1000;

/**
 * What systemd handed down (LISTEN_PID, LISTEN_FDS), if it was meant for this process. As sd_listen_fds(3) has it:
 * without either, or with the PID of another, nothing; what is no number is an error. Throws TransportError BAD_TARGET.
 */
export function inheritedTargets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number = process.pid,
): Target[] {
  if (env.LISTEN_PID === undefined || wholeNumber(env, 'LISTEN_PID', Number.MAX_SAFE_INTEGER) !== pid)
    return [];
  if (env.LISTEN_FDS === undefined) return [];
  const count = wholeNumber(env, 'LISTEN_FDS', MOST_INHERITED);
  return Array.from({ length: count }, (_, i) => parseTarget(`fd:${3 + i}`));
}

function wholeNumber(env: Readonly<Record<string, string | undefined>>, name: string, most: number): number {
  const text = env[name] ?? '';
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new TransportError('BAD_TARGET', `${name}=${JSON.stringify(text)} is no number from 1 to ${most}`);
}

/** Makes channels of accepted sockets, with a handshake where the target has one. */
interface ChannelMaker {
  /** nothing stands between the socket and its channel */
  readonly plain: boolean;
  accept(open: OpenSocket, ready: (channel: Channel) => void): void;
  reload(): void;
}

function channelMaker(target: Target, options: ListenOptions): ChannelMaker {
  switch (target.kind) {
    case 'unix':
      return plainMaker((open) => netChannel(open, target.path));
    case 'tcp':
      return options.starttls === true ? starttlsMaker(target, options, false) : plainMaker(netChannel);
    case 'fd':
      return plainMaker((open) =>
        netChannel(open, open.socket.remoteAddress === undefined ? `fd:${target.fd}` : undefined),
      );
    case 'tls':
      return target.params.get('starttls') === '1'
        ? starttlsMaker(target, options, true)
        : tlsMaker(acceptor(target, options, false));
    default:
      throw new TransportError('BAD_TARGET', `${target.kind} is nothing to listen for streams on`);
  }
}

function plainMaker(make: (open: OpenSocket) => Channel): ChannelMaker {
  return { plain: true, accept: (open, ready) => ready(make(open)), reload: () => {} };
}

function tlsMaker(inner: TlsAcceptor): ChannelMaker {
  return {
    plain: false,
    accept: ({ socket }, ready) => inner.accept(socket, ready),
    reload: () => inner.reload(),
  };
}

function starttlsMaker(target: Target, options: ListenOptions, required: boolean): ChannelMaker {
  const inner = acceptor(target, options, true);
  return {
    plain: false,
    accept: ({ socket }, ready) =>
      awaitProbe(
        socket,
        { required, timeoutMs: options.handshakeMs },
        {
          tls: (leftMs) => inner.accept(socket, ready, leftMs),
          plain: () => ready(netChannel({ socket })),
          refused: (error, from) => options.onProblem?.(error, from),
        },
      ),
    reload: () => inner.reload(),
  };
}

function acceptor({ params }: Target, options: ListenOptions, starttls: boolean): TlsAcceptor {
  const own: Record<string, string> = {};
  for (const name of ['ca', 'cert', 'key']) {
    const value = params.get(name);
    if (value !== undefined) own[name] = value;
  }
  const verify = params.get('verify');
  const verifyClient = verify === undefined ? {} : { verifyClient: verify === 'none' ? 'none' : 'required' };
  const { keylog, onProblem } = options;
  return tlsAcceptor({ ...options.tls, ...own, ...verifyClient } as TlsServerOptions, {
    starttls,
    // Whoever listens may change the limit while it does.
    get timeoutMs() {
      return options.handshakeMs;
    },
    ...(keylog === undefined ? {} : { keylog }),
    ...(onProblem === undefined ? {} : { onProblem }),
  });
}

class AcceptedSocket implements Accepted {
  readonly remote: Endpoint;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket, target: Target) {
    this.#socket = socket;
    this.remote =
      target.kind === 'unix'
        ? { text: `unix:${target.path}`, address: target.path, port: 0 }
        : endpoint(socket.remoteAddress, socket.remotePort);
    socket.on('error', () => {
      // Before there is a channel nobody else listens; `close` follows.
    });
  }

  drop(): void {
    this.#socket.destroy();
  }

  onGone(f: () => void): void {
    this.#socket.once('close', f);
  }
}

async function bind(server: net.Server, target: Target, backlog: number): Promise<void> {
  if (target.kind !== 'unix') {
    // As for UDP: an IPv6 listener leaves the port of the same number to one for IPv4.
    const ipv6Only = target.host.includes(':');
    const where =
      target.kind === 'fd' ? { fd: target.fd } : { host: target.host, port: target.port, ipv6Only };
    await listening(server, target, () => server.listen({ ...where, backlog, exclusive: true }));
    return;
  }
  prepareSocketDirectory(target.path);
  const take = (): Promise<void> =>
    listening(server, target, () => privately(() => server.listen({ path: target.path, backlog })));
  try {
    await take();
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'IN_USE') throw error;
    await removeStaleSocket(target.path);
    await take();
  }
}

function listening(server: net.Server, target: Target, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', done);
      const code = error.code === 'EADDRINUSE' ? 'IN_USE' : 'UNREACHABLE';
      reject(
        new TransportError(
          code,
          `cannot listen on ${targetUrl(target)}: ${error.code ?? error.message}`,
          error,
        ),
      );
    };
    const done = (): void => {
      server.off('error', failed);
      resolve();
    };
    server.once('error', failed);
    server.once('listening', done);
    start();
  });
}

function listenerUrl(server: net.Server, target: Target): string {
  const address = server.address();
  if (typeof address === 'string') return targetUrl({ ...target, kind: 'unix', path: address });
  if (address === null) return targetUrl(target);
  const scheme = target.kind === 'fd' ? 'tcp' : target.kind;
  return `${scheme}://${joinHostPort(address.address, address.port)}`;
}
