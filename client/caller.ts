/**
 * What makes calls: a peer over a connection, or a client over UDP. Those who only call know nothing else of it.
 */
import type { OpaqueAuth, Procedure } from '../codec/rpc/index.ts';
import { systemClock } from '../transport/clock.ts';
import { connect } from '../transport/connect.ts';
import { Peer } from '../transport/peer.ts';
import type { CallOptions } from '../transport/peer-types.ts';
import { parseTarget, type Target } from '../transport/target.ts';
import { TimerWheel } from '../transport/timer-wheel.ts';
import type { TlsClientOptions } from '../transport/tls-channel.ts';
import { connectUdp } from './udp.ts';

export interface Caller {
  /** Resolves with the decoded result; rejects with RpcError, or with the aborted signal's reason. */
  call(
    program: number,
    version: number,
    procedure: Procedure,
    args: unknown,
    options?: CallOptions,
  ): Promise<unknown>;
  close(): void;
}

export interface CallerOptions {
  /** until the connection is there, and then of each call; milliseconds */
  readonly timeoutMs?: number;
  readonly credential?: OpaqueAuth;
  /** the port to call from; `reserved`: one below 1024, as some servers demand */
  readonly sourcePort?: number | 'reserved';
  readonly signal?: AbortSignal;
  /** for `tls://`; what the target's own parameters say goes before */
  readonly tls?: TlsClientOptions;
  /** calls without a reply at once; further ones wait */
  readonly outstanding?: number;
}

/** A caller of any target. Rejects with TransportError, or with the aborted signal's reason. */
export async function connectCaller(target: Target | string, options: CallerOptions = {}): Promise<Caller> {
  const at = typeof target === 'string' ? parseTarget(target) : target;
  // A fine tick: a caller with a short deadline should not wait much beyond it.
  const wheel = new TimerWheel(systemClock, { tickMs: 10 });
  const { outstanding, ...rest } = options;
  if (at.kind === 'udp') {
    return connectUdp(at, {
      ...rest,
      refused: 'fail',
      wheel,
      ...(outstanding !== undefined && { outstanding }),
    });
  }
  const duplex = await connect(at, { ...rest, wheel });
  return new Peer(duplex, {
    wheel,
    ...(rest.timeoutMs !== undefined && { timeoutMs: rest.timeoutMs }),
    ...(rest.credential !== undefined && { credential: rest.credential }),
    ...(outstanding !== undefined && { limits: { outstanding } }),
  });
}
