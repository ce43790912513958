import { expect } from 'chai';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TreeBuilder, type TreeNode } from '../../../dissector/tree/tree-builder.ts';

const registry = new Registry();
const proto = registry.definer('p')('p', 'P', 'protocol');
const a = registry.definer('p')('p.a', 'A', 'uint32');
const column = registry.definer('_ws.col')('_ws.col.Info', 'Info', 'string');

function shape(nodes: readonly TreeNode[]): unknown[] {
  return nodes.map((n) => [n.def?.name ?? n.text, ...shape(n.children)]);
}

describe('tree builder', () => {
  it('nests what is opened', () => {
    const tree = new TreeBuilder();
    tree.openProtocol(proto, 0, 4, 'P');
    tree.openText('sub', 0, 2);
    tree.field(a, 1, 0, 1);
    tree.close();
    tree.openField(a, 2, 1, 1);
    tree.text('note', 0, 0);
    tree.close();
    tree.close();
    expect(shape(tree.roots)).to.deep.equal([['p', ['sub', ['p.a']], ['p.a', ['note']]]]);
  });

  it('begins a protocol at the top whatever an error left open', () => {
    const tree = new TreeBuilder();
    tree.openProtocol(proto, 0, 4, 'P');
    tree.openText('left open', 0, 2);
    tree.openProtocol(proto, 0, 0, 'next');
    expect(shape(tree.roots)).to.deep.equal([['p', ['left open']], ['p']]);
  });

  it('wants everything but columns', () => {
    const tree = new TreeBuilder();
    expect([tree.wants(a), tree.wants(proto), tree.wants(column)]).to.deep.equal([true, true, false]);
  });

  for (const [most, shown, more] of [
    [3, 2, '[2 more nodes]'],
    [5, 4, undefined],
  ] as const) {
    it(`holds ${most} nodes and counts the rest`, () => {
      const tree = new TreeBuilder(most);
      tree.openProtocol(proto, 0, 4, 'P');
      for (let i = 0; i < 4; i++) tree.field(a, i, 0, 1);
      tree.close();
      expect(tree.roots[0]?.children.length).to.equal(shown);
      expect(tree.roots[1]?.text).to.equal(more);
    });
  }

  it('remembers byte runs that are not the packet, and forgets them with the frame', () => {
    const tree = new TreeBuilder();
    const own = Buffer.alloc(4);
    const whole = Buffer.alloc(9);
    tree.source(own, null);
    tree.source(whole, 'Reassembled TCP', 1, 8);
    tree.source(whole, 'Reassembled TCP', 1, 8);
    expect(tree.sources).to.deep.equal([{ buf: whole, off: 1, len: 8, name: 'Reassembled TCP' }]);
    tree.reset();
    expect(tree.sources).to.deep.equal([]);
    expect(tree.roots).to.deep.equal([]);
  });
});
