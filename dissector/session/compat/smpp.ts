/**
 * When tshark's SMPP heuristic, which runs before RPC's, takes a TCP connection for itself: a small first word, a
 * known command in the second and a known status in the third. An RPC record whose first fragment is not the last
 * one looks like that when its xid is a command's number.
 */
import type { Chunk } from './chunk.ts';

const COMMANDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113]);
const RESPONSE = 0x80000000;
const SMALLEST = 16;
const LARGEST = 65_536;

export function looksLikeSmpp(c: Chunk): boolean {
  if (c.wireLen < SMALLEST || c.len < 12) return false;
  const length = c.view.getUint32(c.off);
  if (length < SMALLEST || length > LARGEST) return false;
  const command = c.view.getUint32(c.off + 4);
  if (!COMMANDS.has(command >= RESPONSE ? command - RESPONSE : command) && command !== RESPONSE) return false;
  return c.view.getUint32(c.off + 8) <= 1;
}
