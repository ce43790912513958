/**
 * `-T ek`: two lines a packet for Elasticsearch's bulk interface, the index and the document, as tshark has them. In a
 * protocol's object all nodes stand side by side: those with the same name below a parent of the same name are one
 * array, at the place of the first. Throws only what the sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import type { FieldDef } from '../tree/field.ts';
import { isoText, valueText } from '../tree/format.ts';
import type { TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { below, filtersOut, type JsonFilter } from './json-filter.ts';
import { jsonString, maskedText, writeJsonValue } from './json-text.ts';
import { nodeText } from './node-text.ts';
import { packetDay } from './packet-day.ts';

export interface EkOptions {
  readonly filter: JsonFilter | null;
  /** -x */
  readonly raw: boolean;
}

/** The nodes of one name below parents of one name, and the filter that stands for them. */
interface Group {
  readonly name: string;
  readonly nodes: TreeNode[];
  readonly filter: JsonFilter | null;
}

export class EkWriter {
  readonly #w: ByteWriter;
  readonly #options: EkOptions;
  readonly #names: (string | undefined)[] = [];

  constructor(writer: ByteWriter, options: EkOptions) {
    this.#w = writer;
    this.#options = options;
  }

  frame(roots: readonly TreeNode[], packet: Packet): void {
    this.packet(packet, () => {
      const groups: Group[] = [];
      for (const root of roots) join(groups, root, this.#options.filter);
      this.#object(groups);
    });
  }

  /** Both lines of a packet, but for the object of its layers, which `layers` writes. */
  packet(packet: Packet, layers: () => void): void {
    const w = this.#w;
    const milliseconds = String(Math.floor(packet.nsec / 1_000_000)).padStart(3, '0');
    w.text(`{"index":{"_index":"packets-${packetDay(packet)}","_type":"doc"}}\n`);
    w.text(`{"timestamp":"${packet.sec}${milliseconds}","layers":`);
    layers();
    w.text('}\n');
  }

  end(): void {
    this.#w.flush();
  }

  #object(groups: readonly Group[]): void {
    const w = this.#w;
    w.text('{');
    groups.forEach(({ name, nodes, filter }, i) => {
      const first = nodes[0]!;
      if (i > 0) w.text(',');
      if (this.#options.raw && first.def !== null && first.len > 0) {
        w.text(`"${this.#name(first.def)}_raw":`);
        this.#each(nodes, (node) => this.#hex(node));
        w.text(',');
      }
      w.text(`"${first.def === null ? 'text' : this.#name(first.def)}":`);
      const filtered = filtersOut(filter, name);
      this.#each(nodes, (node) => {
        if (filtered) w.text(`{"filtered":${jsonString(name)}}`);
        else if (node.def?.type === 'protocol') this.#object(flatten(node, below(filter)));
        else this.#value(node);
      });
    });
    w.text('}');
  }

  #each(nodes: readonly TreeNode[], write: (node: TreeNode) => void): void {
    if (nodes.length === 1) {
      write(nodes[0]!);
      return;
    }
    nodes.forEach((node, i) => {
      this.#w.text(i === 0 ? '[' : ',');
      write(node);
    });
    this.#w.text(']');
  }

  #hex(node: TreeNode): void {
    const masked = node.def === null ? null : maskedText(node.def, node.value);
    this.#w.text('"');
    if (masked === null) this.#w.hexBytes(node.buf, node.off, node.len);
    else this.#w.text(masked);
    this.#w.text('"');
  }

  #value(node: TreeNode): void {
    const { def, value } = node;
    if (def === null) this.#w.text(jsonString(nodeText(node)));
    else if (def.type === 'none') this.#w.text('null');
    else if (def.type === 'boolean') this.#w.text(value ? 'true' : 'false');
    else if (def.type === 'abstime') {
      this.#w.text(
        jsonString(typeof value === 'bigint' ? isoText(value) : valueText(def, value, node.buf, 0, 0)),
      );
    } else writeJsonValue(this.#w, def, value, node.buf, node.off, node.len);
  }

  /** `rpc_rpc_xid`: protocol and field, with underscores for dots. */
  #name(def: FieldDef): string {
    let name = this.#names[def.id];
    if (name === undefined) {
      name = ekName(isProtocol(def) ? def.name : `${def.protocol}.${def.name}`);
      this.#names[def.id] = name;
    }
    return name;
  }
}

/** Elasticsearch would take the dots for objects. */
export function ekName(name: string): string {
  return name.replaceAll('.', '_');
}

/** Options of TCP are protocols to Wireshark, registered to carry a value. */
function isProtocol(def: FieldDef): boolean {
  return def.type === 'protocol' || def.ownProtocol === true;
}

/** Adds a node to the group of its name. */
function join(groups: Group[], node: TreeNode, filter: JsonFilter | null): Group {
  const name = node.def?.name ?? 'text';
  let group = groups.find((other) => other.name === name);
  if (group === undefined) {
    group = { name, nodes: [], filter };
    groups.push(group);
  }
  group.nodes.push(node);
  return group;
}

/** What is below a protocol, in the order of each group's first node. */
function flatten(protocol: TreeNode, filter: JsonFilter | null): readonly Group[] {
  const order: Group[] = [];
  /** groups by the name of the parent, then by their own */
  const byParent = new Map<string, Map<string, Group>>();
  const descend = (parent: TreeNode, within: JsonFilter | null): void => {
    const parentName = parent.def?.name ?? 'text';
    let siblings = byParent.get(parentName);
    if (siblings === undefined) {
      siblings = new Map();
      byParent.set(parentName, siblings);
    }
    for (const node of parent.children) {
      const name = node.def?.name ?? 'text';
      let group = siblings.get(name);
      if (group === undefined) {
        group = { name, nodes: [], filter: within };
        siblings.set(name, group);
        order.push(group);
      }
      group.nodes.push(node);
      if (node.def?.type === 'protocol' || node.children.length === 0) continue;
      if (!filtersOut(within, name)) descend(node, below(within));
    }
  };
  descend(protocol, filter);
  return order;
}
