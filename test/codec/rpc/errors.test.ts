import { expect } from 'chai';
import { isRpcError, RpcError } from '../../../codec/rpc/errors.ts';

describe('codec/rpc/errors', () => {
  it('carries the code and only the details given', () => {
    const e = new RpcError('PROG_MISMATCH', 'versions 2 to 4', { low: 2, high: 4 });
    expect(e).to.include({ name: 'RpcError', code: 'PROG_MISMATCH', low: 2, high: 4 });
    expect(e.authStat).to.equal(undefined);
    expect(e.message).to.equal('versions 2 to 4');
  });

  it('keeps what it came from', () => {
    const cause = new Error('deeper');
    expect(new RpcError('CLOSED', 'gone', { cause }).cause).to.equal(cause);
    expect(new RpcError('CLOSED', 'gone')).not.to.have.property('cause');
  });

  it('is told from other errors', () => {
    expect(isRpcError(new RpcError('LIMIT', ''))).to.equal(true);
    expect(isRpcError(new Error('LIMIT'))).to.equal(false);
    expect(isRpcError(null)).to.equal(false);
  });
});
