/**
 * A run of bytes with tshark's two lengths: captured, and as reported by the packet.
 */
export interface Chunk {
  readonly buf: Buffer;
  readonly view: DataView;
  readonly off: number;
  /** captured */
  readonly len: number;
  /** reported, at least `len` */
  readonly wireLen: number;
  /** the bytes stand in the packet's own buffer */
  readonly inFrame: boolean;
}

export function bytesAsChunk(buf: Buffer): Chunk {
  const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  return { buf, view, off: 0, len: buf.length, wireLen: buf.length, inFrame: false };
}

/** From `from` to the end. */
export function tail(c: Chunk, from: number): Chunk {
  if (from === 0) return c;
  const { buf, view, inFrame } = c;
  return {
    buf,
    view,
    off: c.off + from,
    len: Math.max(c.len - from, 0),
    wireLen: c.wireLen - from,
    inFrame,
  };
}
