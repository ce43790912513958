/**
 * The sink behind -V, JSON and the terminal inspector: builds the field tree of one frame. Labels are made when
 * they are shown, not here. A frame's tree is bounded (DESIGN section 6): past `maxNodes` one node says how many
 * more there were. Never throws.
 */
import type { FieldDef, FieldValue, Sink } from './field.ts';

export interface TreeNode {
  /** null: a node of text only */
  readonly def: FieldDef | null;
  /** the label, when the default one of def and value is not wanted */
  readonly text: string | null;
  readonly value: FieldValue;
  /** the bytes [off, off + len) of buf; len 0 for generated fields */
  readonly buf: Buffer;
  readonly off: number;
  readonly len: number;
  /** where the packet, or the run of bytes that was put together from several, begins in buf */
  readonly origin: number;
  readonly flags: number;
  readonly children: TreeNode[];
}

/** A run of bytes that is not the packet's own, for -x. */
export interface ByteSource {
  readonly buf: Buffer;
  readonly off: number;
  readonly len: number;
  readonly name: string;
}

const EMPTY = Buffer.alloc(0);

export class TreeBuilder implements Sink {
  readonly wantsText = true;
  readonly #maxNodes: number;
  #roots: TreeNode[] = [];
  #stack: TreeNode[] = [];
  #sources: ByteSource[] = [];
  #buf: Buffer = EMPTY;
  #origin = 0;
  #packetOrigin = -1;
  #count = 0;
  #dropped = 0;

  constructor(maxNodes = 100_000) {
    this.#maxNodes = maxNodes;
  }

  /** The top-level nodes, protocols in wire order. The caller owns them; the bytes die with the packet. */
  get roots(): readonly TreeNode[] {
    if (this.#dropped > 0) {
      const more = this.#node(null, `[${this.#dropped} more nodes]`, null, 0, 0, 0);
      this.#dropped = 0;
      this.#roots.push(more);
    }
    return this.#roots;
  }

  /** Byte runs other than the packet that nodes point into. */
  get sources(): readonly ByteSource[] {
    return this.#sources;
  }

  reset(): void {
    this.#roots = [];
    this.#stack = [];
    this.#sources = [];
    this.#buf = EMPTY;
    this.#packetOrigin = -1;
    this.#count = 0;
    this.#dropped = 0;
  }

  wants(def: FieldDef): boolean {
    return def.protocol !== '_ws.col';
  }

  source(buf: Buffer, name: string | null, off = 0, len = buf.length): void {
    this.#buf = buf;
    if (this.#packetOrigin < 0) this.#packetOrigin = off;
    this.#origin = name === null ? this.#packetOrigin : off;
    if (name === null || this.#sources.some((s) => s.buf === buf && s.off === off)) return;
    this.#sources.push({ buf, off, len, name });
  }

  openProtocol(def: FieldDef, off: number, len: number, text: string): void {
    this.#stack.length = 0;
    this.#open(def, text, null, off, len, 0);
  }

  field(def: FieldDef, value: FieldValue, off: number, len: number, flags = 0, text?: string): void {
    this.#add(this.#node(def, text ?? null, value, off, len, flags));
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number, flags = 0, text?: string): void {
    this.#open(def, text ?? null, value, off, len, flags);
  }

  text(text: string, off: number, len: number, flags = 0): void {
    this.#add(this.#node(null, text, null, off, len, flags));
  }

  openText(text: string, off: number, len: number, flags = 0): void {
    this.#open(null, text, null, off, len, flags);
  }

  close(): void {
    this.#stack.pop();
  }

  #node(
    def: FieldDef | null,
    text: string | null,
    value: FieldValue,
    off: number,
    len: number,
    flags: number,
  ): TreeNode {
    return { def, text, value, buf: this.#buf, off, len, origin: this.#origin, flags, children: [] };
  }

  #open(
    def: FieldDef | null,
    text: string | null,
    value: FieldValue,
    off: number,
    len: number,
    flags: number,
  ): void {
    const node = this.#node(def, text, value, off, len, flags);
    this.#add(node);
    this.#stack.push(node);
  }

  #add(node: TreeNode): void {
    if (this.#count >= this.#maxNodes) {
      this.#dropped++;
      return;
    }
    this.#count++;
    const parent = this.#stack[this.#stack.length - 1];
    (parent === undefined ? this.#roots : parent.children).push(node);
  }
}
