/**
 * UUIDs as people write them and as 16 bytes. There is one canonical text, lower-case hex in five groups, so that no
 * two texts name one object. Nothing throws.
 */

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;
const NO_UUID = '0'.repeat(32);

/** The canonical text of a UUID written with or without dashes, in either case; null where it is none, or all zero. */
export function canonicalUuid(text: string): string | null {
  const lower = text.trim().toLowerCase();
  if (!UUID.test(lower)) return null;
  const hex = lower.replaceAll('-', '');
  return hex === NO_UUID ? null : dashed(hex);
}

/** Of 16 bytes, whatever they are. */
export function uuidText(bytes: Uint8Array): string {
  return dashed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'));
}

/** Of a canonical text. */
export function uuidBytes(uuid: string): Uint8Array {
  return new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
