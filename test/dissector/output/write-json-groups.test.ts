import { expect } from 'chai';
import { ByteWriter, JsonGroupWriter } from '../../../dissector/output/index.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TreeBuilder } from '../../../dissector/tree/tree-builder.ts';
import { TextSink } from '../tree/explain.ts';

const define = new Registry().definer('p');
const proto = define('p', 'P', 'protocol');
const number = define('p.n', 'N', 'uint32');

describe('write JSON groups', () => {
  it('groups values, subtrees and texts of one key, in the place of the first', () => {
    const tree = new TreeBuilder();
    tree.source(Buffer.from([1, 2]), null, 0);
    tree.openProtocol(proto, 0, 2, 'P');
    tree.openField(number, 1, 0, 1);
    tree.field(number, 2, 0, 1);
    tree.close();
    tree.text('__proto__', 0, 0);
    tree.field(number, 3, 1, 1);
    tree.text('__proto__', 0, 0);
    tree.close();
    const write = (raw: boolean): string => {
      const out = new TextSink();
      const writer = new ByteWriter(out);
      new JsonGroupWriter(writer, { filter: null, values: true, raw }).layers(tree.roots);
      writer.flush();
      return out.text.replace(/\n */g, '');
    };
    expect(write(false)).to.equal(
      '{"p": {"p.n": ["1","3"],"p.n_tree": [{"p.n": "2"},""],"__proto__": ["",""]}}',
    );
    expect(write(true)).to.contain('"p.n_raw": [["01",0,1,0,7],["02",1,1,0,7]],"p.n": ["1","3"]');
  });
});
