/**
 * A Channel over a socket of Node's: TCP over IPv4 and IPv6, UNIX sockets, and TLS over either (tls-channel.ts).
 * Bytes are handed on as they come; nothing is buffered here beyond the socket's own queue. Never throws after
 * construction: what breaks is the reason given to `closed`.
 */
import * as net from 'node:net';
import type { Channel, ChannelHandlers, ChannelKind, CloseReason, Endpoint, Security } from './channel.ts';
import { TransportError } from './errors.ts';
import { joinHostPort } from './target.ts';

/** Above this many queued bytes `write` gives false. */
export const HIGH_WATER = 64 * 1024;

/** Keepalive probes begin after this much silence; then Node fixes 10 probes a second apart. */
export const KEEPALIVE_IDLE_MS = 5000;

/** How long a close in good order waits for the other side to close too, once all is out. */
const CLOSE_MS = 2000;

/** What a TCP socket of ours is told, on either side. */
export const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEPALIVE_IDLE_MS,
  highWaterMark: HIGH_WATER,
} as const;

/** What a socket's bytes are read to, where nobody wants them elsewhere. */
const READ_BYTES = 64 * 1024;

/** One for all sockets of a thread: bytes are handed on before the next are read. */
const readBuffer = new Uint8Array(READ_BYTES);

/**
 * Reading for a socket of ours, without a new buffer for each read: `onread` goes to `net.connect`, the whole to the
 * socket's channel. Such a socket tells nobody else of its bytes; pause it until the channel starts.
 */
export class SocketReads {
  #handlers: ChannelHandlers | null = null;

  readonly onread: net.OnReadOpts = {
    buffer: () => this.#handlers?.room?.() ?? readBuffer,
    callback: (count, buffer) => {
      this.#handlers?.data(buffer.subarray(0, count));
      return true;
    },
  };

  /** Who is told; null: what comes is dropped. */
  start(handlers: ChannelHandlers | null): void {
    this.#handlers = handlers;
  }
}

/** A socket, and how it reads where it was made to. */
export interface OpenSocket {
  readonly socket: net.Socket;
  readonly reads?: SocketReads;
}

/**
 * An accepted socket's connection, before anything reads from it, as one that reads with SocketReads, which a server
 * of Node's has no option for. Its own sockets get 64 KiB of new memory for each read: half of the garbage collections
 * of a server of large messages, a third of its time. `handle` and `_handle` are what net.Server makes its sockets
 * with and undocumented; where they do not do it, the socket is given back as it came.
 */
export function takeOver(accepted: net.Socket): OpenSocket {
  const { _handle: handle } = accepted as { _handle?: unknown };
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle))
    return { socket: accepted };
  const reads = new SocketReads();
  const init = { ...SOCKET_OPTIONS, handle, onread: reads.onread };
  const socket = new net.Socket(init);
  if (socket.pending) return { socket: accepted };
  socket.pause();
  // Without its handle its end is only that: the server has one connection less to wait for.
  Object.assign(accepted, { _handle: null });
  accepted.destroy();
  return { socket, reads };
}

export interface SocketChannelInit {
  readonly kind: ChannelKind;
  /** of a UNIX socket: its path */
  readonly path?: string;
  readonly security?: Security | null;
  /** below TLS: the socket that knows the addresses */
  readonly raw?: net.Socket;
  /** how the socket reads, where it was made with them */
  readonly reads?: SocketReads;
}

export class SocketChannel implements Channel {
  readonly kind: ChannelKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly security: Security | null;
  readonly #socket: net.Socket;
  readonly #reads: SocketReads | null;
  #handlers: ChannelHandlers | null = null;
  #paused = false;
  #closing = false;
  #reset = false;
  #error: Error | null = null;
  #gone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(socket: net.Socket, init: SocketChannelInit) {
    this.kind = init.kind;
    this.#socket = socket;
    this.#reads = init.reads ?? null;
    const raw = init.raw ?? socket;
    this.security = init.security ?? null;
    if (init.path !== undefined) {
      const text = `unix:${init.path}`;
      this.local = { text, address: init.path, port: 0 };
      this.remote = this.local;
    } else {
      this.local = endpoint(raw.localAddress, raw.localPort);
      this.remote = endpoint(raw.remoteAddress, raw.remotePort);
    }
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#finish());
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  start(handlers: ChannelHandlers): void {
    this.#handlers = handlers;
    if (this.#gone) {
      // Broken before anybody listened; said on a turn of its own, as everything else is.
      this.#gone = false;
      process.nextTick(() => this.#finish());
      return;
    }
    const socket = this.#socket;
    socket.on('end', () => {
      if (this.#closing) return;
      // A TLS alert comes as an error and then an end, which is none in good order: the error is what is told.
      if (this.#error === null) this.#handlers?.end();
      else socket.destroy();
    });
    socket.on('drain', () => {
      if (!this.#closing) this.#handlers?.drain();
    });
    if (this.#reads !== null) this.#reads.start(handlers);
    else {
      socket.on('data', (bytes: Buffer) => {
        if (!this.#closing) this.#handlers?.data(bytes);
      });
    }
    // Whoever made the socket, or looked into it before (STARTTLS), left it paused.
    if (!this.#paused) socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#writable()) return false;
    return this.#socket.write(bytes);
  }

  writeAll(parts: readonly Uint8Array[]): boolean {
    if (!this.#writable()) return false;
    if (parts.length === 1) return this.#socket.write(parts[0] as Uint8Array);
    const socket = this.#socket;
    let more = true;
    socket.cork();
    for (const part of parts) more = socket.write(part);
    socket.uncork();
    return more;
  }

  pause(): void {
    if (this.#closing) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#paused = false;
    this.#socket.resume();
  }

  end(): void {
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  close(deadlineMs: number = CLOSE_MS): void {
    if (this.#closing || this.#gone) return;
    this.#closing = true;
    // What still comes is read and dropped: unread bytes would turn our close into a reset, and that could take
    // the last replies from the other side.
    this.#reads?.start(null);
    if (this.#handlers === null && this.#reads === null) this.#socket.on('data', () => {});
    this.#socket.resume();
    const until = performance.now() + deadlineMs;
    this.#destroyAfter(deadlineMs);
    // Only its end is missing then, and who just keeps a connection open has none to give.
    const out = (): void => this.#destroyAfter(Math.min(CLOSE_MS, until - performance.now()));
    if (this.#socket.writableFinished) out();
    else this.#socket.once('finish', out);
    this.end();
  }

  #destroyAfter(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#gone ? null : setTimeout(() => this.#socket.destroy(), Math.max(0, ms));
  }

  reset(): void {
    if (this.#gone) return;
    this.#closing = true;
    this.#reset = true;
    this.#reads?.start(null);
    // A socket below TLS must be left to it (Node 20 crashes otherwise), and a UNIX socket knows no reset: both
    // are closed without a farewell. Behind our own end the kernel takes no reset (libuv: EINVAL, and Node 20 then
    // never closes the descriptor).
    if (this.kind === 'tcp' && !this.#socket.writableEnded) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #writable(): boolean {
    return !this.#socket.writableEnded && !this.#socket.destroyed;
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.closed(this.#reason());
  }

  #reason(): CloseReason {
    if (this.#reset) return { kind: 'reset' };
    const error = this.#error;
    if (error === null) return { kind: 'closed' };
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ECONNRESET' || code === 'EPIPE') return { kind: 'reset', error };
    return { kind: 'error', error: this.kind === 'tls' ? tlsBroken(error) : error };
  }
}

/** Of what OpenSSL says, the reason in words; the rest is where in its source that was. */
function tlsBroken(error: Error & { readonly reason?: string }): Error {
  return error.reason === undefined ? error : new TransportError('TLS', `TLS: ${error.reason}`, error);
}

/** An address and port as an endpoint; IPv4 addresses mapped into IPv6 are what they are, IPv4. */
export function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
  return { text: joinHostPort(plain, port ?? 0), address: plain, port: port ?? 0 };
}

/** The channel of a connected plain socket; a UNIX one has a `path`. */
export function netChannel({ socket, reads }: OpenSocket, path?: string): Channel {
  return new SocketChannel(socket, {
    ...(path === undefined ? { kind: 'tcp' } : { kind: 'unix', path }),
    ...(reads === undefined ? {} : { reads }),
  });
}
