/**
 * `-T json` and `-T jsonraw` straight from the walkers to bytes: no tree, no strings but those of the packet. The
 * layout is tshark's to the byte, repeated keys and all. A field's children stand under `NAME_tree`, known to be
 * there only when the first one comes; a text-only node is an object under its own text. Throws only what the
 * ByteWriter's sink throws.
 */
import type { FieldDef, FieldValue, Sink } from '../tree/field.ts';
import { type ByteWriter, type PreparedText, prepareText } from './byte-writer.ts';
import { below, filtersOut, type JsonFilter } from './json-filter.ts';
import { DateWriter, hasValue, jsonString, writeJsonString, writeJsonValue, writeRaw } from './json-text.ts';

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

/** Text behind a comma and a line break, and the same for the first member of its object. */
interface Member {
  readonly first: PreparedText;
  readonly next: PreparedText;
}

const OPEN = prepareText('{');
/** the indent of "layers"; its members stand two further in */
const LAYERS = 6;

export class JsonSink implements Sink {
  readonly wantsText = true;
  readonly textNodesOnly = true;
  readonly #w: ByteWriter;
  readonly #options: JsonSinkOptions;
  /** by depth, and then by the id of the field: line break, indent and `"name": ` */
  readonly #keys: Member[][] = [];
  /** the same, of all there is of a field whose children are filtered out */
  readonly #filtered: Member[][] = [];
  /** by depth: line break and indent alone, and with the brace that ends an object of members at that depth */
  readonly #breaks: Member[] = [];
  readonly #ends: PreparedText[] = [];
  readonly #dates = new DateWriter();
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
    this.#w.prepared(OPEN);
  }

  /** Ends it, whatever an error left open. */
  end(): void {
    this.#closeTo(0);
    this.#endObject(0);
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
    else this.#empty(def, '');
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number): void {
    if (this.#beginMember()) {
      this.#raw(def, value, off, len);
      if (this.#options.values && hasValue(def)) this.#value(def, value, off, len);
    }
    this.#open(def, '');
  }

  text(text: string): void {
    if (this.#beginMember()) this.#empty(null, text);
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
    const parent = this.#levels[this.#depth - 1]!;
    level.begun = true;
    if (filtersOut(parent.filter, def?.name ?? text)) {
      this.#skipping = this.#depth;
      this.#filteredOut(parent, this.#depth - 1, def, text);
      return false;
    }
    this.#key(parent, this.#depth - 1, def, text, def !== null && hasValue(def));
    level.filter = below(parent.filter);
    this.#w.prepared(OPEN);
    return true;
  }

  #filteredOut(parent: Level, depth: number, def: FieldDef | null, text: string): void {
    if (def === null) {
      this.#break(parent, depth);
      this.#w.text(this.#filteredText(depth, text, text));
      return;
    }
    let fields = this.#filtered[depth];
    if (fields === undefined) {
      fields = [];
      this.#filtered[depth] = fields;
    }
    let known = fields[def.id];
    if (known === undefined) {
      const key = hasValue(def) ? `${def.name}_tree` : def.name;
      known = member(this.#indent(depth), this.#filteredText(depth, key, def.name));
      fields[def.id] = known;
    }
    this.#member(parent, known);
  }

  #filteredText(depth: number, key: string, name: string): string {
    const line = `\n${' '.repeat(this.#indent(depth))}`;
    return `${jsonString(key)}: {${line}  "filtered": ${jsonString(name)}${line}}`;
  }

  #closeTo(depth: number): void {
    for (; this.#depth > depth; this.#depth--) {
      const level = this.#levels[this.#depth]!;
      if (this.#skipping > 0) {
        if (this.#skipping === this.#depth) this.#skipping = 0;
        continue;
      }
      if (level.begun) {
        this.#endObject(this.#depth);
        continue;
      }
      // a node without children: a value of its own stands there already
      const { def, text } = level;
      if (def !== null && hasValue(def)) continue;
      if (!this.#options.values && def !== null) continue;
      this.#key(this.#levels[this.#depth - 1]!, this.#depth - 1, def, text, false);
      writeJsonString(this.#w, def?.type === 'protocol' ? text : '');
    }
  }

  #value(def: FieldDef, value: FieldValue, off: number, len: number): void {
    this.#key(this.#levels[this.#depth]!, this.#depth, def, '', false);
    if (typeof value === 'bigint' && def.type === 'abstime') this.#dates.write(this.#w, value);
    else writeJsonValue(this.#w, def, value, this.#buf, off, len);
  }

  #raw(def: FieldDef, value: FieldValue, off: number, len: number): void {
    // beside values, only what has bytes
    if (!this.#options.raw || (this.#options.values && len === 0)) return;
    this.#break(this.#levels[this.#depth]!, this.#depth);
    this.#w.text(`"${def.name}_raw": `);
    writeRaw(this.#w, def, value, this.#buf, off, len, off - this.#origin, this.#indent(this.#depth));
  }

  #empty(def: FieldDef | null, text: string): void {
    this.#key(this.#levels[this.#depth]!, this.#depth, def, text, false);
    writeJsonString(this.#w, '');
  }

  /** The key of the next member of a level. */
  #key(level: Level, depth: number, def: FieldDef | null, text: string, tree: boolean): void {
    if (def !== null && !tree) {
      let keys = this.#keys[depth];
      if (keys === undefined) {
        keys = [];
        this.#keys[depth] = keys;
      }
      let key = keys[def.id];
      if (key === undefined) {
        key = member(this.#indent(depth), `"${def.name}": `);
        keys[def.id] = key;
      }
      this.#member(level, key);
      return;
    }
    this.#break(level, depth);
    this.#w.text(def === null ? `${jsonString(text)}: ` : `"${def.name}_tree": `);
  }

  #member(level: Level, { first, next }: Member): void {
    this.#w.prepared(level.empty ? first : next);
    level.empty = false;
  }

  /** What stands before a member of the node at that depth. */
  #break(level: Level, depth: number): void {
    let known = this.#breaks[depth];
    if (known === undefined) {
      known = member(this.#indent(depth), '');
      this.#breaks[depth] = known;
    }
    this.#member(level, known);
  }

  /** The brace behind the members of the node at that depth. */
  #endObject(depth: number): void {
    let end = this.#ends[depth];
    if (end === undefined) {
      end = prepareText(`\n${' '.repeat(this.#indent(depth) - 2)}}`);
      this.#ends[depth] = end;
    }
    this.#w.prepared(end);
  }

  /** Of the members of the node at that depth. */
  #indent(depth: number): number {
    return LAYERS + 2 + 2 * depth;
  }
}

function member(indent: number, text: string): Member {
  const line = `\n${' '.repeat(indent)}${text}`;
  return { first: prepareText(line), next: prepareText(`,${line}`) };
}
