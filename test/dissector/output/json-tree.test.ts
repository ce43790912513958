import { expect } from 'chai';
import { groupMembers, jsonMembers } from '../../../dissector/output/json-tree.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TreeBuilder } from '../../../dissector/tree/tree-builder.ts';

const define = new Registry().definer('p');
const proto = define('p', 'P', 'protocol');
const number = define('p.n', 'N', 'uint32');
const bytes = define('p.b', 'B', 'bytes');
const none = define('p.x', 'X', 'none');

describe('JSON tree', () => {
  it('turns a tree into members', () => {
    const tree = new TreeBuilder();
    tree.source(Buffer.from([1, 2]), null);
    tree.openProtocol(proto, 0, 2, 'P');
    tree.openField(number, 7, 0, 1);
    tree.field(bytes, null, 0, 2);
    tree.close();
    tree.field(none, null, 0, 0);
    tree.openField(none, null, 0, 0);
    tree.text('note', 0, 0);
    tree.close();
    tree.close();
    expect(jsonMembers(tree.roots, null)).to.deep.equal([
      [
        'p',
        [
          ['p.n', '7'],
          ['p.n_tree', [['p.b', '01:02']]],
          ['p.x', ''],
          ['p.x', [['note', '']]],
        ],
      ],
    ]);
  });

  it('groups equal keys in the place of the first', () => {
    const groups = groupMembers([
      ['a', '1'],
      ['__proto__', '2'],
      ['a', '3'],
    ]);
    expect([...groups]).to.deep.equal([
      ['a', ['1', '3']],
      ['__proto__', ['2']],
    ]);
  });
});
