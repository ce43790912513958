import { expect } from 'chai';
import type { TreeNode } from '../../../dissector/tree/tree-builder.ts';
import { BytesPane } from '../../../tui/panes/bytes-pane.ts';

const packet = Buffer.alloc(200);
const joined = Buffer.alloc(1000);
const sources = [
  { buf: packet, off: 20, len: 100, name: 'Packet' },
  { buf: joined, off: 0, len: 1000, name: 'Reassembled' },
];

function node(buf: Buffer, off: number, len: number): TreeNode {
  return { def: null, text: 'x', value: null, buf, off, len, origin: 0, flags: 0, children: [] };
}

describe('tui/panes/bytes-pane', () => {
  const pane = new BytesPane();
  pane.list.fit(0, 5);
  pane.show(sources);

  it('marks the bytes of a field where they stand', () => {
    pane.mark(node(packet, 30, 4));
    expect([pane.source!.name, pane.from, pane.to, pane.cursor]).to.deep.equal(['Packet', 10, 14, 10]);
    pane.mark(node(joined, 500, 400));
    expect([pane.source!.name, pane.from, pane.to]).to.deep.equal(['Reassembled', 500, 900]);
    expect(pane.list.cursor).to.equal(31);
    expect(pane.list.top).to.equal(31);
  });

  it('marks nothing for a field without bytes, or with bytes of elsewhere', () => {
    pane.mark(node(Buffer.alloc(9), 0, 4));
    expect([pane.from, pane.to]).to.deep.equal([0, 0]);
    pane.mark(node(packet, 30, 0));
    expect([pane.from, pane.to]).to.deep.equal([0, 0]);
  });

  it('keeps the cursor within the bytes', () => {
    pane.nextSource();
    pane.moveTo(5000);
    expect(pane.cursor).to.equal(99);
    pane.moveTo(-3);
    expect(pane.cursor).to.equal(0);
    pane.show([]);
    expect(pane.source).to.equal(undefined);
    pane.nextSource();
  });
});
