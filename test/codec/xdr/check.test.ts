import { expect } from 'chai';
import { checkValue } from '../../../codec/xdr/check.ts';
import { xdr } from '../../../codec/xdr/index.ts';

describe('checkValue', () => {
  const type = xdr.struct({ list: xdr.varArray(xdr.int(), 2) });

  it('finds nothing wrong with a value', () => {
    expect(checkValue(type, { list: [1, 2], other: 'ignored' })).to.equal(undefined);
  });

  it('says what is wrong and where', () => {
    expect(checkValue(type, { list: [1, 'x'] })).to.include({ code: 'BAD_VALUE', path: 'list[1]' });
    expect(checkValue(type, { list: [1, 2, 3] })).to.include({ code: 'LIMIT', path: 'list' });
  });

  it('counts depth from where it is told', () => {
    const options = { limits: { depth: 5 } };
    expect(checkValue(type, { list: [] }, options, 4)).to.equal(undefined);
    expect(checkValue(type, { list: [] }, options, 5)).to.include({ code: 'DEPTH', path: 'list' });
  });

  it('lets an error of the value itself through', () => {
    const value = {
      get list(): number[] {
        throw new Error('mine');
      },
    };
    expect(() => checkValue(type, value)).to.throw('mine');
  });
});
