/** The pcap file format, written: little-endian, version 2.4. Bytes in, bytes out. */

/** The 24 bytes at the start of a file. */
export function pcapHeader(
  linkType: number,
  options: { readonly nanos?: boolean; readonly snapLength?: number } = {},
): Buffer {
  const b = Buffer.alloc(24);
  b.writeUInt32LE(options.nanos ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  b.writeUInt16LE(2, 4);
  b.writeUInt16LE(4, 6);
  b.writeUInt32LE(options.snapLength ?? 262_144, 16);
  b.writeUInt32LE(linkType, 20);
  return b;
}

/** One record. `fraction`: micro- or nanoseconds, as the header says. `len`: bytes on the wire, if more than `data`. */
export function pcapRecord(
  sec: number,
  fraction: number,
  data: Uint8Array,
  len: number = data.length,
): Buffer {
  const b = Buffer.alloc(16 + data.length);
  b.writeUInt32LE(sec, 0);
  b.writeUInt32LE(fraction, 4);
  b.writeUInt32LE(data.length, 8);
  b.writeUInt32LE(len, 12);
  b.set(data, 16);
  return b;
}
