import { expect } from 'chai';
import { FilterError, isFilterError, showPlace } from '../../../dissector/filter/error.ts';

describe('dissector/filter/error', () => {
  it('points at the columns', () => {
    expect(showPlace('a == bc', new FilterError('x', 5, 7))).to.equal('    a == bc\n         ^~');
    expect(showPlace('a', new FilterError('x', 1))).to.equal('    a\n     ^');
    expect(showPlace('a', new FilterError('x'))).to.equal(undefined);
    expect(showPlace('a\x1b[b', new FilterError('x', 0, 1))).to.equal('    a [b\n    ^');
    expect(isFilterError(new FilterError('x'))).to.equal(true);
    expect(isFilterError(new Error('x'))).to.equal(false);
  });
});
