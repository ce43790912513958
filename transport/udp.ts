/**
 * Datagrams over UDP, IPv4 and IPv6. Datagrams that cannot be sent are lost, as on the wire; a connected socket
 * hears of ports nobody listens on through `onProblem`. No retransmission here.
 */
import * as dgram from 'node:dgram';
import * as dns from 'node:dns/promises';
import * as net from 'node:net';
import type { DatagramChannel, DatagramHandlers, Endpoint } from './channel.ts';
import { TransportError } from './errors.ts';
import { endpoint } from './net-channel.ts';
import { reservedPorts } from './reserved-ports.ts';
import { parseTarget, type Target, targetUrl } from './target.ts';

/** The most that one IPv4 datagram can hold. */
export const MAX_DATAGRAM_BYTES = 65_507;

export interface UdpOptions {
  /** bytes the kernel keeps of what we have not taken yet */
  readonly receiveBuffer?: number;
  /** a datagram could not be sent, or was answered by ICMP */
  readonly onProblem?: (error: Error) => void;
}

export interface OpenUdpOptions extends UdpOptions {
  /** the port to send from; `reserved`: one below 1024, as some servers demand */
  readonly sourcePort?: number | 'reserved';
}

class UdpChannel implements DatagramChannel {
  readonly local: Endpoint;
  readonly #socket: dgram.Socket;
  readonly #options: UdpOptions;
  readonly #remote: Endpoint | null;
  #handlers: DatagramHandlers | null = null;
  #closed = false;

  constructor(socket: dgram.Socket, remote: Endpoint | null, options: UdpOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#remote = remote;
    const address = socket.address();
    this.local = endpoint(address.address, address.port);
    socket.on('message', (bytes, from) => {
      this.#handlers?.message(bytes, this.#remote ?? endpoint(from.address, from.port));
    });
    socket.on('error', (error) => this.#problem(error));
    socket.on('close', () => this.#finish());
  }

  start(handlers: DatagramHandlers): void {
    this.#handlers = handlers;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#closed) return;
    const sent = (error: Error | null): void => {
      if (error !== null) this.#problem(error);
    };
    if (this.#remote !== null) this.#socket.send(bytes, sent);
    else this.#socket.send(bytes, to.port, to.address, sent);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #problem(error: Error): void {
    if (this.#closed) return;
    this.#options.onProblem?.(error);
  }

  #finish(): void {
    this.#closed = true;
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.closed({ kind: 'closed' });
  }
}

/** A socket bound to `target` (`udp://host:port`, port 0 takes a free one). Rejects with TransportError. */
export async function bindUdp(target: Target | string, options: UdpOptions = {}): Promise<DatagramChannel> {
  const at = udpTarget(target);
  const { address, family } = await lookUp(at);
  const socket = create(family, options);
  await settled(socket, 'listening', at, () => socket.bind({ address, port: at.port, exclusive: true }));
  return new UdpChannel(socket, null, options);
}

/** A socket that speaks with `target` only, and the endpoint to send to. Rejects with TransportError. */
export async function openUdp(
  target: Target | string,
  options: OpenUdpOptions = {},
): Promise<{ channel: DatagramChannel; to: Endpoint }> {
  const at = udpTarget(target);
  if (at.port === 0) throw new TransportError('BAD_TARGET', `${targetUrl(at)} has no port to send to`);
  const { address, family } = await lookUp(at);
  const socket = await boundTo(at, family, options);
  await settled(socket, 'connect', at, () => socket.connect(at.port, address));
  const to = endpoint(address, at.port);
  return { channel: new UdpChannel(socket, to, options), to };
}

/** A socket with the source port that was asked for, if any. */
async function boundTo(at: Target, family: number, options: OpenUdpOptions): Promise<dgram.Socket> {
  const { sourcePort } = options;
  if (sourcePort !== 'reserved') {
    const socket = create(family, options);
    if (sourcePort !== undefined) {
      await settled(socket, 'listening', at, () => socket.bind({ port: sourcePort, exclusive: true }));
    }
    return socket;
  }
  for (const port of reservedPorts()) {
    const socket = create(family, options);
    try {
      await settled(socket, 'listening', at, () => socket.bind({ port, exclusive: true }));
      return socket;
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== 'IN_USE') throw error;
    }
  }
  throw new TransportError('UNREACHABLE', `no reserved port is free to call ${targetUrl(at)} from`);
}

function udpTarget(target: Target | string): Target {
  const at = typeof target === 'string' ? parseTarget(target) : target;
  if (at.kind !== 'udp') throw new TransportError('BAD_TARGET', `${targetUrl(at)} is not udp://`);
  return at;
}

async function lookUp(at: Target): Promise<{ address: string; family: number }> {
  const family = net.isIP(at.host);
  if (family !== 0) return { address: at.host, family };
  try {
    return await dns.lookup(at.host);
  } catch (error) {
    throw new TransportError('UNREACHABLE', `no address for ${at.host}`, error);
  }
}

function create(family: number, options: UdpOptions): dgram.Socket {
  const { receiveBuffer } = options;
  return dgram.createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    ...(receiveBuffer === undefined ? {} : { recvBufferSize: receiveBuffer }),
  });
}

function settled(
  socket: dgram.Socket,
  event: 'listening' | 'connect',
  at: Target,
  start: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      socket.close();
      const code = error.code === 'EADDRINUSE' ? 'IN_USE' : 'UNREACHABLE';
      reject(new TransportError(code, `cannot open ${targetUrl(at)}: ${error.code ?? error.message}`, error));
    };
    socket.once('error', failed);
    socket.once(event, () => {
      socket.off('error', failed);
      resolve();
    });
    start();
  });
}
