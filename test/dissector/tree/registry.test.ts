import { expect } from 'chai';
import { Registry } from '../../../dissector/tree/registry.ts';

describe('registry', () => {
  it('gives each name one field and each field its id', () => {
    const registry = new Registry();
    const define = registry.definer('p');
    const a = define('p.a', 'A', 'uint32');
    const b = define('p.b', 'B', 'bytes');
    expect(define('p.a', 'again', 'string')).to.equal(a);
    expect([a.id, b.id, registry.size]).to.deep.equal([0, 1, 2]);
    expect([a.base, b.base, a.protocol]).to.deep.equal(['dec', 'none', 'p']);
    expect(registry.find('p.b')).to.equal(b);
    expect(registry.at(1)).to.equal(b);
    expect(registry.all()).to.deep.equal([a, b]);
  });

  it('asks its sources for a name it does not have, once', () => {
    const registry = new Registry();
    const asked: string[] = [];
    registry.addSource((name) => {
      asked.push(name);
      if (!name.startsWith('x')) return false;
      registry.definer('x')('x.y', 'Y', 'string');
      return true;
    });
    expect(registry.find('q')).to.equal(undefined);
    expect(registry.has('x.y')).to.equal(true);
    expect(registry.has('x.y')).to.equal(true);
    expect(registry.find('x.z')).to.equal(undefined);
    expect(asked).to.deep.equal(['q', 'x.y', 'x.z']);
  });

  it('takes names that are properties of every object', () => {
    const registry = new Registry();
    expect(registry.has('__proto__')).to.equal(false);
    expect(registry.has('constructor')).to.equal(false);
  });
});
