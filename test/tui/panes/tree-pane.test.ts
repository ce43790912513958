import { expect } from 'chai';
import { TreePane } from '../../../tui/panes/tree-pane.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/panes/tree-pane', () => {
  let opened: Opened;
  const tree = new TreePane();
  before(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
    tree.list.fit(0, 10);
  });
  after(() => opened.close());

  const names = () => tree.lines.map((line) => line.node.def?.name ?? '');

  it('opens what is above the transport, and leaves the rest closed', () => {
    tree.show(opened.capture.detail(19).roots);
    expect(names().slice(0, 5)).to.deep.equal(['frame', 'eth', 'ip', 'tcp', 'rpc']);
    expect(names()).to.include('rpc.xid');
  });

  it('opens a node, goes into it, comes back to its parent, and closes it', () => {
    tree.list.select(2);
    tree.setOpen(true);
    expect(names()).to.include('ip.src');
    tree.setOpen(true);
    expect(tree.selected!.node.def!.name).to.equal('ip.version');
    tree.setOpen(false);
    expect(tree.selected!.node.def!.name).to.equal('ip');
  });

  it('keeps open what is open, and the cursor on its field, in the next packet', () => {
    tree.selectField('ip.src');
    tree.show(opened.capture.detail(20).roots);
    expect(tree.selected!.node.def!.name).to.equal('ip.src');
    tree.setOpen(false);
    tree.setOpen(false);
    expect(names()).not.to.include('ip.src');
  });

  it('finds the deepest field of a byte, opening what is around it', () => {
    const { roots, sources } = opened.capture.detail(19);
    tree.show(roots);
    const packet = sources[0]!;
    expect(tree.selectByte(packet.buf, packet.off + 26)).to.equal(true);
    expect(tree.selected!.node.def!.name).to.match(/^ip\.(src|addr|host|src_host)$/);
    expect(tree.selectByte(packet.buf, packet.off + 100_000)).to.equal(false);
  });

  it('opens and closes everything at once', () => {
    tree.setAll(true);
    const all = tree.lines.length;
    expect(tree.lines.every((line) => !line.children || line.open)).to.equal(true);
    tree.setAll(false);
    expect(tree.lines.length).to.be.lessThan(all);
    expect(tree.lines.every((line) => line.depth === 0)).to.equal(true);
  });
});
