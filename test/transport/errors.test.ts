import { expect } from 'chai';
import { isTransportError, TransportError } from '../../transport/errors.ts';

describe('errors of transport', () => {
  it('are told from others, with a code and a cause', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new TransportError('UNREACHABLE', 'no', cause);
    expect(isTransportError(error)).to.equal(true);
    expect(error).to.deep.include({ name: 'TransportError', code: 'UNREACHABLE', cause });
    expect(new TransportError('SSH', 'no')).not.to.have.property('cause');
    expect(isTransportError(cause)).to.equal(false);
  });
});
