/**
 * Values as text: what `-T fields` and JSON print, and the label that -V shows. The shapes are tshark's
 * (WIRESHARK.md sections 1.1 and 2). Pure functions over a field and its value or bytes; they never throw, whatever
 * the bytes, as long as [off, off + len) lies within `buf`.
 */
import { escapeTerminal } from '../../codec/escape/index.ts';
import { ipv4Text, ipv6Text } from '../network/address.ts';
import type { FieldDef, FieldType, FieldValue } from './field.ts';
import { GENERATED } from './field.ts';

const HEX_DIGITS: Partial<Record<FieldType, number>> = {
  uint8: 2,
  int8: 2,
  uint16: 4,
  int16: 4,
  uint24: 6,
  uint32: 8,
  int32: 8,
  uint64: 16,
  int64: 16,
};

/** Bytes of a label before it is cut, and of a byte string before its ellipsis, as tshark has them. */
const LABEL_BYTES = 239;
const LABEL_DATA_BYTES = 36;

/** Number of hex digits of the type, 8 where it has no width of its own. */
export function hexDigits(type: FieldType): number {
  return HEX_DIGITS[type] ?? 8;
}

/** `0x` and the value in as many digits as the type has. */
export function hexText(type: FieldType, value: number | bigint): string {
  return `0x${value.toString(16).padStart(hexDigits(type), '0')}`;
}

/** Whether `-T fields` prints the number in hex. */
export function printsHex(def: FieldDef): boolean {
  return def.base === 'hex' || def.base === 'hex_dec';
}

/** Lower-case hex; `separator` stands between the bytes. */
export function bytesText(buf: Uint8Array, off: number, len: number, separator = ''): string {
  const hex = Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('hex');
  if (separator === '' || len < 2) return hex;
  const parts: string[] = [];
  for (let i = 0; i < hex.length; i += 2) parts.push(hex.slice(i, i + 2));
  return parts.join(separator);
}

/** Nanoseconds as seconds with nine decimals. */
export function secondsText(ns: number | bigint): string {
  const n = typeof ns === 'bigint' ? ns : BigInt(Math.round(ns));
  const abs = n < 0n ? -n : n;
  const digits = abs.toString().padStart(10, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 22, 2026 13:19:58.019603000 UTC`, in the zone of the process. */
export function dateText(ns: bigint): string {
  const sec = ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  const d = new Date(Number(sec) * 1000);
  const frac = (ns - sec * 1_000_000_000n).toString().padStart(9, '0');
  const day = String(d.getDate()).padStart(2);
  return `${MONTHS[d.getMonth()]} ${day}, ${d.getFullYear()} ${clock(d)}.${frac} ${zone(d)}`;
}

/** `2026-11-22T13:19:58.019603000Z` */
export function isoText(ns: bigint): string {
  const [seconds = '0', fraction = ''] = secondsText(ns).split('.');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** `13:19:58` in the zone of the process. */
export function clock(d: Date): string {
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

/** The zone's abbreviation at that time. Intl is slow to start, so the usual zone is told without it. */
function zone(d: Date): string {
  if (d.getTimezoneOffset() === 0 && d.toString().endsWith('(Coordinated Universal Time)')) return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(d);
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? 'UTC';
}

/** What `-T fields` prints; JSON prints the same but with ':' between bytes. */
export function valueText(
  def: FieldDef,
  value: FieldValue,
  buf: Uint8Array,
  off: number,
  len: number,
  byteSeparator = '',
): string {
  switch (def.type) {
    case 'boolean':
      return value ? '1' : '0';
    case 'string':
      return typeof value === 'string' ? value : '';
    case 'bytes':
      return value instanceof Uint8Array
        ? bytesText(value, 0, value.length, byteSeparator)
        : bytesText(buf, off, len, byteSeparator);
    case 'ether':
      return value instanceof Uint8Array
        ? bytesText(value, 0, value.length, ':')
        : bytesText(buf, off, len, ':');
    case 'ipv4':
      return value instanceof Uint8Array ? ipv4Text(value, 0) : ipv4Text(buf, off);
    case 'ipv6':
      return value instanceof Uint8Array ? ipv6Text(value, 0) : ipv6Text(buf, off);
    case 'abstime':
      return typeof value === 'bigint' ? dateText(value) : '';
    case 'reltime':
      return typeof value === 'number' || typeof value === 'bigint' ? secondsText(value) : '';
    case 'protocol':
      return '';
    case 'none':
      return '1';
    case 'float':
      return typeof value === 'number' ? floatText(value, FLOAT_DIGITS) : '';
    case 'double':
      return typeof value === 'number' ? floatText(value, DOUBLE_DIGITS) : '';
    default:
      if (typeof value !== 'number' && typeof value !== 'bigint') return '';
      return printsHex(def) ? hexText(def.type, value) : String(value);
  }
}

/** Decimal digits that tshark shows of them: C's FLT_DIG and DBL_DIG. */
const FLOAT_DIGITS = 6;
const DOUBLE_DIGITS = 15;

/** C's %g, as tshark prints floats. */
function floatText(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < digits) return withoutZeros(value.toFixed(digits - 1 - exponent));
  const sign = exponent < 0 ? '-' : '+';
  return `${withoutZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The label of a node in -V: bits, name and value, in brackets when generated, cut at tshark's length. */
export function labelText(
  def: FieldDef,
  value: FieldValue,
  buf: Uint8Array,
  off: number,
  len: number,
  flags: number,
): string {
  const body =
    def.type === 'none' || def.type === 'protocol' ? def.label : defaultLabel(def, value, buf, off, len);
  return finishLabel(body, flags);
}

/** Brackets for a generated node, and the cut at tshark's label length. */
export function finishLabel(body: string, flags: number): string {
  const text = (flags & GENERATED) !== 0 ? `[${body}]` : body;
  if (text.length <= LABEL_BYTES / 4) return text;
  if (Buffer.byteLength(text) <= LABEL_BYTES) return text;
  const mark = ' [truncated]';
  let cut = Buffer.from(text)
    .subarray(0, LABEL_BYTES - 1 - mark.length)
    .toString('utf8');
  // a character cut in half decodes as a replacement character
  while (cut.endsWith('\ufffd')) cut = cut.slice(0, -1);
  return mark + cut;
}

function defaultLabel(def: FieldDef, value: FieldValue, buf: Uint8Array, off: number, len: number): string {
  const bits = def.mask === 0 ? '' : `${bitsText(def, value)} = `;
  return `${bits}${def.label}: ${displayText(def, value, buf, off, len)}`;
}

/** The value as -V shows it: value strings with the number, long byte strings cut. */
export function displayText(
  def: FieldDef,
  value: FieldValue,
  buf: Uint8Array,
  off: number,
  len: number,
): string {
  switch (def.type) {
    case 'boolean':
      return (value ? def.strings?.get(1) : def.strings?.get(0)) ?? (value ? 'True' : 'False');
    case 'bytes': {
      const bytes = value instanceof Uint8Array ? value : buf.subarray(off, off + len);
      if (bytes.length === 0) return '<MISSING>';
      const shown = bytesText(bytes, 0, Math.min(bytes.length, LABEL_DATA_BYTES));
      return bytes.length > LABEL_DATA_BYTES ? `${shown}…` : shown;
    }
    case 'string':
      return escapeText(typeof value === 'string' ? value : '');
    case 'reltime':
      return `${valueText(def, value, buf, off, len)} seconds`;
    case 'abstime':
    case 'float':
    case 'double':
      return valueText(def, value, buf, off, len);
    default:
      if (typeof value === 'number' || typeof value === 'bigint') return numberLabel(def, value);
      return valueText(def, value, buf, off, len);
  }
}

function numberLabel(def: FieldDef, value: number | bigint): string {
  const hex = hexText(def.type, value);
  const shown = printsHex(def) ? hex : String(value);
  if (def.strings !== null) return `${def.strings.get(value) ?? 'Unknown'} (${shown})`;
  if (def.base === 'hex_dec') return `${hex} (${value})`;
  if (def.base === 'dec_hex') return `${value} (${hex})`;
  return shown;
}

/** `1... ....`: the masked bits of the value, dots elsewhere, in groups of four. */
export function bitsText(def: FieldDef, value: FieldValue): string {
  const width = def.bits ?? hexDigits(def.type) * 4;
  const mask = BigInt(def.mask >>> 0);
  let shift = 0n;
  while (((mask >> shift) & 1n) === 0n) shift++;
  const number =
    typeof value === 'boolean' ? (value ? 1n : 0n) : typeof value === 'string' ? 0n : toBig(value);
  const word = typeof value === 'boolean' ? (value ? mask : 0n) : number << shift;
  let out = '';
  for (let i = width - 1; i >= 0; i--) {
    const bit = BigInt(i);
    out += ((mask >> bit) & 1n) === 0n ? '.' : ((word >> bit) & 1n).toString();
    if (i % 4 === 0 && i > 0) out += ' ';
  }
  return out;
}

function toBig(value: FieldValue): bigint {
  return typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(Math.trunc(value)) : 0n;
}

const CONTROL = /[\x00-\x1f\x7f]/g;
const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Beyond ASCII and our own arrow and ellipsis: what else a terminal may obey is among these. */
const FOREIGN = /[^\x00-\x7e\u2026\u2192]/;

/**
 * Control characters as C escapes, as tshark has them, and the rest of what a terminal obeys (C1 controls, text
 * direction) as `\xNN` and `\u{N}`, so that a name from a packet can neither move the cursor nor turn text round.
 */
export function escapeText(text: string): string {
  const plain = text.replace(CONTROL, (c) => NAMED[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return FOREIGN.test(plain) ? escapeTerminal(plain) : plain;
}
