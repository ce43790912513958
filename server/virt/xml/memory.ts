/**
 * Amounts of memory as libvirt writes them: a number and a unit, kept as KiB, rounded up. Never throws.
 */

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['b', 1n],
  ['bytes', 1n],
  ['KB', 1000n],
  ['k', 1024n],
  ['KiB', 1024n],
  ['MB', 1_000_000n],
  ['M', 1n << 20n],
  ['MiB', 1n << 20n],
  ['GB', 1_000_000_000n],
  ['G', 1n << 30n],
  ['GiB', 1n << 30n],
  ['TB', 1_000_000_000_000n],
  ['T', 1n << 40n],
  ['TiB', 1n << 40n],
]);

/** No machine has more: 8 EiB, in KiB. */
const MAX_KIB = 1n << 53n;

/** KiB, without a unit KiB already; null where it is no amount, zero, or more than a machine has. */
export function parseMemory(text: string, unit = 'KiB'): bigint | null {
  const bytes = UNITS.get(unit);
  if (bytes === undefined || !/^\d{1,20}$/.test(text)) return null;
  const kib = (BigInt(text) * bytes + 1023n) / 1024n;
  return kib > 0n && kib <= MAX_KIB ? kib : null;
}
