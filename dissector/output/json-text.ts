/**
 * The leaves of tshark's JSON: strings as its dumper escapes them, values as strings, and the raw form
 * `[hex, position, length, mask, type]`. Straight into a ByteWriter, without a string where none is needed.
 */
import type { FieldDef, FieldType, FieldValue } from '../tree/field.ts';
import { dateText, hexDigits, printsHex, valueText } from '../tree/format.ts';
import { type ByteWriter, type PreparedText, prepareText } from './byte-writer.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const POINT = 0x2e;
const ZERO = 0x30;
const ONE = 0x31;

/** What must not stand in a string as it is; `</` is broken up so that no script element can end. */
const SPECIAL = /[\x00-\x1f"\\]|<\//;

/** Wireshark's numbers of the types (enum ftenum of 4.0). */
const TYPE_NUMBERS: Readonly<Record<FieldType, number>> = {
  none: 0,
  protocol: 1,
  boolean: 2,
  uint8: 4,
  uint16: 5,
  uint24: 6,
  uint32: 7,
  uint64: 11,
  int8: 12,
  int16: 13,
  int32: 15,
  int64: 19,
  float: 22,
  double: 23,
  abstime: 24,
  reltime: 25,
  string: 26,
  ether: 29,
  bytes: 30,
  ipv4: 32,
  ipv6: 33,
  framenum: 35,
};

/** `"text"`, as tshark's json_dumper has it. */
export function jsonString(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll('</', '<\\/');
}

/** The same, written. */
export function writeJsonString(w: ByteWriter, text: string): void {
  if (!w.quoted(text)) w.text(jsonString(text));
}

const BILLION = 1_000_000_000n;
/** the fraction of a date: a point and as many digits */
const FRACTION = /\.\d{9}(?= )/;

/** Writes dates in quotes; those of one second differ in their fraction only. */
export class DateWriter {
  #second = -1n;
  #before: PreparedText | null = null;
  #after: PreparedText | null = null;

  write(w: ByteWriter, ns: bigint): void {
    const second = ns / BILLION;
    if (ns < 0n) {
      w.text(jsonString(dateText(ns)));
      return;
    }
    if (second !== this.#second || this.#before === null || this.#after === null) {
      const [before = '', after = ''] = jsonString(dateText(second * BILLION)).split(FRACTION);
      this.#second = second;
      this.#before = prepareText(before);
      this.#after = prepareText(after);
    }
    w.prepared(this.#before);
    w.fraction(Number(ns - second * BILLION));
    w.prepared(this.#after);
  }
}

/** A value in quotes. */
export function writeJsonValue(
  w: ByteWriter,
  def: FieldDef,
  value: FieldValue,
  buf: Buffer,
  off: number,
  len: number,
): void {
  const { type } = def;
  if (typeof value === 'number' && value >= 0 && type !== 'float' && type !== 'double') {
    w.byte(QUOTE);
    if (type === 'reltime') w.seconds(value);
    else if (printsHex(def)) w.hex(value, hexDigits(type));
    else w.decimal(value);
    w.byte(QUOTE);
  } else if (type === 'bytes' || type === 'ether') {
    w.byte(QUOTE);
    if (value instanceof Uint8Array) w.hexBytes(value, 0, value.length, COLON);
    else w.hexBytes(buf, off, len, COLON);
    w.byte(QUOTE);
  } else if (type === 'reltime' && typeof value === 'bigint') {
    w.byte(QUOTE);
    w.seconds(value);
    w.byte(QUOTE);
  } else if (type === 'ipv4' && value === null) {
    w.byte(QUOTE);
    for (let i = 0; i < 4; i++) {
      if (i > 0) w.byte(POINT);
      w.decimal(buf[off + i]!);
    }
    w.byte(QUOTE);
  } else if (type === 'boolean') {
    w.byte(QUOTE);
    w.byte(value ? ONE : ZERO);
    w.byte(QUOTE);
  } else writeJsonString(w, valueText(def, value, buf, off, len, ':'));
}

/** Whether a field has a value beside its children. */
export function hasValue(def: FieldDef): boolean {
  return def.type !== 'protocol' && def.type !== 'none';
}

/** The value of a masked field as C's %X has it; null for a field without a mask. */
export function maskedText(def: FieldDef, value: FieldValue): string | null {
  if (def.mask === 0) return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return (value >>> 0).toString(16).toUpperCase();
  return typeof value === 'bigint' ? BigInt.asUintN(64, value).toString(16).toUpperCase() : null;
}

/** `[hex, position, length, mask, type]`, an item a line; `indent`: that of the line it begins on. */
export function writeRaw(
  w: ByteWriter,
  def: FieldDef,
  value: FieldValue,
  buf: Buffer,
  off: number,
  len: number,
  position: number,
  indent: number,
): void {
  const line = `,\n${' '.repeat(indent + 2)}`;
  w.text(`[${line.slice(1)}"`);
  const masked = maskedText(def, value);
  if (masked === null) w.hexBytes(buf, off, len);
  else w.text(masked);
  w.text(`"${line}${position}${line}${len}${line}${def.mask >>> 0}${line}${TYPE_NUMBERS[def.type]}`);
  w.text(`\n${' '.repeat(indent)}]`);
}
