import { expect } from 'chai';
import { isStoreError, StoreError, systemCode } from '../../../server/store/error.ts';
import { systemError } from './faulty-disk.ts';

describe('server/store/error', () => {
  it('says which, and what from', () => {
    const cause = systemError('ENOSPC');
    const error = new StoreError('IO', 'cannot be kept', cause);
    expect(error).to.include({ code: 'IO', cause });
    expect(isStoreError(error)).to.equal(true);
    expect(isStoreError(cause)).to.equal(false);
    expect('cause' in new StoreError('LOCKED', 'x')).to.equal(false);
  });

  it("finds the system's word", () => {
    expect(systemCode(systemError('EIO'))).to.equal('EIO');
    expect(systemCode(new Error('words'))).to.equal('words');
    expect(systemCode('text')).to.equal('text');
  });
});
