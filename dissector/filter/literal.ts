/**
 * Literals: what a word, a quoted string or a character means for a field of a given type. Throws FilterError in
 * tshark's words. Names are never looked up in the network: an address is written as one.
 */
import type { FieldDef, FieldType } from '../tree/field.ts';
import { FilterError } from './error.ts';
import type { Entity } from './syntax.ts';
import { familyOf, typeName, type Value } from './value.ts';

/** A constant; `prefix` counts the bits that matter of an address in CIDR notation. */
export interface Constant {
  readonly value: Value;
  readonly prefix: number | null;
}

export type Literal = Extract<Entity, { kind: 'word' | 'string' | 'char' }>;

const UNSIGNED_BITS: Partial<Record<FieldType, bigint>> = {
  uint8: 8n,
  uint16: 16n,
  uint24: 24n,
  uint32: 32n,
  framenum: 32n,
  uint64: 64n,
};
const SIGNED_BITS: Partial<Record<FieldType, bigint>> = { int8: 8n, int16: 16n, int32: 32n, int64: 64n };

/** How a literal was written, for messages. */
export function writtenLiteral(entity: Literal): string {
  if (entity.kind === 'word') return entity.text;
  return entity.kind === 'string' ? `"${entity.value}"` : `'${String.fromCharCode(entity.code)}'`;
}

/** The value of a literal for a field of `type`; `def` gives the value names, if there is one field. */
export function parseLiteral(entity: Literal, type: FieldType, def: FieldDef | null): Constant {
  const plain = (value: Value): Constant => ({ value, prefix: null });
  const fail = (message: string) => new FilterError(message, entity.at, entity.end);
  const text = entity.kind === 'word' ? entity.text : entity.kind === 'string' ? entity.value : '';
  switch (familyOf(type)) {
    case 'string':
      return plain(entity.kind === 'char' ? String.fromCharCode(entity.code) : text);
    case 'bytes': {
      if (entity.kind === 'char') return plain(Uint8Array.of(entity.code));
      if (entity.kind === 'string' && type !== 'ether') return plain(Buffer.from(text, 'utf8'));
      const bytes = parseBytes(text);
      if (bytes === null || (type === 'ether' && bytes.length !== 6)) {
        throw fail(
          `"${text}" is not a valid ${type === 'ether' ? 'hostname or Ethernet address' : 'byte string'}.`,
        );
      }
      return plain(bytes);
    }
    case 'number':
      return plain(entity.kind === 'char' ? entity.code : parseNumber(entity, text, type, def));
    case 'double': {
      const n = Number(text);
      if (entity.kind !== 'word' || Number.isNaN(n))
        throw notFrom(entity, type, `"${text}" is not a valid number.`);
      return plain(n);
    }
    case 'duration': {
      const ns = parseSeconds(text);
      if (entity.kind === 'string') {
        throw fail(`${typeName(type)} cannot be converted from a string ("${text}").`);
      }
      if (ns === null) throw fail(`"${text}" is not a valid time.`);
      return plain(ns);
    }
    case 'time': {
      const ns = parseDate(text);
      if (ns === null) {
        throw fail(
          `"${text}" is not a valid absolute time. Example: "Nov 12, 1999 08:55:44.123" or "2011-07-04 12:34:56"`,
        );
      }
      return plain(ns);
    }
    case 'ipv4':
    case 'ipv6':
      return parseAddress(entity, text, type);
    default:
      throw fail(`A value cannot be compared with a ${typeName(type)}.`);
  }
}

function notFrom(entity: Literal, type: FieldType, otherwise: string): FilterError {
  const message =
    entity.kind === 'string'
      ? `${typeName(type)} cannot be converted from a string (${writtenLiteral(entity)}).`
      : otherwise;
  return new FilterError(message, entity.at, entity.end);
}

function parseNumber(entity: Literal, text: string, type: FieldType, def: FieldDef | null): number | bigint {
  const n = entity.kind === 'word' ? parseInteger(text) : null;
  if (n !== null) {
    if (type === 'boolean') return n === 0n ? 0 : 1;
    const bits = UNSIGNED_BITS[type];
    const signed = SIGNED_BITS[type];
    const max =
      bits !== undefined ? (1n << bits) - 1n : signed !== undefined ? (1n << (signed - 1n)) - 1n : n;
    if (n > max)
      throw new FilterError(`"${text}" too big for this field, maximum ${max}.`, entity.at, entity.end);
    return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
  }
  if (type === 'boolean' && /^(True|TRUE)$/.test(text)) return 1;
  if (type === 'boolean' && /^(False|FALSE)$/.test(text)) return 0;
  const wanted = text.toLowerCase();
  for (const [value, name] of def?.strings ?? []) {
    if (name.toLowerCase() === wanted) return value;
  }
  if (def !== null && (type === 'boolean' || def.strings !== null)) {
    const message = `"${text}" cannot be found among the possible values for ${def.name}.`;
    throw new FilterError(message, entity.at, entity.end);
  }
  throw notFrom(entity, type, `"${text}" is not a valid number.`);
}

/** Decimal, 0x, 0b or octal with a leading 0; null for anything else. */
function parseInteger(text: string): bigint | null {
  if (/^(0[xX][0-9a-fA-F]{1,32}|0[bB][01]{1,128})$/.test(text)) return BigInt(text);
  if (/^0[0-7]{1,40}$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return /^\d{1,40}$/.test(text) && (text === '0' || !text.startsWith('0')) ? BigInt(text) : null;
}

/** Hex pairs, with or without `:`, `.` or `-` between them; also one number of a byte's size. */
function parseBytes(text: string): Uint8Array | null {
  if (/^[0-9a-fA-F]{2}(?:[:.-]?[0-9a-fA-F]{2})*[:.-]?$/.test(text)) {
    return Buffer.from(text.replace(/[:.-]/g, ''), 'hex');
  }
  if (/^[0-9a-fA-F]$/.test(text)) return Uint8Array.of(Number.parseInt(text, 16));
  const hex = /^0[xX]((?:[0-9a-fA-F]{2})+)$/.exec(text);
  return hex === null ? null : Buffer.from(hex[1]!, 'hex');
}

/** Seconds with a fraction, to nanoseconds. */
function parseSeconds(text: string): number | bigint | null {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null || (match[1] === '' && (match[2] ?? '') === '')) return null;
  const ns = BigInt(match[1] || '0') * 1_000_000_000n + BigInt((match[2] ?? '').slice(0, 9).padEnd(9, '0'));
  return ns <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ns) : ns;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** ISO 8601 or `Nov 12, 1999 08:55:44.123`, local time unless a zone follows; nanoseconds since the epoch. */
function parseDate(text: string): bigint | null {
  const clock = '(?:(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9})\\d*)?)?)?';
  const zone = '\\s*(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?';
  const iso = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})[T ]?\\s*${clock}${zone}$`).exec(text.trim());
  const named = new RegExp(`^([A-Za-z]{3})\\s+(\\d{1,2}),?\\s+(\\d{4})\\s*${clock}${zone}$`).exec(
    text.trim(),
  );
  const match = iso ?? named;
  if (match === null) return null;
  const year = Number(iso === null ? match[3] : match[1]);
  const month = iso === null ? MONTHS.indexOf(match[1]!.toLowerCase()) : Number(match[2]) - 1;
  const day = Number(iso === null ? match[2] : match[3]);
  const [hour, minute, second] = [match[4], match[5], match[6]].map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  const fields = [year, month, day, hour, minute, second] as const;
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  const offset = match[8];
  let ms: number;
  if (offset === undefined) ms = new Date(...fields).getTime();
  else {
    const sign = offset.startsWith('-') ? -1 : 1;
    const digits = offset.replace(/\D/g, '');
    const minutes = digits === '' ? 0 : sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
    ms = Date.UTC(...fields) - minutes * 60_000;
  }
  return BigInt(ms) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'));
}

function parseAddress(entity: Literal, text: string, type: 'ipv4' | 'ipv6' | FieldType): Constant {
  const isV4 = type === 'ipv4';
  if (entity.kind !== 'word') throw notFrom(entity, type, `"${text}" is not a valid address.`);
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = isV4 ? parseIpv4(address) : parseIpv6(address);
  if (bytes === null) {
    const kind = isV4 ? 'IPv4' : 'IPv6';
    throw new FilterError(`"${address}" is not a valid hostname or ${kind} address.`, entity.at, entity.end);
  }
  if (slash < 0) return { value: bytes, prefix: null };
  const bits = Number(text.slice(slash + 1));
  const max = bytes.length * 8;
  if (!/^\d{1,3}$/.test(text.slice(slash + 1)) || bits > max) {
    const kind = isV4 ? 'IPv4' : 'IPv6';
    throw new FilterError(
      `Netmask bits in a CIDR ${kind} address should be <= ${max}, not ${text.slice(slash + 1)}`,
      entity.at,
      entity.end,
    );
  }
  return { value: bytes, prefix: bits };
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const lastHalf = groups.at(-1)!;
  const tail = lastHalf.at(-1);
  if (tail?.includes('.')) {
    const v4 = parseIpv4(tail);
    if (v4 === null) return null;
    lastHalf.splice(-1, 1, ((v4[0]! << 8) | v4[1]!).toString(16), ((v4[2]! << 8) | v4[3]!).toString(16));
  }
  const count = groups.reduce((sum, half) => sum + half.length, 0);
  if (halves.length === 1 ? count !== 8 : count > 7) return null;
  if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  const all = [...groups[0]!, ...new Array<string>(8 - count).fill('0'), ...(groups[1] ?? [])];
  const bytes = new Uint8Array(16);
  all.forEach((group, i) => {
    const n = Number.parseInt(group, 16);
    bytes[i * 2] = n >> 8;
    bytes[i * 2 + 1] = n & 0xff;
  });
  return bytes;
}
