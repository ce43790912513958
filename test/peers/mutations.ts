/**
 * Captures with seeded faults: bytes flipped, lengths rewritten, pieces cut out, repeated or taken from elsewhere.
 * The same seed gives the same bytes.
 */

/** A small, fast generator of 32-bit numbers (xorshift). */
export function random(seed: number): (below: number) => number {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Values that lengths and counts go wrong at. */
const EDGES = [0, 1, 3, 4, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0x80000004, 0xffffffff];

/** One to eight faults in a copy of `bytes`. */
export function mutate(bytes: Buffer, next: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let n = 1 + next(8); n > 0 && out.length > 8; n--) {
    const at = next(out.length - 4);
    const len = 1 + next(Math.min(200, out.length - at));
    switch (next(6)) {
      case 0:
        out[at] = next(256);
        break;
      case 1:
        out.writeUInt32BE(EDGES[next(EDGES.length)]!, at);
        break;
      case 2:
        out.writeUInt32LE(EDGES[next(EDGES.length)]!, at);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + len)]);
        break;
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + len), out.subarray(at)]);
        break;
      default:
        out.copy(out, at, next(out.length - len + 1), len);
    }
  }
  return out;
}

/**
 * The same within packets only: a classic capture's own headers stay right, so that the faults reach what is in
 * them. `bytes` is a little-endian pcap file.
 */
export function mutatePackets(bytes: Buffer, next: (below: number) => number): Buffer {
  const parts = [bytes.subarray(0, 24)];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const packet = bytes.subarray(at + 16, at + 16 + length);
    const header = Buffer.from(bytes.subarray(at, at + 16));
    const changed = next(3) === 0 ? mutate(packet, next) : packet;
    header.writeUInt32LE(changed.length, 8);
    header.writeUInt32LE(changed.length, 12);
    // now and then lost, or sent twice
    const copies = [1, 1, 1, 1, 1, 1, 1, 0, 2][next(9)]!;
    for (let n = 0; n < copies; n++) parts.push(header, changed);
    at += 16 + length;
  }
  return Buffer.concat(parts);
}
