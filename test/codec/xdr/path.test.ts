import { expect } from 'chai';
import { pathText } from '../../../codec/xdr/path.ts';

describe('pathText', () => {
  it('joins names by dots and puts numbers in brackets', () => {
    expect(pathText([])).to.equal('');
    expect(pathText(['entries', 3, 'name'])).to.equal('entries[3].name');
    expect(pathText([0, 1, 'a', 'b'])).to.equal('[0][1].a.b');
  });
});
