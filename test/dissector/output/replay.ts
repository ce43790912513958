/** Announces a finished tree to a sink, as the walkers that made it did. */
import type { JsonSink } from '../../../dissector/output/index.ts';
import type { Sink } from '../../../dissector/tree/field.ts';
import type { TreeNode } from '../../../dissector/tree/tree-builder.ts';

export function replay(roots: readonly TreeNode[], sink: JsonSink): void {
  sink.begin();
  sink.source(roots[0]?.buf ?? Buffer.alloc(0), null, roots[0]?.off);
  for (const { def, off, len, text, children } of roots) {
    if (def === null) continue;
    sink.openProtocol(def, off, len, text ?? '');
    for (const child of children) announce(child, sink);
    sink.close();
  }
  sink.end();
}

function announce(node: TreeNode, sink: Sink): void {
  const { def, value, off, len, flags, text, children } = node;
  if (def === null) sink.openText(text ?? '', off, len, flags);
  else if (children.length === 0) {
    sink.field(def, value, off, len, flags);
    return;
  } else sink.openField(def, value, off, len, flags);
  for (const child of children) announce(child, sink);
  sink.close();
}
