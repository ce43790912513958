/**
 * Calls over UDP: each is sent again, farther and farther apart, until its reply comes or its deadline passes.
 * Only the server's own address is listened to; late, repeated and foreign datagrams are dropped and counted.
 * Never throws for what arrives. A call may be executed more than once by a server without a reply cache.
 */
import { Kind } from '../codec/rpc/incoming.ts';
import { type OpaqueAuth, type Procedure, RpcError } from '../codec/rpc/index.ts';
import type { DatagramChannel, Endpoint } from '../transport/channel.ts';
import { systemClock } from '../transport/clock.ts';
import { oncRpc } from '../transport/dialect.ts';
import { joined } from '../transport/message.ts';
import { OutgoingCalls } from '../transport/peer-calls.ts';
import type { CallOptions } from '../transport/peer-types.ts';
import { MessageWriter } from '../transport/peer-writer.ts';
import type { Target } from '../transport/target.ts';
import { TimerWheel, WheelEntry } from '../transport/timer-wheel.ts';
import { MAX_DATAGRAM_BYTES, openUdp } from '../transport/udp.ts';

/** When a call is sent again: after `firstMs`, then each time `factor` as long, at most `mostMs` apart. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
}

export const UDP_BACKOFF: Backoff = { firstMs: 500, factor: 2, mostMs: 8000 };

/** Counted since the client was made. */
export interface UdpCounts {
  /** calls sent a second time or more */
  retransmitted: number;
  /** replies to calls that were settled already: late, or the answer to a retransmission */
  stale: number;
  /** replies to xids never used */
  unknown: number;
  /** datagrams that are no whole reply */
  malformed: number;
  /** datagrams from elsewhere than the server */
  foreign: number;
}

export interface UdpClientOptions {
  /** default credential: AUTH_NONE */
  readonly credential?: OpaqueAuth;
  /** a call's deadline over all its transmissions, milliseconds */
  readonly timeoutMs?: number;
  readonly backoff?: Partial<Backoff>;
  /** calls without a reply at once; further ones wait */
  readonly outstanding?: number;
  readonly wheel?: TimerWheel;
  readonly firstXid?: number;
}

const DEFAULT_TIMEOUT_MS = 25_000;
const OUTSTANDING = 128;
const NO_AUTH: OpaqueAuth = Object.freeze({ flavor: 0, body: new Uint8Array(0) });

/** One call on its way: what is sent again, and when next. */
class Transmission extends WheelEntry {
  readonly message: Uint8Array;
  readonly #again: (transmission: Transmission) => void;
  /** until the next one, milliseconds */
  pause: number;

  constructor(message: Uint8Array, pause: number, again: (transmission: Transmission) => void) {
    super();
    this.message = message;
    this.pause = pause;
    this.#again = again;
  }

  override expire(): void {
    this.#again(this);
  }
}

export class UdpClient {
  readonly #channel: DatagramChannel;
  readonly #server: Endpoint;
  readonly #backoff: Backoff;
  readonly #wheel: TimerWheel;
  readonly #calls: OutgoingCalls;
  readonly #pending = new Map<number, Transmission>();
  readonly #incoming = oncRpc.newIncoming();
  readonly #counts: UdpCounts = { retransmitted: 0, stale: 0, unknown: 0, malformed: 0, foreign: 0 };
  #closed = false;

  /** Takes over `channel`: starts it, and closes it with `close`. */
  constructor(channel: DatagramChannel, server: Endpoint, options: UdpClientOptions = {}) {
    this.#channel = channel;
    this.#server = server;
    this.#backoff = { ...UDP_BACKOFF, ...options.backoff };
    this.#wheel = options.wheel ?? new TimerWheel(systemClock);
    this.#calls = new OutgoingCalls({
      dialect: oncRpc,
      side: 'client',
      firstId: options.firstXid,
      wheel: this.#wheel,
      writer: new MessageWriter(),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      credential: options.credential ?? NO_AUTH,
      outstanding: options.outstanding ?? OUTSTANDING,
      whenFull: 'wait',
      send: (message, xid) => this.#begin(joined(message), xid),
      ready: () => true,
      largest: MAX_DATAGRAM_BYTES,
      settled: (xid) => this.#forget(xid),
    });
    channel.start({
      message: (bytes, from) => this.#message(bytes, from),
      closed: (reason) => {
        const detail = reason.error === undefined ? {} : { cause: reason.error };
        this.#end(
          new RpcError('CLOSED', `the socket is gone: ${reason.error?.message ?? reason.kind}`, detail),
        );
      },
    });
  }

  get counts(): Readonly<UdpCounts> {
    return this.#counts;
  }

  /** Calls without a reply. */
  get outstanding(): number {
    return this.#calls.size;
  }

  /**
   * Resolves with the decoded result. Rejects with RpcError: a verdict, TIMEOUT, CLOSED, MALFORMED, BAD_VALUE, or
   * LIMIT for a call that fits no datagram; an aborted signal rejects with its reason.
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

  /** Fails what is outstanding, with `error` or CLOSED, and closes the socket. */
  close(error: RpcError = new RpcError('CLOSED', 'the client was closed')): void {
    if (this.#closed) return;
    this.#end(error);
    this.#channel.close();
  }

  #begin(message: Uint8Array, xid: number): void {
    const transmission = new Transmission(message, this.#backoff.firstMs, (again) => this.#again(again));
    this.#pending.set(xid, transmission);
    this.#channel.send(message, this.#server);
    this.#wheel.add(transmission, transmission.pause);
  }

  #again(transmission: Transmission): void {
    this.#counts.retransmitted++;
    this.#channel.send(transmission.message, this.#server);
    transmission.pause = Math.min(transmission.pause * this.#backoff.factor, this.#backoff.mostMs);
    this.#wheel.add(transmission, transmission.pause);
  }

  #forget(xid: number): void {
    const transmission = this.#pending.get(xid);
    if (transmission === undefined) return;
    this.#pending.delete(xid);
    this.#wheel.remove(transmission);
  }

  #message(bytes: Uint8Array, from: Endpoint): void {
    if (from.port !== this.#server.port || from.address !== this.#server.address) {
      this.#counts.foreign++;
      return;
    }
    const incoming = oncRpc.classify(bytes, this.#incoming);
    if (incoming.kind !== Kind.REPLY) {
      this.#counts.malformed++;
      return;
    }
    const outcome = this.#calls.reply(bytes, incoming);
    if (outcome !== 'answered') this.#counts[outcome]++;
  }

  #end(error: RpcError): void {
    this.#closed = true;
    this.#calls.close(error);
  }
}

export interface UdpConnectOptions extends UdpClientOptions {
  /**
   * What to do when the host says that nobody listens there: 'retry' (default) goes on until the deadline, as after
   * a lost datagram; 'fail' closes the client with CLOSED.
   */
  readonly refused?: 'retry' | 'fail';
  /** the port to call from; `reserved`: one below 1024, as some servers demand */
  readonly sourcePort?: number | 'reserved';
}

/** A client of the server at `target` (`udp://host:port`). Rejects with TransportError. */
export async function connectUdp(
  target: Target | string,
  options: UdpConnectOptions = {},
): Promise<UdpClient> {
  let client: UdpClient | null = null;
  const { sourcePort } = options;
  const { channel, to } = await openUdp(target, {
    ...(sourcePort === undefined ? {} : { sourcePort }),
    onProblem: (error) => {
      if (options.refused !== 'fail' || (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return;
      client?.close(new RpcError('CLOSED', `nobody listens at udp://${to.text}`, { cause: error }));
    },
  });
  client = new UdpClient(channel, to, options);
  return client;
}
