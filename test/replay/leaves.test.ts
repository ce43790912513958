import { expect } from 'chai';
import { xdr } from '../../codec/xdr/index.ts';
import { pairLeaves, rewriteLeaves } from '../../replay/leaves.ts';

const entry = xdr.struct({ name: xdr.string(20), id: xdr.uint() });
const type = xdr.struct({ entries: xdr.varArray(entry), tag: xdr.varOpaque(8) });

describe('replay/leaves', () => {
  it('gives each leaf its names, and copies only what changes', () => {
    const value = { entries: [{ name: 'a', id: 1 }], tag: Uint8Array.of(1) };
    const seen: string[] = [];
    const same = rewriteLeaves(type, value, (leaf, old) => {
      seen.push(leaf.field);
      return old;
    });
    expect(same).to.equal(value);
    expect(seen).to.deep.equal(['name', 'id', 'tag']);
    const changed = rewriteLeaves(type, value, (leaf, old) => (leaf.field === 'id' ? 2 : old));
    expect(changed).to.deep.equal({ entries: [{ name: 'a', id: 2 }], tag: Uint8Array.of(1) });
    expect(value.entries[0]!.id).to.equal(1);
  });

  it('pairs elements by their name, wherever they stand', () => {
    const a = {
      entries: [
        { name: 'a', id: 1 },
        { name: 'b', id: 2 },
      ],
      tag: new Uint8Array(0),
    };
    const b = {
      entries: [
        { name: 'new', id: 9 },
        { name: 'b', id: 20 },
        { name: 'a', id: 10 },
      ],
      tag: new Uint8Array(0),
    };
    const pairs: unknown[] = [];
    pairLeaves(type, a, b, (leaf, x, y) => {
      if (leaf.field === 'id') pairs.push([x, y]);
    });
    expect(pairs).to.deep.equal([
      [1, 10],
      [2, 20],
    ]);
  });
});
