/**
 * tshark's SMPP heuristic, which runs before RPC's and takes a TCP connection for itself: a small first word, a
 * known command in the second and a known status in the third. An RPC record whose first fragment is not the last
 * one looks like that when its xid is a command's number. Then SMPP also asks for the bytes that it believes in.
 */
import { type Chunk, tail } from './chunk.ts';

const COMMANDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113]);
const RESPONSE = 0x80000000;
const HEADER = 16;
const LARGEST = 65_536;

/** `readSmpp` wants the whole next segment, however long. */
export const ONE_MORE_SEGMENT = 0x0fffffff;

export function looksLikeSmpp(c: Chunk): boolean {
  if (c.wireLen < HEADER || c.len < 12) return false;
  const length = c.view.getUint32(c.off);
  if (length < HEADER || length > LARGEST) return false;
  const command = c.view.getUint32(c.off + 4);
  if (!COMMANDS.has(command >= RESPONSE ? command - RESPONSE : command) && command !== RESPONSE) return false;
  return c.view.getUint32(c.off + 8) <= 1;
}

/** Where SMPP's reading of `c` stops for want of bytes, and how many it wants; null when it wants none. */
export function readSmpp(c: Chunk): { readonly offset: number; readonly more: number } | null {
  let offset = 0;
  while (offset < c.len) {
    const rest = tail(c, offset);
    if (rest.len < HEADER) return { offset, more: ONE_MORE_SEGMENT };
    const length = rest.view.getUint32(rest.off);
    if (length === 0) return { offset, more: ONE_MORE_SEGMENT };
    if (length < HEADER) return null;
    if (rest.len < length) return { offset, more: length - rest.len };
    offset += length;
  }
  return null;
}
