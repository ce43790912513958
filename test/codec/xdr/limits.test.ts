import { expect } from 'chai';
import { DEFAULT_LIMITS, limitsOf, MAX_DEPTH, SERVER_LIMITS } from '../../../codec/xdr/limits.ts';

describe('limits', () => {
  it('default to what the design says', () => {
    expect(limitsOf(undefined)).to.equal(DEFAULT_LIMITS);
    expect(DEFAULT_LIMITS).to.include({ depth: 64, list: 100_000, string: Number.POSITIVE_INFINITY });
    expect(SERVER_LIMITS).to.include({
      depth: 64,
      list: 100_000,
      string: 1 << 20,
      opaque: 1 << 20,
      array: 65_536,
    });
    expect(limitsOf(SERVER_LIMITS)).to.equal(SERVER_LIMITS);
  });

  it('keep the defaults of what is not given', () => {
    expect(limitsOf({ depth: 3 })).to.deep.equal({ ...DEFAULT_LIMITS, depth: 3 });
  });

  it('refuse what is no limit', () => {
    expect(() => limitsOf({ list: -1 })).to.throw(RangeError, 'list');
    expect(() => limitsOf({ list: Number.NaN })).to.throw(RangeError);
    expect(limitsOf({ depth: MAX_DEPTH }).depth).to.equal(MAX_DEPTH);
    expect(() => limitsOf({ depth: MAX_DEPTH + 1 })).to.throw(RangeError, 'depth');
  });
});
