/**
 * The duplicate-request cache: over UDP a call is sent again when its reply is slow or lost, and must not be executed
 * again. An entry is a peer, an xid and a checksum of the whole datagram; it begins while the call is executed and
 * then holds the reply. Bounded in entries, bytes and age; the oldest goes out first. No sockets, no clock.
 */
import { crc32 } from 'node:zlib';

export interface ReplyCacheLimits {
  readonly entries: number;
  /** of all replies together */
  readonly bytes: number;
  /** how long a reply is remembered: a client that starts anew may use its numbers again, milliseconds */
  readonly ageMs: number;
}

export const REPLY_CACHE_LIMITS: ReplyCacheLimits = {
  entries: 4096,
  bytes: 32 * 1024 * 1024,
  ageMs: 120_000,
};

/** One call. `reply` is null while it is executed, and for good when it has none. */
export interface CachedCall {
  readonly key: string;
  readonly since: number;
  reply: Uint8Array | null;
}

export class ReplyCache {
  #limits: ReplyCacheLimits;
  readonly #calls = new Map<string, CachedCall>();
  #bytes = 0;

  constructor(limits: Partial<ReplyCacheLimits> = {}) {
    this.#limits = { ...REPLY_CACHE_LIMITS, ...limits };
  }

  /** What is not given has its default. */
  setLimits(limits: Partial<ReplyCacheLimits>): void {
    this.#limits = { ...REPLY_CACHE_LIMITS, ...limits };
    this.#shrink();
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Bytes of all replies held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The call that this datagram repeats; undefined for a new one. */
  find(key: string, now: number): CachedCall | undefined {
    const call = this.#calls.get(key);
    if (call === undefined || now - call.since < this.#limits.ageMs) return call;
    this.#remove(call);
    return undefined;
  }

  /** Enters a new call that is about to be executed. */
  begin(key: string, now: number): CachedCall {
    const call: CachedCall = { key, since: now, reply: null };
    this.#calls.set(key, call);
    this.#shrink();
    return call;
  }

  /** The call's reply, which is the cache's own from now on. */
  answer(call: CachedCall, reply: Uint8Array): void {
    call.reply = reply;
    // It may have been the oldest, and be gone.
    if (this.#calls.get(call.key) !== call) return;
    this.#bytes += reply.length;
    this.#shrink();
  }

  #shrink(): void {
    for (const oldest of this.#calls.values()) {
      if (this.#calls.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return;
      this.#remove(oldest);
    }
  }

  #remove(call: CachedCall): void {
    this.#calls.delete(call.key);
    this.#bytes -= call.reply?.length ?? 0;
  }
}

/** What tells a datagram from every other: who sent it, its xid, its length and checksum. */
export function callKey(peer: string, xid: number, datagram: Uint8Array): string {
  return `${peer} ${xid} ${datagram.length} ${crc32(datagram)}`;
}
