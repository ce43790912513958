/**
 * How many descriptors this process may have open, as far as it can be found out. Never throws.
 */
import { readFileSync } from 'node:fs';

const LINE = /^Max open files\s+(\d+|unlimited)\s/m;

/** The soft limit; null where it is unlimited or cannot be read (no /proc). */
export function descriptorLimit(): number | null {
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return null; // no Linux: nothing to be had without a process report, which takes long
  }
  return parseLimits(text);
}

/** The soft limit in the text of /proc/PID/limits. */
export function parseLimits(text: string): number | null {
  const value = LINE.exec(text)?.[1];
  return value === undefined || value === 'unlimited' ? null : Number(value);
}
