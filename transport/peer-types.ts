/**
 * The symmetric RPC peer's contract: either side of one duplex may call the other (DESIGN section 3).
 */
import type { Procedure } from '../codec/rpc/program.ts';

export interface CallOptions {
  /** milliseconds until the call fails with RpcError TIMEOUT; default from the peer's options */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** overrides the peer's credential for this call: {flavor, body} */
  readonly credential?: { readonly flavor: number; readonly body: Uint8Array };
}

/** What a handler is told about the call it serves. `signal` is made only when it is read. */
export interface CallContext {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  readonly credential: { readonly flavor: number; readonly body: Uint8Array };
  /** the connection's state bag, owned by the service (sessions, registrations) */
  readonly connection: ConnectionView;
  readonly signal: AbortSignal;
}

export interface ConnectionView {
  readonly id: number;
  readonly access: 'ro' | 'rw';
  readonly transport: string;
  readonly remote: string;
  /** call the other side of this connection: events and callbacks. Rejects when the connection has none (UDP) */
  callback(program: number, version: number, procedure: Procedure, args: unknown): Promise<unknown>;
  /** runs once when the connection is gone */
  onClose(f: () => void): void;
}
