/** What Linux says of the timers of a TCP connection of this machine. */
import { readFileSync } from 'node:fs';

/**
 * When TCP will next ask whether the other side is there, of the IPv4 loopback socket with these ports, in hundredths
 * of a second; null where it never will. Throws where there is no such socket.
 */
export function keepaliveLeft(localPort: number, remotePort: number): number | null {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const ends = `0100007F:${hex(localPort)} 0100007F:${hex(remotePort)}`;
  const line = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .find((text) => text.includes(ends));
  const timer = / (\d\d):([0-9A-F]{8}) /.exec(line?.split(ends)[1] ?? '');
  if (timer === null) throw new Error(`no socket ${ends}`);
  return timer[1] === '02' ? Number.parseInt(timer[2] as string, 16) : null;
}
