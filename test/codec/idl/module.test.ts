import { expect } from 'chai';
import { findType } from '../../../codec/idl/module.ts';
import { parse } from './parse.ts';

describe('idl: module', () => {
  const module = parse(
    'namespace a { struct one { int x; }; struct two { int x; }; } namespace b { struct two { hyper y; }; }',
  );

  it('calls a type plainly unless two namespaces share the name', () => {
    expect([...module.types.keys()]).to.deep.equal(['one', 'a::two', 'b::two']);
  });

  it('finds a type with or without its namespace', () => {
    expect(findType(module, 'one')).to.equal(module.types.get('one'));
    expect(findType(module, 'a::one')).to.equal(module.types.get('one'));
    expect(findType(module, 'b::two')).to.equal(module.types.get('b::two'));
    expect(findType(module, 'two')).to.equal(undefined);
    expect(findType(module, '__proto__')).to.equal(undefined);
  });
});
