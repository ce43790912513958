/**
 * What a mutation does to a message: bytes taken out at one place, others put in. Pure; offsets are the message's.
 * Throws RangeError for an edit that is not within the message.
 */

/** `remove` bytes at `off` give way to `insert`. */
export interface Edit {
  readonly off: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

/** The edit that changes nothing. */
export const NOTHING: Edit = { off: 0, remove: 0, insert: new Uint8Array(0) };

/** The message with one edit made; its own bytes. */
export function applyEdit(message: Uint8Array, edit: Edit): Uint8Array {
  return edited(message, edit, 0);
}

/** The same with so many bytes of room before it. */
export function edited(message: Uint8Array, { off, remove, insert }: Edit, room: number): Uint8Array {
  if (off < 0 || remove < 0 || off + remove > message.length)
    throw new RangeError('an edit outside of its message');
  const out = new Uint8Array(room + message.length - remove + insert.length);
  out.set(message.subarray(0, off), room);
  out.set(insert, room + off);
  out.set(message.subarray(off + remove), room + off + insert.length);
  return out;
}

/** Unsigned 32-bit words as they stand on the wire; a negative one is its two's complement. */
export function words(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value >>> 0);
  return out;
}

/** The word at `off` becomes `value`. */
export function setWord(off: number, value: number): Edit {
  return { off, remove: 4, insert: words(value) };
}

/** Bytes with their length word before and zero padding behind. */
export function counted(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + Math.ceil(bytes.length / 4) * 4);
  new DataView(out.buffer).setUint32(0, bytes.length);
  out.set(bytes, 4);
  return out;
}
