/**
 * The source ports below 1024 that some servers demand, in the order bindresvport tries them. Only root may bind them.
 */

const FIRST = 1023;
/** Below it well-known services get more frequent. */
const LAST = 600;

export function reservedPorts(): number[] {
  return Array.from({ length: FIRST - LAST + 1 }, (_, i) => FIRST - i);
}
