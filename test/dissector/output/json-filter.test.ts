import { expect } from 'chai';
import { below, filtersOut } from '../../../dissector/output/json-filter.ts';

describe('JSON filter', () => {
  it('holds for names at a level, or for all below one', () => {
    const flat = { protocols: new Set(['rpc']), deep: false };
    expect([filtersOut(null, 'ip'), filtersOut(flat, 'ip'), filtersOut(flat, 'rpc')]).to.deep.equal([
      false,
      true,
      false,
    ]);
    expect(below(flat)).to.equal(flat);
    expect(below({ ...flat, deep: true })).to.equal(null);
    expect(below(null)).to.equal(null);
  });
});
