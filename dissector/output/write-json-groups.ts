/**
 * The layers of `-T json` and jsonraw with --no-duplicate-keys: nodes that would have the same key stand under it
 * once, as an array. Needs the tree, since what has to come first is known last. Throws only what the sink throws.
 */
import type { TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { below, filtersOut, type JsonFilter } from './json-filter.ts';
import type { JsonSinkOptions } from './json-sink.ts';
import { hasValue, jsonString, writeJsonValue, writeRaw } from './json-text.ts';

/** the indent of the members of "layers" */
const LAYERS = 8;

export class JsonGroupWriter {
  readonly #w: ByteWriter;
  readonly #options: JsonSinkOptions;

  constructor(writer: ByteWriter, options: JsonSinkOptions) {
    this.#w = writer;
    this.#options = options;
  }

  layers(roots: readonly TreeNode[]): void {
    this.#object(roots, this.#options.filter, LAYERS);
  }

  /** `indent`: that of the members. */
  #object(nodes: readonly TreeNode[], filter: JsonFilter | null, indent: number): void {
    const groups = new Map<string, TreeNode[]>();
    for (const node of nodes) {
      const key = node.def?.name ?? node.text ?? '';
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    }
    this.#w.text('{');
    let first = true;
    const member = (key: string, group: readonly TreeNode[], write: (node: TreeNode, at: number) => void) => {
      this.#w.text(`${first ? '' : ','}\n${' '.repeat(indent)}${jsonString(key)}: `);
      first = false;
      if (group.length === 1) write(group[0]!, indent);
      else this.#array(group, indent, write);
    };
    for (const [key, group] of groups) this.#group(key, group, filter, member);
    this.#w.text(`\n${' '.repeat(indent - 2)}}`);
  }

  /** The members that nodes of one key make. As tshark has it, the first of them speaks for all. */
  #group(
    key: string,
    group: readonly TreeNode[],
    filter: JsonFilter | null,
    member: (
      key: string,
      group: readonly TreeNode[],
      write: (node: TreeNode, indent: number) => void,
    ) => void,
  ): void {
    const { values, raw } = this.#options;
    const { def, len } = group[0]!;
    const value = def !== null && hasValue(def);
    const children = group.some((node) => node.children.length > 0);
    if (raw && def !== null && (!values || len > 0)) {
      member(`${key}_raw`, group, (node, indent) => this.#raw(node, indent));
    }
    if (values && value) {
      member(key, group, (node) =>
        writeJsonValue(this.#w, node.def!, node.value, node.buf, node.off, node.len),
      );
    }
    if (children && filtersOut(filter, key)) {
      member(value ? `${key}_tree` : key, group, (_node, indent) => this.#filtered(key, indent));
    } else if (children) {
      member(value ? `${key}_tree` : key, group, (node, indent) => {
        if (node.children.length > 0) this.#object(node.children, below(filter), indent + 2);
        else this.#empty(node);
      });
    } else if (!value && (values || def === null)) {
      member(key, group, (node) => this.#empty(node));
    }
  }

  #array(group: readonly TreeNode[], indent: number, write: (node: TreeNode, indent: number) => void): void {
    this.#w.text('[');
    group.forEach((node, i) => {
      this.#w.text(`${i > 0 ? ',' : ''}\n${' '.repeat(indent + 2)}`);
      write(node, indent + 2);
    });
    this.#w.text(`\n${' '.repeat(indent)}]`);
  }

  #empty(node: TreeNode): void {
    this.#w.text(node.def?.type === 'protocol' ? jsonString(node.text ?? '') : '""');
  }

  #filtered(key: string, indent: number): void {
    const line = `\n${' '.repeat(indent)}`;
    this.#w.text(`{${line}  "filtered": ${jsonString(key)}${line}}`);
  }

  #raw(node: TreeNode, indent: number): void {
    if (node.def === null) return;
    writeRaw(this.#w, node.def, node.value, node.buf, node.off, node.len, node.off - node.origin, indent);
  }
}
