import { expect } from 'chai';
import { nodeText } from '../../../dissector/output/node-text.ts';
import { GENERATED } from '../../../dissector/tree/field.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TreeBuilder } from '../../../dissector/tree/tree-builder.ts';

describe('node text', () => {
  it('has no brackets of its own', () => {
    const number = new Registry().definer('p')('p.n', 'N', 'uint32');
    const tree = new TreeBuilder();
    tree.field(number, 7, 0, 0, GENERATED);
    tree.field(number, 7, 0, 0, GENERATED, '[N: seven]');
    tree.field(number, 7, 0, 0, 0, '[N]');
    tree.text('Timestamps', 0, 0, GENERATED);
    expect(tree.roots.map(nodeText)).to.deep.equal(['N: 7', 'N: seven', '[N]', 'Timestamps']);
  });
});
