/**
 * What becomes of a connection or a call that failed, as exit statuses: 1 for the other side's answer, 3 where there
 * is none, 2 for what could never be sent.
 */
import { authStatName, isRpcError, type RpcError } from '../codec/rpc/index.ts';
import { isTransportError } from '../transport/errors.ts';
import { CliError, EXIT_NEGATIVE, EXIT_UNREACHABLE, EXIT_USAGE } from './errors.ts';

/** The error to throw for `e`: an RPC or transport error as CliError about `what`, anything else as it is. */
export function callFailure(what: string, e: unknown): unknown {
  if (isTransportError(e)) {
    return new CliError(what, e.message, { status: unconnectedStatus(e), cause: e });
  }
  if (!isRpcError(e)) return e;
  return new CliError(what, describeRpcError(e), { status: statusOf(e), cause: e });
}

/** Of what kept a connection from being made: 2 where no target could have helped. */
export function unconnectedStatus(e: unknown): number {
  return isTransportError(e) && e.code === 'BAD_TARGET' ? EXIT_USAGE : EXIT_UNREACHABLE;
}

/** 'PROG_MISMATCH: the server has versions 2 to 4' */
export function describeRpcError(e: RpcError): string {
  const stat = e.authStat === undefined ? undefined : authStatName(e.authStat);
  return `${e.code}: ${e.message}${stat === undefined ? '' : `, ${stat}`}`;
}

function statusOf({ code }: RpcError): number {
  switch (code) {
    case 'TIMEOUT':
    case 'CLOSED':
      return EXIT_UNREACHABLE;
    case 'BAD_VALUE':
    case 'LIMIT':
      return EXIT_USAGE;
    default:
      return EXIT_NEGATIVE;
  }
}
