/**
 * `-T text`: the packet list line by line, and with -V the whole tree, as tshark prints them (WIRESHARK.md
 * section 2). Writes to a ByteWriter; throws only what the sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import { HIDDEN } from '../tree/field.ts';
import { escapeText, finishLabel, labelText } from '../tree/format.ts';
import type { Summary } from '../tree/packet-walker.ts';
import type { ByteSource, TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { hexDump } from './hex-dump.ts';

const NUMBER_WIDTH = 5;
const TIME_WIDTH = 10;
const ADDRESS_WIDTH = 12;

/** `    1   0.000000    127.0.0.1 → 127.0.0.1    TCP 74 612 → 111 [SYN] …` */
export function summaryLine(s: Summary): string {
  const number = String(s.number).padStart(NUMBER_WIDTH);
  const time = s.time.padStart(TIME_WIDTH);
  const source = s.source.padStart(ADDRESS_WIDTH);
  const destination = s.destination.padEnd(ADDRESS_WIDTH);
  // names in Info come from packets and .x files: no control character reaches the terminal
  return escapeText(`${number} ${time} ${source} → ${destination} ${s.protocol} ${s.length} ${s.info}`);
}

export interface DetailOptions {
  /** -x: bytes are dumped after each packet, and not once more where they stand */
  readonly hex: boolean;
  /** -O: the protocols to show in full; null: all */
  readonly only: ReadonlySet<string> | null;
}

/** The packet list. */
export class SummaryWriter {
  readonly #w: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  frame(summary: Summary): void {
    this.#w.text(summaryLine(summary));
    this.#w.text('\n');
  }
}

/** The bytes of each packet, and of what was put together from several. */
export class HexWriter {
  readonly #w: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  frame(packet: Packet, sources: readonly ByteSource[]): void {
    const dump = hexDump(packet.buf, packet.off, packet.caplen);
    if (sources.length > 0) this.#w.text(`Frame (${packet.caplen} bytes):\n`);
    this.#w.text(`${dump}\n`);
    for (const s of sources) {
      this.#w.text(`${s.name} (${s.len} bytes):\n${hexDump(s.buf, s.off, s.len)}\n`);
    }
    this.#w.text('\n');
  }
}

/** The tree of each packet, four spaces a level. */
export class DetailWriter {
  readonly #w: ByteWriter;
  readonly #options: DetailOptions;

  constructor(writer: ByteWriter, options: DetailOptions = { hex: false, only: null }) {
    this.#w = writer;
    this.#options = options;
  }

  frame(roots: readonly TreeNode[]): void {
    for (const root of roots) {
      const { only } = this.#options;
      this.#node(root, 0, only === null || root.def === null || only.has(root.def.protocol));
    }
    this.#w.text('\n');
  }

  #node(node: TreeNode, depth: number, open: boolean): void {
    if ((node.flags & HIDDEN) !== 0) return;
    this.#w.text(`${'    '.repeat(depth)}${nodeLabel(node)}\n`);
    if (!open) return;
    if (node.def?.name === 'data' && !this.#options.hex) {
      this.#w.text(`\n${hexDump(node.buf, node.off, node.len)}\n`);
    }
    for (const child of node.children) this.#node(child, depth + 1, true);
  }
}

/** The label of a node, safe to print. */
export function nodeLabel(node: TreeNode): string {
  if (node.text !== null) {
    // a field's own text comes with its brackets
    return escapeText(node.def === null ? finishLabel(node.text, node.flags) : node.text);
  }
  if (node.def === null) return '';
  return escapeText(labelText(node.def, node.value, node.buf, node.off, node.len, node.flags));
}
