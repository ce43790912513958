/**
 * Universal addresses (RFC 5665): an IP address and a port as rpcbind writes them, `127.0.0.1.0.111` or
 * `::1.0.111`, and which network identifiers they belong to. What is no such address gives null; nothing throws.
 */

/** Network identifiers that carry RPC over IP, with the protocol number that the port mapper knows (0: none). */
export const NETIDS = {
  tcp: { protocol: 6, family: 4 },
  udp: { protocol: 17, family: 4 },
  tcp6: { protocol: 6, family: 6 },
  udp6: { protocol: 17, family: 6 },
} as const;
export type Netid = keyof typeof NETIDS;

export function isNetid(text: string): text is Netid {
  return Object.hasOwn(NETIDS, text);
}

/** A host as text, without brackets, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Longest text that is looked at: an IPv6 address with a zone, and a port. */
const LONGEST = 128;

/** The host and port in a universal address, null for what is none (a UNIX path, a name, an empty string). */
export function parseUniversalAddress(text: string): HostPort | null {
  if (text.length > LONGEST) return null;
  const match = /^(.+)\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const host = match[1] as string;
  const high = Number(match[2]);
  const low = Number(match[3]);
  if (high > 255 || low > 255 || !(isIpv4(host) || isIpv6(host))) return null;
  return { host, port: high * 256 + low };
}

/** The universal address of a host and port; null when the host is no IP address or the port is none. */
export function universalAddress(host: string, port: number): string | null {
  if (!Number.isInteger(port) || port < 0 || port > 65535 || !(isIpv4(host) || isIpv6(host))) return null;
  return `${host}.${port >>> 8}.${port & 255}`;
}

/** Whether a host means every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || (isIpv6(host) && !/[1-9a-fA-F]/.test(host.replace(/%.*$/, '')));
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  );
}

/** An IPv6 address as text (RFC 4291 section 2.2), with or without a zone. */
export function isIpv6(text: string): boolean {
  const match = /^([0-9A-Fa-f:.]{2,45})(?:%[0-9A-Za-z_.-]{1,32})?$/.exec(text);
  if (match === null) return false;
  const halves = (match[1] as string).split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half, i) => countGroups(half, i === halves.length - 1));
  if (groups.includes(-1)) return false;
  const total = groups.reduce((sum, n) => sum + n, 0);
  return halves.length === 2 ? total <= 7 : total === 8;
}

/** How many 16-bit groups a part between `::` stands for; -1 when it is none. An IPv4 tail counts two. */
function countGroups(part: string, isLast: boolean): number {
  if (part === '') return 0;
  const words = part.split(':');
  const tail = words.at(-1) as string;
  const dotted = isLast && tail.includes('.');
  if (dotted && !isIpv4(tail)) return -1;
  const plain = dotted ? words.slice(0, -1) : words;
  if (!plain.every((word) => /^[0-9A-Fa-f]{1,4}$/.test(word))) return -1;
  return plain.length + (dotted ? 2 : 0);
}
