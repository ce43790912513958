/**
 * The symmetric RPC peer's contract: either side of one duplex may call the other (DESIGN section 3).
 */
import type { Declarations, ProcedureDeclarations } from '../codec/rpc/declarations.ts';
import type { RpcError } from '../codec/rpc/errors.ts';
import type { OpaqueAuth } from '../codec/rpc/message.ts';
import type { Procedure, Program } from '../codec/rpc/program.ts';

export interface CallOptions {
  /** milliseconds until the call fails with RpcError TIMEOUT; default from the peer's options */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** overrides the peer's credential for this call: {flavor, body} */
  readonly credential?: OpaqueAuth;
  /** what a program declares of this procedure beside its `.x`: a result that repeats is an array */
  readonly declared?: ProcedureDeclarations;
}

/** What a handler is told about the call it serves. `signal` is made only when it is read. */
export interface CallContext {
  /** the call's number; -1 where its dialect has no reply to it */
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  readonly credential: OpaqueAuth;
  /** the connection's state bag, owned by the service (sessions, registrations) */
  readonly connection: ConnectionView;
  readonly signal: AbortSignal;
}

/** What a listener grants its connections. */
export type Grant = 'ro' | 'rw';

/** NULL calls to the other side while nothing comes from it; `count` unanswered ones close the connection. */
export interface KeepaliveOptions {
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  readonly intervalMs?: number;
  readonly count?: number;
}

export interface ConnectionView {
  readonly id: number;
  readonly access: Grant;
  readonly transport: string;
  readonly remote: string;
  /** our own end, `ip:port`; absent where it is not known (a datagram socket bound to every address) */
  readonly local?: string;
  /** call the other side of this connection: events and callbacks. Rejects when the connection has none (UDP) */
  callback(program: number, version: number, procedure: Procedure, args: unknown): Promise<unknown>;
  /** runs once when the connection is gone */
  onClose(f: () => void): void;
  /** from now on the other side is asked whether it lives; only where both agreed to it. Absent without connection */
  keepalive?(options: KeepaliveOptions): void;
}

/**
 * What a procedure needs: `before-open` nothing (every connection may call it), `ro` a listener that grants reading,
 * `rw` one that grants writing. A procedure that a table does not name is refused everywhere.
 */
export type ProcedureAccess = 'before-open' | 'ro' | 'rw';

/**
 * Serves one procedure: decoded arguments in (undefined for void, an object with `arg1`… for several), the result
 * or a promise of it out. The arguments are the handler's own. An RpcError with one of RFC 5531's verdicts
 * (PROC_UNAVAIL, GARBAGE_ARGS, AUTH_ERROR with its authStat, …) answers that verdict; anything else thrown, and a
 * result that is no value of its type, answers SYSTEM_ERR and is reported. Opaques of 32 KiB and more in a result go
 * out from where they are: the handler does not write to them any more.
 */
// biome-ignore lint/suspicious/noExplicitAny: the description decides; typed wrappers narrow it
export type Handler = (args: any, context: CallContext) => unknown;

/** A program as it is served. Looked at once, when it is added. */
export interface Service {
  readonly program: Program;
  /** the versions served; default: all that the program describes */
  readonly versions?: readonly number[];
  readonly declarations?: Declarations;
  /** by procedure name: undefined answers PROC_UNAVAIL (NULL, number 0, needs none) */
  handler(procedure: string, version: number): Handler | undefined;
  /** by procedure name; without a table everything but NULL is refused. `unrestricted`: everybody may call all */
  readonly access?: ReadonlyMap<string, ProcedureAccess> | 'unrestricted';
  /** asked before the arguments are decoded: an error is answered as its verdict (a procedure not agreed on) */
  guard?(context: CallContext): RpcError | null;
}
