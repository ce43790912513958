import { expect } from 'chai';
import { isXdrError, XdrError } from '../../../codec/xdr/errors.ts';

describe('XdrError', () => {
  it('says what, where in the bytes and where in the value', () => {
    const error = new XdrError('LIMIT', 'too long', 12, 'list[3].name');
    expect(error).to.be.an.instanceof(Error);
    expect({ ...error, message: error.message }).to.include({
      code: 'LIMIT',
      offset: 12,
      path: 'list[3].name',
    });
    expect([error.name, error.message]).to.deep.equal(['XdrError', 'too long']);
    expect(isXdrError(error)).to.equal(true);
    expect(isXdrError(new Error('too long'))).to.equal(false);
    expect(isXdrError({ code: 'LIMIT' })).to.equal(false);
  });
});
