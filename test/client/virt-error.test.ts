import { expect } from 'chai';
import { isVirtError, VirtError } from '../../client/virt-error.ts';

describe('client/virt-error', () => {
  it('carries what the daemon said, and names its code', () => {
    const error = new VirtError({ code: 42, domain: 12, level: 2, message: 'gone', detail: null });
    expect(error).to.include({
      code: 42,
      domain: 12,
      level: 2,
      message: 'gone',
      detail: null,
      codeName: 'NO_DOMAIN',
    });
    expect(new VirtError({ code: 4711, domain: 0, level: 2, message: '', detail: null }).codeName).to.equal(
      '4711',
    );
    expect(isVirtError(error)).to.equal(true);
    expect(isVirtError(new Error('gone'))).to.equal(false);
  });
});
