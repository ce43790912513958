import { expect } from 'chai';
import { byName, Registry } from '../../../../server/drivers/test/registry.ts';

describe('server/drivers/test/registry', () => {
  it('finds by UUID and by name, whatever the name', () => {
    const registry = new Registry<{ uuid: string; name: string }>();
    const names = ['b', '__proto__', 'constructor', 'B', 'a', 'é'];
    for (const [i, name] of names.entries()) registry.add({ uuid: `u${i}`, name });
    expect(registry.size).to.equal(6);
    expect(registry.name('__proto__')?.uuid).to.equal('u1');
    expect(registry.name('toString')).to.equal(undefined);
    expect(registry.uuid('u3')?.name).to.equal('B');
    expect(registry.sorted().map(({ name }) => name)).to.deep.equal([
      'B',
      '__proto__',
      'a',
      'b',
      'constructor',
      'é',
    ]);
    const gone = registry.uuid('u0');
    if (gone !== undefined) registry.delete(gone);
    expect(registry.name('b')).to.equal(undefined);
    expect([...registry.values()]).to.have.length(5);
  });

  it('orders by code units', () => {
    expect(
      ['a', 'B', 'a']
        .map((name) => ({ name }))
        .sort(byName)
        .map(({ name }) => name)
        .join(''),
    ).to.equal('Baa');
  });
});
