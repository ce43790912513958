/**
 * The oracle for memory that is not the caller's: the server is first sent valid calls full of one byte, from another
 * connection, then the case; then the same with another byte. A reply that holds the bytes of the first call, or that
 * changes with them and with nothing else, is a finding. Deterministic but for what the server does.
 */
import { encodeRecord } from '../codec/rpc/index.ts';
import type { FuzzCase, PlanOptions } from './plan.ts';
import { patternCall } from './plan.ts';
import type { Probe } from './probe.ts';

/** What the priming calls are full of: printable, so that strings hold them too. */
export const PATTERNS = [0x55, 0x2a] as const;

/** So many of one in a row are no accident. */
const RUN = 8;

export interface Taint {
  readonly detail: string;
  /** the last priming call and the reply it came back in */
  readonly prime: Uint8Array;
  readonly reply: Uint8Array;
}

/** Primes and sends; null when the reply is the same whatever came before it. */
export async function findTaint(probe: Probe, one: FuzzCase, options: PlanOptions): Promise<Taint | null> {
  const [first, second] = PATTERNS;
  const a = await primed(probe, one, first, options);
  const b = await primed(probe, one, second, options);
  for (const [pattern, seen] of [
    [first, a],
    [second, b],
  ] as const) {
    const at = seen.reply === null || hasRun(one.bytes, pattern) ? -1 : runAt(seen.reply, pattern);
    if (at >= 0) {
      const n = runLength(seen.reply as Uint8Array, at);
      const detail = `the reply holds ${n} bytes of a message that another connection sent before`;
      return { detail, prime: seen.prime, reply: seen.reply as Uint8Array };
    }
  }
  if (a.reply === null || b.reply === null || sameBody(a.reply, b.reply)) return null;
  // Replies may differ by themselves (times, counters): only what comes back with its pattern is of the pattern.
  const again = await primed(probe, one, first, options);
  if (again.reply === null || !sameBody(again.reply, a.reply)) return null;
  const detail = 'the reply changes with what another connection sent before';
  return { detail, prime: b.prime, reply: b.reply };
}

async function primed(
  probe: Probe,
  one: FuzzCase,
  pattern: number,
  options: PlanOptions,
): Promise<{ prime: Uint8Array; reply: Uint8Array | null }> {
  const prime = patternCall(one.procedure, pattern, options);
  new DataView(prime.buffer).setUint32(0, PRIME_XID + pattern);
  const bytes = options.stream ? encodeRecord(prime) : prime;
  await probe.alone(bytes, PRIME_XID + pattern, true, true);
  const { reply } = await probe.alone(one.bytes, one.xid, true, true);
  return { prime: bytes, reply };
}

const PRIME_XID = 0x7a000000;

function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => i < 4 || byte === b[i]);
}

function hasRun(bytes: Uint8Array, byte: number): boolean {
  return runAt(bytes, byte) >= 0;
}

/** Where `RUN` of a byte stand, or -1. */
function runAt(bytes: Uint8Array, byte: number): number {
  for (let i = 0, run = 0; i < bytes.length; i++) {
    run = bytes[i] === byte ? run + 1 : 0;
    if (run === RUN) return i - RUN + 1;
  }
  return -1;
}

function runLength(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] === bytes[at]) end++;
  return end - at;
}
