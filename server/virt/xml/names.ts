/**
 * What domains and networks are called. UUIDs have one canonical text, so that no two texts name one object; names
 * never become file names, and still must be none that look like a path. Each check gives what is wrong, or null.
 */
import type { Uuid } from '../../drivers/driver.ts';

const NAME_BYTES = 255;
const INTERFACE_BYTES = 15;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;
const NO_UUID = '0'.repeat(32);

export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'a name is needed';
  if (Buffer.byteLength(name) > NAME_BYTES) return `a name has at most ${NAME_BYTES} bytes`;
  if (name === '.' || name === '..') return `'${name}' is no name`;
  if (name.includes('/')) return "a name has no '/'";
  if (/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name)) return 'a name has no control characters';
  return null;
}

/** Of a network interface, as Linux has it. */
export function interfaceNameProblem(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'an interface name is needed';
  if (Buffer.byteLength(name) > INTERFACE_BYTES)
    return `an interface name has at most ${INTERFACE_BYTES} bytes`;
  return /^[A-Za-z0-9_.-]+$/.test(name)
    ? null
    : 'an interface name has letters, digits, dots, dashes and underscores';
}

/** The canonical text of a UUID written with or without dashes, in either case; null where it is none, or all zero. */
export function canonicalUuid(text: string): Uuid | null {
  const lower = text.trim().toLowerCase();
  if (!UUID.test(lower)) return null;
  const hex = lower.replaceAll('-', '');
  return hex === NO_UUID ? null : dashed(hex);
}

/** Of 16 bytes, whatever they are. */
export function uuidOf(bytes: Uint8Array): Uuid {
  return dashed(Buffer.from(bytes).toString('hex'));
}

export function uuidBytes(uuid: Uuid): Uint8Array {
  return new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

function dashed(hex: string): Uuid {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
