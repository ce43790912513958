import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { forEachPacket } from '../../../dissector/capture/for-each-packet.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { nodeLabel, summaryLine } from '../../../dissector/output/index.ts';
import { TreeBuilder, type TreeNode } from '../../../dissector/tree/tree-builder.ts';
import { captureFile, open, programTable } from '../opened.ts';

/** All a packet's tree says, with where it says it. */
function lines(nodes: readonly TreeNode[], depth = 0): string[] {
  return nodes.flatMap((node) => [
    `${' '.repeat(depth)}${nodeLabel(node)} [${node.len === 0 ? '' : `${node.off - node.origin}+${node.len}`}]`,
    ...lines(node.children, depth + 1),
  ]);
}

/** The same of every packet as a run through the whole file shows it. */
async function streamed(file: string): Promise<{ summaries: string[]; trees: string[][] }> {
  const table = await programTable();
  const inspection = new Inspection({ programs: table.programs(), declared: table, twoPass: true });
  const { walker } = inspection;
  walker.attachSummary();
  walker.attachHandles();
  const tree = new TreeBuilder();
  walker.attach(tree);
  const summaries: string[] = [];
  const trees: string[][] = [];
  inspection.addOutput(
    {
      frame(frame, pdus) {
        summaries.push(summaryLine(walker.summary(frame, pdus)));
        tree.reset();
        walker.walk(frame, pdus, tree);
        trees.push(lines(tree.roots));
      },
    },
    true,
  );
  const pass = () => forEachPacket(file, (packet, capture) => inspection.packet(packet, capture));
  await pass();
  inspection.nextPass();
  await pass();
  inspection.finish();
  return { summaries, trees };
}

describe('tui/trace/explain: any packet again, alone', () => {
  for (const name of readdirSync(captureFile('')).filter((file) => /\.pcap(ng)?$/.test(file))) {
    it(`${name}: says of each packet what a run through the file says, in any order`, async () => {
      const expected = await streamed(captureFile(name));
      const opened = await open(captureFile(name));
      try {
        const { capture } = opened;
        expect(capture.trace.length).to.equal(expected.summaries.length);
        const rows = expected.summaries.map((_, row) => row);
        // backwards, so that nothing can rest on what was explained before
        for (const row of rows.reverse()) {
          const summary = summaryLine(capture.summary(row));
          expect(summary, `packet ${row + 1}`).to.equal(expected.summaries[row]);
          // when a security context ended is known now, and was not when the packet came by
          const said = lines(capture.detail(row).roots).filter((line) => !/\[Destroyed in frame/.test(line));
          const expectedTree = expected.trees[row]!.filter((line) => !/\[Destroyed in frame/.test(line));
          expect(said, `tree of packet ${row + 1}`).to.deep.equal(expectedTree);
        }
      } finally {
        opened.close();
      }
    });
  }
});
