/** A field of a tree as a display filter that lets through what has the same value. Nothing throws. */
import { valueText } from '../../dissector/tree/format.ts';
import type { TreeNode } from '../../dissector/tree/tree-builder.ts';

/** Null for a node that is no field. */
export function filterOf(node: TreeNode): string | null {
  const { def, value } = node;
  if (def === null) return null;
  if (def.type === 'protocol' || def.type === 'none') return def.name;
  const text = valueText(def, value, node.buf, node.off, node.len);
  switch (def.type) {
    case 'string':
      return `${def.name} == ${JSON.stringify(text)}`;
    case 'abstime':
      return `${def.name} == ${JSON.stringify(text)}`;
    case 'bytes':
      // the language has no empty bytes
      return text === ''
        ? def.name
        : `${def.name} == ${text.replaceAll(/[^0-9a-fA-F]/g, '').replaceAll(/(..)(?=.)/g, '$1:')}`;
    default:
      return `${def.name} == ${text}`;
  }
}
