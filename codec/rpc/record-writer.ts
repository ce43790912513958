/**
 * Record marking, the writing side (RFC 5531 section 11).
 */
import { RpcError } from './errors.ts';

/** Longest fragment that a record mark can announce. */
export const MAX_FRAGMENT_BYTES = 0x7fffffff;

/** Writes the 4-byte record mark of a fragment of `length` bytes at `off`. */
export function writeRecordMark(view: DataView, off: number, length: number, last: boolean): void {
  view.setUint32(off, (last ? 0x80000000 : 0) + length);
}

/**
 * A message as one record, in fragments of at most `fragmentBytes` (default: one fragment). An empty message is
 * one empty last fragment. Throws RpcError BAD_VALUE for a fragment size that is no integer from 1 to 2^31 - 1.
 */
export function encodeRecord(message: Uint8Array, fragmentBytes: number = MAX_FRAGMENT_BYTES): Uint8Array {
  if (!Number.isInteger(fragmentBytes) || fragmentBytes < 1 || fragmentBytes > MAX_FRAGMENT_BYTES) {
    throw new RpcError('BAD_VALUE', `no fragment size: ${fragmentBytes}`);
  }
  const count = Math.max(1, Math.ceil(message.length / fragmentBytes));
  const out = new Uint8Array(message.length + 4 * count);
  const view = new DataView(out.buffer);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const fragment = message.subarray(i * fragmentBytes, (i + 1) * fragmentBytes);
    writeRecordMark(view, to, fragment.length, i === count - 1);
    out.set(fragment, to + 4);
    to += 4 + fragment.length;
  }
  return out;
}
