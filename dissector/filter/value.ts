/**
 * Values in filters and how they compare. Booleans are 0 and 1, times nanoseconds, addresses their bytes. Two
 * values are only ever compared within one family. Pure; nothing throws.
 */
import type { FieldType } from '../tree/field.ts';

export type Value = number | bigint | string | Uint8Array;

/** Types whose values compare with each other. */
export type Family =
  | 'number'
  | 'double'
  | 'time'
  | 'duration'
  | 'string'
  | 'bytes'
  | 'ipv4'
  | 'ipv6'
  | 'label';

const FAMILIES: Readonly<Record<FieldType, Family>> = {
  protocol: 'bytes',
  none: 'label',
  boolean: 'number',
  uint8: 'number',
  uint16: 'number',
  uint24: 'number',
  uint32: 'number',
  uint64: 'number',
  int8: 'number',
  int16: 'number',
  int32: 'number',
  int64: 'number',
  framenum: 'number',
  float: 'double',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  ether: 'bytes',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  abstime: 'time',
  reltime: 'duration',
};

/** Bytes a value takes; 0 where that depends on the value. */
const WIDTHS: Partial<Record<FieldType, number>> = {
  boolean: 8,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint24: 3,
  uint32: 4,
  int32: 4,
  framenum: 4,
  uint64: 8,
  int64: 8,
  float: 4,
  double: 8,
  ipv4: 4,
  ipv6: 16,
  ether: 6,
  abstime: 16,
  reltime: 16,
};

const NAMES: Readonly<Record<FieldType, string>> = {
  protocol: 'Protocol',
  none: 'Label',
  boolean: 'Boolean',
  uint8: 'Unsigned integer (1 byte)',
  uint16: 'Unsigned integer (2 bytes)',
  uint24: 'Unsigned integer (3 bytes)',
  uint32: 'Unsigned integer (4 bytes)',
  uint64: 'Unsigned integer (8 bytes)',
  int8: 'Signed integer (1 byte)',
  int16: 'Signed integer (2 bytes)',
  int32: 'Signed integer (4 bytes)',
  int64: 'Signed integer (8 bytes)',
  framenum: 'Frame number',
  float: 'Floating point (single-precision)',
  double: 'Floating point (double-precision)',
  string: 'Character string',
  bytes: 'Sequence of bytes',
  ether: 'Ethernet or other MAC address',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  abstime: 'Date and time',
  reltime: 'Time offset',
};

export function familyOf(type: FieldType): Family {
  return FAMILIES[type];
}

/** The type's name in messages. */
export function typeName(type: FieldType): string {
  return NAMES[type];
}

/** Bytes that len() answers. */
export function lengthOf(type: FieldType, value: Value): number {
  const width = WIDTHS[type];
  if (width !== undefined) return width;
  return typeof value === 'string'
    ? Buffer.byteLength(value)
    : value instanceof Uint8Array
      ? value.length
      : 4;
}

/** Order of two values of one family: negative, 0, positive; NaN where there is none. */
export function compareValues(a: Value, b: Value): number {
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : Number.NaN;
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b || (typeof a !== typeof b && !(a < b)) ? 0 : Number.NaN;
}

/** Order of the first `bits` bits of two addresses. */
export function comparePrefix(a: Value, b: Value, bits: number): number {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return Number.NaN;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  const shift = 8 - (bits & 7);
  return shift === 8 ? 0 : (a[whole]! >> shift) - (b[whole]! >> shift);
}

/** Whether a value is anything but zero (what a bare arithmetic expression asks). */
export function isNonZero(value: Value): boolean {
  if (value instanceof Uint8Array) return value.some((byte) => byte !== 0);
  return typeof value === 'string' ? value !== '' : Number(value) !== 0;
}
