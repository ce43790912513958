/**
 * pcapng timestamps: a 64-bit count of an interface's units since the epoch, to seconds and nanoseconds, exactly.
 */
import type { Packet } from './packet.ts';

const TWO_32 = 4294967296;

/** An interface's clock. */
export interface Clock {
  /** units in a second, null when it cannot be expressed (times are then 0) */
  readonly unitsPerSecond: bigint | null;
  /** seconds to add */
  readonly offset: bigint;
  /** nanoseconds in a unit, when the resolution is 10^-n with n ≤ 9; else 0 */
  readonly nanosPerUnit: number;
  /** the same as numbers, for the fast path */
  readonly units: number;
  readonly offsetNumber: number;
}

/** `resolution` as in if_tsresol: 10^-n, or with the top bit set 2^-n; beyond 10^-19 and 2^-63 there is no clock. */
export function makeClock(resolution: number, offset: bigint): Clock {
  const exponent = resolution & 0x7f;
  const binary = (resolution & 0x80) !== 0;
  const possible = exponent <= (binary ? 63 : 19);
  const unitsPerSecond = possible ? (binary ? 2n : 10n) ** BigInt(exponent) : null;
  const fast = possible && !binary && exponent <= 9;
  return {
    unitsPerSecond,
    offset,
    nanosPerUnit: fast ? 10 ** (9 - exponent) : 0,
    units: fast ? 10 ** exponent : 0,
    offsetNumber: Number(offset),
  };
}

/** Sets the packet's time from the two halves of a timestamp. */
export function setTime(packet: Packet, clock: Clock, high: number, low: number): void {
  packet.hasTime = true;
  const { units } = clock;
  if (units > 0) {
    // Long division in steps whose remainders stay exact: each is below 10^9 × 2^16.
    const first = high % units;
    const second = first * 65536 + (low >>> 16);
    const third = (second % units) * 65536 + (low & 0xffff);
    packet.sec =
      Math.floor(high / units) * TWO_32 +
      Math.floor(second / units) * 65536 +
      Math.floor(third / units) +
      clock.offsetNumber;
    packet.nsec = (third % units) * clock.nanosPerUnit;
    return;
  }
  const { unitsPerSecond } = clock;
  if (unitsPerSecond === null) {
    packet.sec = clock.offsetNumber;
    packet.nsec = 0;
    return;
  }
  const time = (BigInt(high) << 32n) | BigInt(low);
  packet.sec = Number(time / unitsPerSecond + clock.offset);
  packet.nsec = Number(((time % unitsPerSecond) * 1_000_000_000n) / unitsPerSecond);
}
