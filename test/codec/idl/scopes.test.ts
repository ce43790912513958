import { expect } from 'chai';
import { Scopes } from '../../../codec/idl/scopes.ts';

describe('idl: scopes', () => {
  const scopes = new Scopes<number>();
  scopes.add([], 'x', 1);
  scopes.add(['a'], 'x', 2);
  scopes.add(['a', 'b'], 'y', 3);
  scopes.add([], 'x', 4);

  it('look from the inside out', () => {
    expect(scopes.find(['x'], [])).to.equal(1);
    expect(scopes.find(['x'], ['a'])).to.equal(2);
    expect(scopes.find(['x'], ['a', 'b'])).to.equal(2);
    expect(scopes.find(['x'], ['c'])).to.equal(1);
    expect(scopes.find(['a', 'x'], [])).to.equal(2);
    expect(scopes.find(['b', 'y'], ['a'])).to.equal(3);
  });

  it('find a name that only one namespace has', () => {
    expect(scopes.find(['y'], [])).to.equal(3);
    expect(scopes.find(['package', 'y'], [])).to.equal(3);
    expect(scopes.find(['package', 'x'], [])).to.equal(undefined);
    expect(scopes.find(['z'], [])).to.equal(undefined);
  });

  it('name what is unique shortly', () => {
    expect(scopes.shortName(['a', 'b'], 'y')).to.equal('y');
    expect(scopes.shortName(['a'], 'x')).to.equal('a::x');
    expect(scopes.shortName([], 'x')).to.equal('x');
  });

  it('group definitions of one name', () => {
    expect([...scopes.groups()]).to.deep.equal([[1, 4], [2], [3]]);
  });
});
