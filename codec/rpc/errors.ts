/**
 * The one error class of the RPC layer: RFC 5531's verdicts on a call, and what is wrong with bytes or values.
 */

/** Verdicts a peer gives about a call (RFC 5531 section 9). */
export type RpcVerdict =
  | 'PROG_UNAVAIL'
  | 'PROG_MISMATCH'
  | 'PROC_UNAVAIL'
  | 'GARBAGE_ARGS'
  | 'SYSTEM_ERR'
  | 'RPC_MISMATCH'
  | 'AUTH_ERROR';

/**
 * MALFORMED: not an RPC message, or results that are none. LIMIT: larger or longer than allowed. BAD_VALUE: cannot be
 * put on the wire. TIMEOUT: no reply in time. CLOSED: the connection ended before the reply came.
 */
export type RpcErrorCode = RpcVerdict | 'MALFORMED' | 'LIMIT' | 'BAD_VALUE' | 'TIMEOUT' | 'CLOSED';

/** `low`, `high`: of the mismatch verdicts. `authStat`: of AUTH_ERROR. `offset`: byte where the trouble begins. `cause`: what it came from. */
export interface RpcErrorDetail {
  readonly low?: number;
  readonly high?: number;
  readonly authStat?: number;
  readonly offset?: number;
  readonly cause?: unknown;
}

export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcErrorCode;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly authStat: number | undefined;
  readonly offset: number | undefined;

  constructor(code: RpcErrorCode, message: string, detail: RpcErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.low = detail.low;
    this.high = detail.high;
    this.authStat = detail.authStat;
    this.offset = detail.offset;
  }
}

export function isRpcError(e: unknown): e is RpcError {
  return e instanceof RpcError;
}
