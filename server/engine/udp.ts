/**
 * Calls that come as datagrams, served by the same dispatcher as connections. A repeated datagram is executed once
 * and answered from the cache; a REPLY, a stub of a message and whatever comes from a port that answers everything
 * get no answer; strangers draw no more than their budget. Hostile bytes never throw.
 */
import { Kind } from '../../codec/rpc/incoming.ts';
import { encodeReply, RpcError } from '../../codec/rpc/index.ts';
import { isWildcard } from '../../codec/rpc/universal-address.ts';
import type { DatagramChannel, Endpoint } from '../../transport/channel.ts';
import { type Clock, systemClock } from '../../transport/clock.ts';
import { oncRpc } from '../../transport/dialect.ts';
import { joined } from '../../transport/message.ts';
import type { ServedCall } from '../../transport/peer-context.ts';
import type { CallTarget, Dispatcher } from '../../transport/peer-dispatch.ts';
import type { ConnectionView, Grant } from '../../transport/peer-types.ts';
import { isLoopback } from '../../transport/target.ts';
import { MAX_DATAGRAM_BYTES } from '../../transport/udp.ts';
import { type BudgetLimits, SourceBudget } from './udp-budget.ts';
import { type CachedCall, callKey, ReplyCache, type ReplyCacheLimits } from './udp-reply-cache.ts';

/** xid, message type, RPC version, program, version, procedure, and two empty authenticators. */
const SHORTEST_CALL = 40;

/** Ports whose owners answer whatever comes: echo, daytime, qotd, chargen, time, and another port mapper. */
export const ECHO_PORTS: ReadonlySet<number> = new Set([0, 7, 13, 17, 19, 37, 111]);

/** Why a datagram, or its reply, was thrown away. */
export type UdpDropReason =
  | 'short'
  | 'echo_port'
  | 'unexpected_reply'
  | 'in_progress'
  | 'in_flight'
  | 'budget';

/** Counted since the service began. */
export interface UdpServiceCounts {
  received: number;
  /** calls given to the dispatcher */
  executed: number;
  /** repeated calls that were answered from the cache */
  repeated: number;
  /** replies too large for a datagram, or for what was asked; answered SYSTEM_ERR */
  oversize: number;
  readonly dropped: Map<UdpDropReason, number>;
}

export interface UdpServiceOptions {
  readonly access: Grant;
  readonly cache?: Partial<ReplyCacheLimits>;
  readonly budget?: Partial<BudgetLimits>;
  /** a reply off this machine is at most so many times as large as its call */
  readonly amplification?: number;
  readonly maxReplyBytes?: number;
  /** calls served by promises at once; further datagrams are lost */
  readonly inFlight?: number;
  readonly clock?: Clock;
  readonly onDrop?: (reason: UdpDropReason) => void;
  /** once, when the socket is gone */
  readonly onClose?: () => void;
}

const AMPLIFICATION = 32;
const IN_FLIGHT = 1024;

export class UdpService {
  readonly #channel: DatagramChannel;
  readonly #dispatcher: Dispatcher;
  readonly #options: UdpServiceOptions;
  readonly #clock: Clock;
  readonly #cache: ReplyCache;
  readonly #budget: SourceBudget;
  readonly #incoming = oncRpc.newIncoming();
  readonly #inFlight = new Set<ServedCall>();
  readonly #counts: UdpServiceCounts = {
    received: 0,
    executed: 0,
    repeated: 0,
    oversize: 0,
    dropped: new Map(),
  };
  #nextId = 1;
  #closed = false;
  #idle: (() => void) | null = null;

  /** Takes over `channel`: starts it, and closes it with `close`. */
  constructor(channel: DatagramChannel, dispatcher: Dispatcher, options: UdpServiceOptions) {
    this.#channel = channel;
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cache = new ReplyCache(options.cache);
    this.#budget = new SourceBudget(options.budget);
    channel.start({
      message: (bytes, from) => this.#message(bytes, from),
      closed: () => this.#finish(),
    });
  }

  /** Other limits for the replies remembered; what is not given has its default. */
  setCacheLimits(limits: Partial<ReplyCacheLimits>): void {
    this.#cache.setLimits(limits);
  }

  get local(): Endpoint {
    return this.#channel.local;
  }

  get counts(): Readonly<UdpServiceCounts> {
    return this.#counts;
  }

  /** Replies remembered for calls that come again. */
  get cached(): number {
    return this.#cache.size;
  }

  /** Calls being served by promises. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Takes no more calls, lets those in flight end within `deadlineMs`, then closes the socket. */
  async close(deadlineMs = 0): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#inFlight.size > 0 && deadlineMs > 0) {
      await new Promise<void>((done) => {
        const cancel = this.#clock.every(deadlineMs, done);
        this.#idle = () => {
          cancel();
          done();
        };
      });
    }
    this.#channel.close();
    this.#finish();
  }

  #message(bytes: Uint8Array, from: Endpoint): void {
    if (this.#closed) return;
    this.#counts.received++;
    const refusal = this.#read(bytes, from);
    if (refusal !== null) {
      this.#drop(refusal);
      return;
    }
    const { id: xid } = this.#incoming;
    const now = this.#clock.now();
    const key = callKey(from.text, xid, bytes);
    const before = this.#cache.find(key, now);
    if (before?.reply != null) {
      this.#counts.repeated++;
      this.#send(before.reply, from);
    } else if (before !== undefined) {
      this.#drop('in_progress');
    } else if (this.#inFlight.size >= (this.#options.inFlight ?? IN_FLIGHT)) {
      this.#drop('in_flight');
    } else {
      this.#counts.executed++;
      const most = this.#largestReply(bytes.length, isLoopback(from.address));
      const target = this.#target(this.#cache.begin(key, now), xid, from, most);
      this.#dispatcher.dispatch(bytes, this.#incoming, target);
    }
  }

  /** Reads the header; a reason where there must be no answer. */
  #read(bytes: Uint8Array, from: Endpoint): UdpDropReason | null {
    if (oncRpc.classify(bytes, this.#incoming).kind === Kind.REPLY) return 'unexpected_reply';
    if (bytes.length < SHORTEST_CALL) return 'short';
    if (ECHO_PORTS.has(from.port)) return 'echo_port';
    if (isLoopback(from.address) || this.#budget.allows(from.address, this.#clock.now())) return null;
    return 'budget';
  }

  #target(call: CachedCall, xid: number, from: Endpoint, most: number): CallTarget {
    const connection = new DatagramConnection(
      this.#nextId++,
      this.#options.access,
      from.text,
      this.#channel.local,
    );
    return {
      dialect: oncRpc,
      connection,
      reply: (message) => {
        let reply = joined(message);
        if (reply.length > most) {
          this.#counts.oversize++;
          reply = encodeReply({ xid, verdict: 'SYSTEM_ERR' });
        }
        // A copy: the dispatcher's bytes are a piece of a slab, which would live as long as the cache's entry.
        this.#cache.answer(call, reply.slice());
        this.#send(reply, from);
        connection.end();
      },
      began: (served) => void this.#inFlight.add(served),
      ended: (served) => {
        this.#inFlight.delete(served);
        if (this.#inFlight.size === 0) this.#idle?.();
      },
    };
  }

  #largestReply(callBytes: number, trusted: boolean): number {
    const { maxReplyBytes = MAX_DATAGRAM_BYTES, amplification = AMPLIFICATION } = this.#options;
    return trusted ? maxReplyBytes : Math.min(maxReplyBytes, callBytes * amplification);
  }

  #send(reply: Uint8Array, to: Endpoint): void {
    if (!isLoopback(to.address)) this.#budget.spend(to.address, reply.length, this.#clock.now());
    this.#channel.send(reply, to);
  }

  #drop(reason: UdpDropReason): void {
    const { dropped } = this.#counts;
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
    this.#options.onDrop?.(reason);
  }

  #finish(): void {
    this.#closed = true;
    const error = new RpcError('CLOSED', 'the socket is closed');
    for (const call of this.#inFlight) call.abort(error);
    this.#inFlight.clear();
    this.#idle?.();
    this.#options.onClose?.();
  }
}

/** What a handler sees where there is no connection: it lasts as long as the one call. */
class DatagramConnection implements ConnectionView {
  readonly id: number;
  readonly access: Grant;
  readonly transport = 'udp';
  readonly remote: string;
  readonly local?: string;
  readonly #onClose: (() => void)[] = [];
  #ended = false;

  constructor(id: number, access: Grant, remote: string, local: Endpoint) {
    this.id = id;
    this.access = access;
    this.remote = remote;
    if (!isWildcard(local.address)) this.local = local.text;
  }

  callback(): Promise<unknown> {
    return Promise.reject(new RpcError('CLOSED', 'there is no connection to call back over'));
  }

  onClose(f: () => void): void {
    if (this.#ended) f();
    else this.#onClose.push(f);
  }

  /** The call has its reply. */
  end(): void {
    this.#ended = true;
    for (const f of this.#onClose.splice(0)) f();
  }
}
