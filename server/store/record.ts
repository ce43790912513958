/**
 * One stored object as the bytes of its file: a line that says what it is, with a checksum, then JSON. Parsing gives
 * null for anything that was not written whole by `printRecord` for that very name.
 */
import { createHash } from 'node:crypto';

/** JSON that `data` holds; the driver's schema says more. */
export type RecordData = Readonly<Record<string, unknown>>;

const FORMAT = 'oncilla-object 1';

/** The largest file: XML at its limit, escaped as JSON, with what is beside it. */
export const MAX_RECORD = 4 * 1024 * 1024;

export function printRecord(kind: string, key: string, data: RecordData): Uint8Array {
  const body = JSON.stringify(data);
  return Buffer.from(`${FORMAT} ${kind} ${key} ${checksum(body)}\n${body}\n`);
}

export function parseRecord(bytes: Uint8Array, kind: string, key: string): RecordData | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const line = text.indexOf('\n');
  const body = text.slice(line + 1, -1);
  if (line < 0 || !text.endsWith('\n')) return null;
  if (text.slice(0, line) !== `${FORMAT} ${kind} ${key} ${checksum(body)}`) return null;
  const data: unknown = JSON.parse(body);
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as RecordData) : null;
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
