/** A parser with a bug behind one comparison of four bytes, which no change of a single byte comes nearer to. */

export function magic(input: Uint8Array): boolean {
  if (input.length < 8) return false;
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(4) === 0x0badcafe) throw new RangeError('magic');
  return true;
}
