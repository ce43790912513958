/**
 * `-T ndjson`: one JSON object a line. Shape:
 * {"number":N,"time":EPOCH,"source":S,"destination":S,"protocol":S,"length":N,"info":S,"layers":{…}}
 * where `layers` nests as -T json does, but repeated keys are arrays and numbers and booleans are JSON's own
 * (64-bit numbers are decimal strings). Throws only what the sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import { printsHex, valueText } from '../tree/format.ts';
import type { Summary } from '../tree/packet-walker.ts';
import type { TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';

export class NdjsonWriter {
  readonly #w: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  frame(roots: readonly TreeNode[], packet: Packet, summary: Summary): void {
    const w = this.#w;
    // integer nanoseconds, so that no digit is lost in a double
    const time = `${packet.sec}.${String(packet.nsec).padStart(9, '0')}`;
    w.text(`{"number":${summary.number},"time":${time},"source":${JSON.stringify(summary.source)}`);
    w.text(`,"destination":${JSON.stringify(summary.destination)}`);
    w.text(`,"protocol":${JSON.stringify(summary.protocol)},"length":${summary.length}`);
    w.text(`,"info":${JSON.stringify(summary.info)},"layers":`);
    this.#object(roots);
    w.text('}\n');
  }

  end(): void {
    this.#w.flush();
  }

  #object(nodes: readonly TreeNode[]): void {
    const groups = new Map<string, TreeNode[]>();
    const add = (key: string, node: TreeNode): void => {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    };
    const trees = new Set<string>();
    for (const node of nodes) {
      const key = node.def?.name ?? node.text ?? '';
      add(key, node);
      if (isValue(node) && node.children.length > 0) {
        add(`${key}_tree`, node);
        trees.add(`${key}_tree`);
      }
    }
    this.#w.text('{');
    let first = true;
    for (const [key, group] of groups) {
      this.#w.text(`${first ? '' : ','}${JSON.stringify(key)}:`);
      first = false;
      if (group.length > 1) this.#w.text('[');
      group.forEach((node, i) => {
        if (i > 0) this.#w.text(',');
        if (trees.has(key)) this.#object(node.children);
        else this.#value(node);
      });
      if (group.length > 1) this.#w.text(']');
    }
    this.#w.text('}');
  }

  #value(node: TreeNode): void {
    const { def } = node;
    if (!isValue(node) || def === null) {
      if (node.children.length > 0) this.#object(node.children);
      else this.#w.text(def?.type === 'none' ? 'true' : '{}');
      return;
    }
    const { value } = node;
    if (typeof value === 'boolean') this.#w.text(String(value));
    else if (typeof value === 'number' && def.type !== 'reltime' && !printsHex(def)) {
      this.#w.text(Number.isFinite(value) ? String(value) : JSON.stringify(String(value)));
    } else this.#w.text(JSON.stringify(valueText(def, value, node.buf, node.off, node.len)));
  }
}

/** Whether the node has a value of its own, beside its children. */
function isValue(node: TreeNode): boolean {
  return node.def !== null && node.def.type !== 'protocol' && node.def.type !== 'none';
}
