/** What a node says of itself where tshark prints no brackets around what was generated: pdml and ek. */
import { GENERATED } from '../tree/field.ts';
import { finishLabel, labelText } from '../tree/format.ts';
import type { TreeNode } from '../tree/tree-builder.ts';

export function nodeText(node: TreeNode): string {
  const { def, text } = node;
  if (text === null) {
    return def === null ? '' : labelText(def, node.value, node.buf, node.off, node.len, 0);
  }
  // a field's own text comes with its brackets
  const bracketed = def !== null && (node.flags & GENERATED) !== 0;
  return finishLabel(bracketed ? text.replace(/^\[(.*)\]$/s, '$1') : text, 0);
}
