/**
 * `-T fields`: one line a frame, one column a field, as tshark prints it with its -E options (WIRESHARK.md
 * section 2). Writes to a ByteWriter; throws only what the sink throws.
 */
import type { FieldDef } from '../tree/field.ts';
import type { FieldCollector, Slot } from '../tree/field-collector.ts';
import { hexDigits, printsHex, valueText } from '../tree/format.ts';
import type { ByteWriter } from './byte-writer.ts';

/** tshark's -E. `quote` is a character or ''. */
export interface FieldsOptions {
  readonly header: boolean;
  readonly separator: string;
  readonly occurrence: 'f' | 'l' | 'a';
  readonly aggregator: string;
  readonly quote: string;
  readonly bom: boolean;
  readonly escape: boolean;
}

export const DEFAULT_FIELDS_OPTIONS: FieldsOptions = {
  header: false,
  separator: '\t',
  occurrence: 'a',
  aggregator: ',',
  quote: '',
  bom: false,
  escape: true,
};

/**
 * One -E argument (`separator=/s`) applied to options; null when tshark would refuse it too.
 */
export function fieldsOption(options: FieldsOptions, argument: string): FieldsOptions | null {
  const eq = argument.indexOf('=');
  const name = eq < 0 ? argument : argument.slice(0, eq);
  const value = eq < 0 ? '' : argument.slice(eq + 1);
  if (value === '') return null;
  const flag = value === 'y' || value === 'Y' ? true : value === 'n' || value === 'N' ? false : null;
  switch (name) {
    case 'header':
      return flag === null ? null : { ...options, header: flag };
    case 'bom':
      return flag === null ? null : { ...options, bom: flag };
    case 'escape':
      return flag === null ? null : { ...options, escape: flag };
    case 'separator':
      return { ...options, separator: separatorOf(value) };
    case 'aggregator':
      return { ...options, aggregator: separatorOf(value) };
    case 'occurrence':
      return value === 'f' || value === 'l' || value === 'a' ? { ...options, occurrence: value } : null;
    case 'quote': {
      const quotes: Readonly<Record<string, string>> = { d: '"', s: "'", n: '' };
      const quote = Object.hasOwn(quotes, value) ? quotes[value] : undefined;
      return quote === undefined ? null : { ...options, quote };
    }
    default:
      return null;
  }
}

/** One character; `/t` tab, `/s` space, `//` slash. */
function separatorOf(value: string): string {
  if (value[0] !== '/' || value.length === 1) return value[0] ?? '';
  if (value[1] === 't') return '\t';
  if (value[1] === 's') return ' ';
  return value[1] ?? '/';
}

const NEWLINE = 0x0a;

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
  '\v': '\\v',
  '\b': '\\b',
  '\x07': '\\a',
};
const ESCAPED = /[\x07-\x0d]/g;

export class FieldsWriter {
  readonly #w: ByteWriter;
  readonly #columns: readonly (Slot | undefined)[];
  readonly #defs: readonly FieldDef[];
  readonly #options: FieldsOptions;

  /** `defs`: the columns in order; `collector` holds a slot for each. */
  constructor(
    writer: ByteWriter,
    defs: readonly FieldDef[],
    collector: FieldCollector,
    options: FieldsOptions = DEFAULT_FIELDS_OPTIONS,
  ) {
    this.#w = writer;
    this.#defs = defs;
    this.#columns = defs.map((def) => collector.slot(def));
    this.#options = options;
  }

  /** Byte order mark and header, where asked for. */
  begin(): void {
    if (this.#options.bom) this.#w.text('\ufeff');
    if (!this.#options.header) return;
    this.#defs.forEach((def, i) => {
      if (i > 0) this.#w.text(this.#options.separator);
      this.#w.text(def.name);
    });
    this.#w.byte(NEWLINE);
  }

  /** The line of the frame that the collector holds. */
  frame(): void {
    const o = this.#options;
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) this.#w.text(o.separator);
      const slot = columns[i];
      if (slot === undefined || slot.count === 0) continue;
      if (o.quote !== '') this.#w.text(o.quote);
      if (o.occurrence === 'f') this.#value(slot, 0);
      else if (o.occurrence === 'l') this.#value(slot, slot.count - 1);
      else {
        for (let k = 0; k < slot.count; k++) {
          if (k > 0) this.#w.text(o.aggregator);
          this.#value(slot, k);
        }
      }
      if (o.quote !== '') this.#w.text(o.quote);
    }
    this.#w.byte(NEWLINE);
  }

  end(): void {
    this.#w.flush();
  }

  #value(slot: Slot, i: number): void {
    const { def } = slot;
    const value = slot.values[i] ?? null;
    const w = this.#w;
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value) && def.type !== 'reltime') {
      const float = def.type === 'float' || def.type === 'double';
      if (!float) {
        if (printsHex(def)) w.hex(value, hexDigits(def.type));
        else w.decimal(value);
        return;
      }
    }
    const buf = slot.bufs[i];
    const off = slot.offs[i] ?? 0;
    const len = slot.lens[i] ?? 0;
    if (buf === undefined) return;
    if (def.type === 'bytes') {
      const size = value instanceof Uint8Array ? value.length : len;
      if (size === 0) w.text('<MISSING>');
      else if (value instanceof Uint8Array) w.hexBytes(value, 0, size);
      else w.hexBytes(buf, off, len);
      return;
    }
    const text = def.type === 'protocol' ? slot.texts[i] || def.label : valueText(def, value, buf, off, len);
    w.text(this.#options.escape ? text.replace(ESCAPED, (c) => ESCAPES[c] ?? c) : text);
  }
}
