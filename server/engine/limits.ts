/**
 * Every bound of the engine (DESIGN section 6), each an option. At the limit is fine; one more meets it.
 */
import { RECORD_LIMITS, type RecordLimits } from '../../codec/rpc/index.ts';
import { KEEPALIVE_IDLE_MS } from '../../transport/net-channel.ts';
import { PEER_LIMITS, type PeerLimits } from '../../transport/peer.ts';

export interface EngineLimits extends PeerLimits, RecordLimits {
  /** open connections; a further one is refused */
  readonly connections: number;
  /** connections without one whole call yet; the oldest of them makes room for a further one */
  readonly newcomers: number;
  /** a half-received record: milliseconds without a byte more, and in all before the rate counts */
  readonly partialMs: number;
  /** a half-received record: bytes a second that it needs beyond `partialMs` */
  readonly partialRate: number;
  /** milliseconds without a message, and with nothing in flight; 0: for ever */
  readonly idleMs: number;
  /** milliseconds for a TLS handshake or a STARTTLS upgrade */
  readonly handshakeMs: number;
  /** milliseconds of silence before TCP asks whether the other side is there; 0: never */
  readonly tcpKeepaliveMs: number;
}

/** `outstanding` are callbacks: events on their way to one client. */
export const ENGINE_LIMITS: EngineLimits = {
  ...PEER_LIMITS,
  ...RECORD_LIMITS,
  outstanding: 256,
  connections: 1024,
  newcomers: 256,
  partialMs: 10_000,
  partialRate: 64 * 1024,
  idleMs: 0,
  handshakeMs: 10_000,
  tcpKeepaliveMs: KEEPALIVE_IDLE_MS,
};

/** Descriptors kept for listeners, files and what the process has open anyway. */
export const RESERVED_DESCRIPTORS = 64;

/** The limits to use: defaults with `given` over them, connections never above the process's descriptors less 64. */
export function engineLimits(given: Partial<EngineLimits>, descriptors: number | null): EngineLimits {
  const limits = { ...ENGINE_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 0)) throw new RangeError(`limit ${name} must be a number of at least 0`);
  }
  if (descriptors === null) return limits;
  const most = Math.max(1, descriptors - RESERVED_DESCRIPTORS);
  return { ...limits, connections: Math.min(limits.connections, most) };
}
