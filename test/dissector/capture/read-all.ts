/** Reads a whole capture in memory with CaptureParser, in chunks of the given sizes (the last one repeats). */
import {
  CaptureError,
  type CaptureOptions,
  CaptureParser,
  type Packet,
} from '../../../dissector/capture/index.ts';

/** What the tests compare of a packet; `data` in hex. */
export interface Seen {
  number: number;
  time: string | null;
  caplen: number;
  len: number;
  linkType: number;
  interfaceId: number;
  section: number;
  comments: readonly string[];
  data: string;
}

export interface Result {
  packets: Seen[];
  error: CaptureError | null;
  parser: CaptureParser;
}

export function see(p: Packet): Seen {
  return {
    number: p.number,
    time: p.hasTime ? `${p.sec}.${String(p.nsec).padStart(9, '0')}` : null,
    caplen: p.caplen,
    len: p.len,
    linkType: p.linkType,
    interfaceId: p.interfaceId,
    section: p.section,
    comments: p.comments,
    data: p.buf.toString('hex', p.off, p.off + p.caplen),
  };
}

export function readAll(
  bytes: Uint8Array,
  chunks: readonly number[] = [1 << 20],
  options: CaptureOptions = {},
): Result {
  const parser = new CaptureParser(options);
  const packets: Seen[] = [];
  let error: CaptureError | null = null;
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = Math.min(chunks[Math.min(i, chunks.length - 1)]!, bytes.length - at);
      parser.reserve(size).set(bytes.subarray(at, at + size));
      parser.commit(size);
      at += size;
      for (let p = parser.next(); p !== null; p = parser.next()) packets.push(see(p));
    }
    parser.end();
    for (let p = parser.next(); p !== null; p = parser.next()) packets.push(see(p));
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e;
    error = e;
  }
  return { packets, error, parser };
}
