/**
 * The leaves of tshark's JSON: strings as its dumper escapes them, values as strings, and the raw form
 * `[hex, position, length, mask, type]`. Straight into a ByteWriter, without a string where none is needed.
 */
import type { FieldDef, FieldType, FieldValue } from '../tree/field.ts';
import { hexDigits, printsHex, valueText } from '../tree/format.ts';
import type { ByteWriter } from './byte-writer.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const POINT = 0x2e;

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
  } else if (type === 'boolean') w.text(value ? '"1"' : '"0"');
  else w.text(jsonString(valueText(def, value, buf, off, len, ':')));
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
