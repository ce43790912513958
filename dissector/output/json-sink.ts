/**
 * `-T json` and `-T jsonraw` straight from the walkers to bytes: no tree, no strings but those of the packet. The
 * layout is tshark's to the byte, repeated keys and all. A field's children stand under `NAME_tree`, known to be
 * there only when the first one comes; a text-only node is an object under its own text. Throws only what the
 * ByteWriter's sink throws.
 */
import type { FieldDef, FieldValue, Sink } from '../tree/field.ts';
import type { ByteWriter } from './byte-writer.ts';
import { below, filtersOut, type JsonFilter } from './json-filter.ts';
import { hasValue, jsonString, writeJsonValue, writeRaw } from './json-text.ts';

export interface JsonSinkOptions {
  readonly filter: JsonFilter | null;
  /** false for -T jsonraw */
  readonly values: boolean;
  /** -x, and -T jsonraw */
  readonly raw: boolean;
}

/** An open node. Its object is begun by its first child. */
interface Level {
  def: FieldDef | null;
  /** the text of a text-only node, the heading of a protocol */
  text: string;
  begun: boolean;
  empty: boolean;
  filter: JsonFilter | null;
}

const COMMA = 0x2c;
const NEWLINE = 0x0a;
/** the indent of "layers"; its members stand two further in */
const LAYERS = 6;

export class JsonSink implements Sink {
  readonly wantsText = true;
  readonly textNodesOnly = true;
  readonly #w: ByteWriter;
  readonly #options: JsonSinkOptions;
  /** the line break, indent and `"name": ` of each field, by its id, as it was last written */
  readonly #keys: ({ readonly depth: number; readonly bytes: Buffer } | undefined)[] = [];
  /** level 0 is the object of layers; used again and again */
  readonly #levels: Level[];
  #depth = 0;
  /** the level of a node that is filtered out, and all in it with it; 0: none */
  #skipping = 0;
  #buf: Buffer = Buffer.alloc(0);
  #origin = 0;
  #packetOrigin = -1;

  constructor(writer: ByteWriter, options: JsonSinkOptions) {
    this.#w = writer;
    this.#options = options;
    this.#levels = [{ def: null, text: '', begun: true, empty: true, filter: options.filter }];
  }

  /** Begins the object of a packet's layers. */
  begin(): void {
    this.reset();
    this.#w.text('{');
  }

  /** Ends it, whatever an error left open. */
  end(): void {
    this.#closeTo(0);
    this.#newLine(LAYERS);
    this.#w.text('}');
  }

  reset(): void {
    this.#depth = 0;
    this.#skipping = 0;
    this.#packetOrigin = -1;
    this.#levels[0]!.empty = true;
  }

  wants(def: FieldDef): boolean {
    return def.protocol !== '_ws.col';
  }

  headingOnly(def: FieldDef): boolean {
    return filtersOut(this.#options.filter, def.name);
  }

  source(buf: Buffer, name: string | null, off = 0): void {
    this.#buf = buf;
    // the first is the packet's
    if (this.#packetOrigin < 0) this.#packetOrigin = off;
    this.#origin = name === null ? this.#packetOrigin : off;
  }

  openProtocol(def: FieldDef, off: number, len: number, text: string): void {
    this.#closeTo(0);
    if (this.#beginMember()) this.#raw(def, null, off, len);
    this.#open(def, text);
  }

  field(def: FieldDef, value: FieldValue, off: number, len: number): void {
    if (!this.#beginMember()) return;
    this.#raw(def, value, off, len);
    if (!this.#options.values) return;
    if (hasValue(def)) this.#value(def, value, off, len);
    else this.#member(def, '', '""');
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number): void {
    if (this.#beginMember()) {
      this.#raw(def, value, off, len);
      if (this.#options.values && hasValue(def)) this.#value(def, value, off, len);
    }
    this.#open(def, '');
  }

  text(text: string): void {
    if (this.#beginMember()) this.#member(null, text, '""');
  }

  openText(text: string): void {
    this.#beginMember();
    this.#open(null, text);
  }

  close(): void {
    if (this.#depth > 0) this.#closeTo(this.#depth - 1);
  }

  #open(def: FieldDef | null, text: string): void {
    this.#depth++;
    let level = this.#levels[this.#depth];
    if (level === undefined) {
      level = { def, text, begun: false, empty: true, filter: null };
      this.#levels.push(level);
    }
    level.def = def;
    level.text = text;
    level.begun = false;
    level.empty = true;
  }

  /** Makes room for a member of the open node; false: the node is filtered out. */
  #beginMember(): boolean {
    if (this.#skipping > 0) return false;
    const level = this.#levels[this.#depth]!;
    if (level.begun) return true;
    const { def, text } = level;
    const name = def?.name ?? text;
    const { filter } = this.#levels[this.#depth - 1]!;
    level.begun = true;
    this.#key(this.#levels[this.#depth - 1]!, this.#depth - 1, def, text, def !== null && hasValue(def));
    if (filtersOut(filter, name)) {
      this.#skipping = this.#depth;
      const indent = this.#indent(this.#depth);
      this.#w.text('{');
      this.#newLine(indent);
      this.#w.text(`"filtered": ${jsonString(name)}`);
      this.#newLine(indent - 2);
      this.#w.text('}');
      return false;
    }
    level.filter = below(filter);
    this.#w.text('{');
    return true;
  }

  #closeTo(depth: number): void {
    for (; this.#depth > depth; this.#depth--) {
      const level = this.#levels[this.#depth]!;
      if (this.#skipping > 0) {
        if (this.#skipping === this.#depth) this.#skipping = 0;
        continue;
      }
      if (level.begun) {
        this.#newLine(this.#indent(this.#depth - 1));
        this.#w.text('}');
        continue;
      }
      // a node without children: a value of its own stands there already
      const { def, text } = level;
      if (def !== null && hasValue(def)) continue;
      if (!this.#options.values && def !== null) continue;
      const value = def?.type === 'protocol' ? jsonString(text) : '""';
      this.#key(this.#levels[this.#depth - 1]!, this.#depth - 1, def, text, false);
      this.#w.text(value);
    }
  }

  #value(def: FieldDef, value: FieldValue, off: number, len: number): void {
    this.#key(this.#levels[this.#depth]!, this.#depth, def, '', false);
    writeJsonValue(this.#w, def, value, this.#buf, off, len);
  }

  #raw(def: FieldDef, value: FieldValue, off: number, len: number): void {
    // beside values, only what has bytes
    if (!this.#options.raw || (this.#options.values && len === 0)) return;
    const indent = this.#indent(this.#depth);
    this.#comma(this.#levels[this.#depth]!, indent);
    this.#w.text(`"${def.name}_raw": `);
    writeRaw(this.#w, def, value, this.#buf, off, len, off - this.#origin, indent);
  }

  #member(def: FieldDef | null, text: string, value: string): void {
    this.#key(this.#levels[this.#depth]!, this.#depth, def, text, false);
    this.#w.text(value);
  }

  /** The key of the next member of a level. */
  #key(level: Level, depth: number, def: FieldDef | null, text: string, tree: boolean): void {
    if (def !== null && !tree) {
      let key = this.#keys[def.id];
      if (key?.depth !== depth) {
        key = { depth, bytes: Buffer.from(`,\n${' '.repeat(this.#indent(depth))}"${def.name}": `) };
        this.#keys[def.id] = key;
      }
      this.#w.bytes(level.empty ? key.bytes.subarray(1) : key.bytes);
      level.empty = false;
      return;
    }
    this.#comma(level, this.#indent(depth));
    this.#w.text(def === null ? `${jsonString(text)}: ` : `"${def.name}_tree": `);
  }

  #comma(level: Level, indent: number): void {
    if (!level.empty) this.#w.byte(COMMA);
    level.empty = false;
    this.#newLine(indent);
  }

  #newLine(indent: number): void {
    this.#w.byte(NEWLINE);
    this.#w.spaces(indent);
  }

  /** Of the members of the node at that depth. */
  #indent(depth: number): number {
    return LAYERS + 2 + 2 * depth;
  }
}
