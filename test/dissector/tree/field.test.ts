import { expect } from 'chai';
import { GENERATED, HIDDEN } from '../../../dissector/tree/field.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TreeBuilder } from '../../../dissector/tree/tree-builder.ts';

describe('field flags', () => {
  it('can be joined and told apart', () => {
    const def = new Registry().definer('p')('p.a', 'A', 'uint32');
    const tree = new TreeBuilder();
    for (const flags of [0, GENERATED, HIDDEN, GENERATED | HIDDEN]) tree.field(def, 1, 0, 0, flags);
    expect(tree.roots.map((n) => [(n.flags & GENERATED) !== 0, (n.flags & HIDDEN) !== 0])).to.deep.equal([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });
});
