/**
 * A field tree as key and value pairs, the way tshark's JSON has it: a field's children under `NAME_tree`, text
 * nodes under their text. Shared by the JSON writers; pure.
 */
import { valueText } from '../tree/format.ts';
import type { TreeNode } from '../tree/tree-builder.ts';

/** A member of a JSON object: text, or an object of members. */
export type JsonMember = readonly [key: string, value: string | readonly JsonMember[]];

/** -j and -J: which protocols to show; the others become `{"filtered": NAME}`. */
export interface JsonFilter {
  readonly protocols: ReadonlySet<string>;
  /** -J: with everything below; -j: subtrees are filtered too unless they are named */
  readonly deep: boolean;
}

/** Members of a tree's level. `filter` null: everything. */
export function jsonMembers(nodes: readonly TreeNode[], filter: JsonFilter | null): JsonMember[] {
  const out: JsonMember[] = [];
  for (const node of nodes) addNode(node, filter, out);
  return out;
}

function addNode(node: TreeNode, filter: JsonFilter | null, out: JsonMember[]): void {
  const { def } = node;
  const key = def?.name ?? node.text ?? '';
  const object = def === null || def.type === 'protocol' || def.type === 'none';
  if (!object) out.push([key, valueText(def, node.value, node.buf, node.off, node.len, ':')]);
  if (node.children.length === 0) {
    if (def?.type === 'protocol')
      out.push([key, filteredOut(key, filter) ? filtered(key) : (node.text ?? '')]);
    else if (object) out.push([key, '']);
    return;
  }
  const name = object ? key : `${key}_tree`;
  if (filteredOut(key, filter)) out.push([name, filtered(key)]);
  else out.push([name, jsonMembers(node.children, filter?.deep ? null : filter)]);
}

function filteredOut(key: string, filter: JsonFilter | null): boolean {
  return filter !== null && !filter.protocols.has(key);
}

function filtered(key: string): JsonMember[] {
  return [['filtered', key]];
}

/** Members with equal keys as one, in the place of the first. */
export function groupMembers(members: readonly JsonMember[]): Map<string, JsonMember[1][]> {
  const groups = new Map<string, JsonMember[1][]>();
  for (const [key, value] of members) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
