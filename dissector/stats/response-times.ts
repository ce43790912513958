/**
 * Response times summed up as tshark's tables show them: count, least, most, sum; and how a time is printed there.
 */

export class ResponseTimes {
  count = 0;
  minNs = 0;
  maxNs = 0;
  totalNs = 0n;

  add(ns: number): void {
    this.minNs = this.count === 0 ? ns : Math.min(this.minNs, ns);
    this.maxNs = Math.max(this.maxNs, ns);
    this.totalNs += BigInt(ns);
    this.count++;
  }

  get averageNs(): number {
    return this.count === 0 ? 0 : Number(this.totalNs / BigInt(this.count));
  }
}

/** Seconds with six decimals, rounded, in ten columns. */
export function micros(ns: number): string {
  const us = Math.floor((ns + 500) / 1000);
  return `${String(Math.floor(us / 1_000_000)).padStart(3)}.${String(us % 1_000_000).padStart(6, '0')}`;
}

/** Where there is no time to show, in as many columns. */
export const NO_TIME = '-'.padStart(10);
