import { expect } from 'chai';
import { descriptorLimit, parseLimits } from '../../../server/engine/fd-limit.ts';

describe('server/engine: the limit of descriptors', () => {
  it('is read from /proc/PID/limits', () => {
    const line = 'Max open files            1024                 524288               files     \n';
    expect(parseLimits(`Limit  Soft Limit\nMax processes  5  6  processes\n${line}`)).to.equal(1024);
    expect(parseLimits(line.replace('1024  ', 'unlimited'))).to.equal(null);
    expect(parseLimits('')).to.equal(null);
  });

  it('is a number or unknown for this process', () => {
    const limit = descriptorLimit();
    if (limit !== null) expect(limit).to.be.greaterThan(2);
  });
});
