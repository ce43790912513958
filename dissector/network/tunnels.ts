/**
 * How long the headers of GRE and ERSPAN are. Every read is within [off, end); what does not fit is -1. Nothing throws.
 */

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
/** of version 1 only */
const ACKNOWLEDGMENT = 0x0080;
const VERSION = 0x0007;

/** Frame types of an ERSPAN header of type III. */
export const ERSPAN_FRAME = { ETHERNET: 0, IP: 2 } as const;

/** Where each optional field of a GRE header stands, -1 where it is not sent; `end` is that of the whole header. */
export interface GreLayout {
  checksum: number;
  key: number;
  sequence: number;
  acknowledgment: number;
  routing: number;
  end: number;
}

/** The fields that the flags at `off` announce; offsets are `off`'s. They may lie beyond the bytes there are. */
export function greLayout(flags: number, off: number): GreLayout {
  let at = off + 4;
  const take = (present: boolean): number => {
    if (!present) return -1;
    at += 4;
    return at - 4;
  };
  const checksum = take((flags & (CHECKSUM | ROUTING)) !== 0);
  const key = take((flags & KEY) !== 0);
  const sequence = take((flags & SEQUENCE) !== 0);
  const acknowledgment = take((flags & VERSION) === 1 && (flags & ACKNOWLEDGMENT) !== 0);
  return { checksum, key, sequence, acknowledgment, routing: (flags & ROUTING) !== 0 ? at : -1, end: at };
}

/** Bytes of the GRE header at `off`, source routes included; -1 when it is not whole. */
export function greLength(view: DataView, off: number, end: number): number {
  if (end - off < 4) return -1;
  const layout = greLayout(view.getUint16(off), off);
  let at = layout.end;
  if (at > end) return -1;
  if (layout.routing >= 0) {
    // each route says its length in byte 3; an empty one of family 0 ends the list
    for (let last = false; !last; ) {
      if (end - at < 4) return -1;
      const length = view.getUint8(at + 3);
      last = view.getUint16(at) === 0 && length === 0;
      at += 4 + length;
    }
    if (at > end) return -1;
  }
  return at - off;
}

/** Bytes of the ERSPAN header at `off`, of type II or III, which may be more than there are; -1 for an unknown type. */
export function erspanLength(view: DataView, off: number, end: number): number {
  if (end - off < 2) return 8;
  const version = view.getUint8(off) >> 4;
  if (version === 1) return 8;
  if (version !== 2) return -1;
  if (end - off < 12) return 12;
  return (view.getUint16(off + 10) & 1) === 0 ? 12 : 20;
}
