import { expect } from 'chai';
import type { TreeNode } from '../../../dissector/tree/tree-builder.ts';
import { filterOf } from '../../../tui/trace/filter-text.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/trace/filter-text', () => {
  it('every field of a packet gives a filter that this packet passes', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const { inspection } = opened.capture;
    const { roots } = opened.capture.detail(19);
    const filters = new Map<string, string>();
    const visit = (nodes: readonly TreeNode[]): void => {
      for (const node of nodes) {
        const text = filterOf(node);
        // depends on what is shown, and so on the filter itself
        if (text !== null && node.def!.name !== 'frame.time_delta_displayed')
          filters.set(node.def!.name, text);
        visit(node.children);
      }
    };
    visit(roots);
    expect(filters.get('rpc.xid')).to.equal('rpc.xid == 0x00d4e778');
    expect(filters.get('ip.src')).to.equal('ip.src == 127.0.0.1');
    expect(filters.size).to.be.greaterThan(60);
    const fails: string[] = [];
    for (const text of filters.values()) {
      await opened.keys('escape');
      opened.app.applyFilter('');
      try {
        inspection.test(text);
        opened.app.applyFilter(text);
        await opened.app.settle();
        if (!opened.app.filterRun!.packets.has(19)) fails.push(`${text}: not found`);
      } catch (e) {
        fails.push(`${text}: ${(e as Error).message}`);
      }
    }
    expect(fails).to.deep.equal([]);
    opened.close();
  });
});
