import { expect } from 'chai';
import { callFailure } from '../../cli/call-failure.ts';
import { type CliError, isCliError } from '../../cli/errors.ts';
import { RpcError } from '../../codec/rpc/index.ts';
import { TransportError } from '../../transport/errors.ts';

function failure(e: unknown): CliError {
  const made = callFailure('what', e);
  if (!isCliError(made)) throw new Error('no CliError');
  return made;
}

describe('cli/call-failure', () => {
  it('is 1 for an answer, 3 for none, 2 for what cannot be sent', () => {
    for (const code of [
      'PROG_UNAVAIL',
      'PROC_UNAVAIL',
      'GARBAGE_ARGS',
      'SYSTEM_ERR',
      'AUTH_ERROR',
      'MALFORMED',
    ] as const) {
      expect(failure(new RpcError(code, 'x')).status, code).to.equal(1);
    }
    for (const code of ['TIMEOUT', 'CLOSED'] as const)
      expect(failure(new RpcError(code, 'x')).status).to.equal(3);
    for (const code of ['BAD_VALUE', 'LIMIT'] as const)
      expect(failure(new RpcError(code, 'x')).status).to.equal(2);
    expect(failure(new TransportError('UNREACHABLE', 'x')).status).to.equal(3);
    expect(failure(new TransportError('BAD_TARGET', 'x')).status).to.equal(2);
  });

  it('names the auth_stat, and leaves other errors alone', () => {
    const e = failure(new RpcError('AUTH_ERROR', 'refused', { authStat: 5 }));
    expect(e.why).to.equal('AUTH_ERROR: refused, AUTH_TOOWEAK');
    const other = new TypeError('ours');
    expect(callFailure('what', other)).to.equal(other);
  });
});
