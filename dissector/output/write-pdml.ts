/**
 * `-T pdml`: the whole tree as XML, with every field's place, bytes and printed forms, byte for byte as tshark has it.
 * Throws only what the sink throws.
 */
import { escapeMarkupAttribute } from '../../codec/escape/index.ts';
import type { Packet } from '../capture/packet.ts';
import { type FieldDef, HIDDEN } from '../tree/field.ts';
import { clock, dateText, MONTHS, secondsText, valueText } from '../tree/format.ts';
import type { TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { below, filtersOut, type JsonFilter } from './json-filter.ts';
import { maskedText } from './json-text.ts';
import { nodeText } from './node-text.ts';

export interface PdmlOptions {
  readonly filter: JsonFilter | null;
  /** the capture's name, and when this was made */
  readonly file: string;
  readonly time: Date;
}

const VERSION = '4.0.17';
const STYLE = 'pdml2html.xsl';
const STYLE_HOME = 'https://gitlab.com/wireshark/wireshark/-/raw/master/pdml2html.xsl';
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export class PdmlWriter {
  readonly #w: ByteWriter;
  readonly #options: PdmlOptions;

  constructor(writer: ByteWriter, options: PdmlOptions) {
    this.#w = writer;
    this.#options = options;
  }

  begin(): void {
    const { file, time } = this.#options;
    this.#w.text('<?xml version="1.0" encoding="utf-8"?>\n');
    this.#w.text(`<?xml-stylesheet type="text/xsl" href="${STYLE}"?>\n`);
    this.#w.text(`<!-- You can find ${STYLE} in /usr/share/wireshark or at ${STYLE_HOME}. -->\n`);
    this.#w.text(`<pdml version="0" creator="wireshark/${VERSION}" time="${ctime(time)}" `);
    this.#w.text(`capture_file="${attribute(file)}">\n`);
  }

  frame(roots: readonly TreeNode[], packet: Packet): void {
    this.packet(packet, () => {
      for (const root of roots) this.#root(root);
    });
  }

  /** Of a packet all but what `content` writes. */
  packet(packet: Packet, content: () => void): void {
    const { number, len, caplen, sec, nsec } = packet;
    const time = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
    const general = (name: string, showname: string, show: string | number, value: string): void => {
      const rest = `showname="${showname}" value="${value}" size="${len}"/>`;
      this.#w.text(`    <field name="${name}" pos="0" show="${show}" ${rest}\n`);
    };
    this.#w.text('<packet>\n');
    this.#w.text(`  <proto name="geninfo" pos="0" showname="General information" size="${len}">\n`);
    general('num', 'Number', number, number.toString(16));
    general('len', 'Frame Length', len, len.toString(16));
    general('caplen', 'Captured Length', caplen, caplen.toString(16));
    general('timestamp', 'Captured Time', dateText(time), secondsText(time));
    this.#w.text('  </proto>\n');
    content();
    this.#w.text('</packet>\n\n\n');
  }

  /** A field asked for by -e. */
  value(name: string, text: string): void {
    this.#w.text(`  <field name="${attribute(name)}" value="${attribute(text)}"/>\n`);
  }

  end(): void {
    this.#w.text('</pdml>\n');
    this.#w.flush();
  }

  #root(root: TreeNode): void {
    // bytes that nobody decodes are a field to PDML, and fields stand in protocols
    const wrapped = root.def?.type !== 'protocol' || root.def.name === 'data';
    if (wrapped) this.#w.text('  <proto name="fake-field-wrapper">\n');
    this.#node(root, null, this.#options.filter, wrapped ? 2 : 1);
    if (wrapped) this.#w.text('  </proto>\n');
  }

  #node(node: TreeNode, parent: TreeNode | null, filter: JsonFilter | null, depth: number): void {
    const { def } = node;
    const indent = '  '.repeat(depth);
    const name = def?.name ?? 'text';
    const isData = name === 'data';
    this.#w.text(indent);
    if (isData) {
      this.#w.text('<field name="data" value="');
      this.#w.hexBytes(node.buf, node.off, node.len);
    } else if (def === null) this.#textNode(node, parent);
    else this.#field(node, def, parent);
    if (node.children.length === 0 && !isData) {
      this.#w.text('"/>\n');
      return;
    }
    this.#w.text('">\n');
    if (filtersOut(filter, name)) this.#w.text(`${indent}  <field name="filtered" value="${name}" />\n`);
    else for (const child of node.children) this.#node(child, node, below(filter), depth + 1);
    // tshark closes that field where a protocol's would be closed
    if (isData) this.#w.text('  </field>\n');
    else this.#w.text(`${indent}</${elementOf(def)}>\n`);
  }

  #textNode(node: TreeNode, parent: TreeNode | null): void {
    this.#w.text(`<field name="" show="${attribute(nodeText(node))}`);
    this.#place(node, parent);
    if (node.len === 0) return;
    this.#w.text('" value="');
    this.#w.hexBytes(node.buf, node.off, node.len);
  }

  #field(node: TreeNode, def: FieldDef, parent: TreeNode | null): void {
    const w = this.#w;
    w.text(`<${elementOf(def)} name="${def.name}`);
    w.text(`" showname="${attribute(nodeText(node))}`);
    if ((node.flags & HIDDEN) !== 0) w.text('" hide="yes');
    this.#place(node, parent);
    if (def.type === 'protocol') return;
    if (def.type === 'none') {
      w.text('" show="" value="');
      return;
    }
    const { value, buf, off, len } = node;
    w.text(`" show="${attribute(valueText(def, value, buf, off, len, ':'))}`);
    if (len === 0) return;
    const masked = maskedText(def, value);
    w.text(masked === null ? '" value="' : `" value="${masked}" unmaskedvalue="`);
    w.hexBytes(buf, off, len);
  }

  /** A place before that of the parent is counted from there: so does tshark, for fields that stand nowhere. */
  #place(node: TreeNode, parent: TreeNode | null): void {
    const at = position(node);
    const from = parent === null ? 0 : position(parent);
    this.#w.text(`" size="${node.len}" pos="${at < from ? from + at : at}`);
  }
}

/** Expert information is a protocol to filters, a field to PDML. */
function elementOf(def: FieldDef | null): string {
  return def?.type === 'protocol' && def.name !== '_ws.expert' ? 'proto' : 'field';
}

function position(node: TreeNode): number {
  return node.off - node.origin;
}

/** As C's ctime has it, in the zone of the process. */
function ctime(d: Date): string {
  return `${DAYS[d.getDay()]} ${MONTHS[d.getMonth()]} ${String(d.getDate()).padStart(2)} ${clock(d)} ${d.getFullYear()}`;
}

/** tshark writes the apostrophe in hex. */
function attribute(text: string): string {
  return escapeMarkupAttribute(text).replaceAll('&#39;', '&#x27;');
}
