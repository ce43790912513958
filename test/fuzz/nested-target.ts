/** A parser with a bug behind five nested tests, each of which looks at another byte of its input. */

export function parse(input: Uint8Array): number {
  let depth = 0;
  if (input[0] === 0x6f) {
    depth++;
    if (input[3] === 0x9c) {
      depth++;
      if (input[5] === 0x31) {
        depth++;
        if (input[8] === 0xe7) {
          depth++;
          if (input[13] === 0x42) throw new TypeError(`behind ${depth + 1} tests`);
        }
      }
    }
  }
  return depth;
}
