/**
 * A universal address as the struct sockaddr of this machine, and back: what UADDR2TADDR and TADDR2UADDR carry. Only
 * IP addresses; what is none gives null.
 */
import { endianness } from 'node:os';
import { parseUniversalAddress, universalAddress } from '../../codec/rpc/universal-address.ts';

// As Linux has them: sa_family in host order, the rest in network order.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
const LITTLE = endianness() === 'LE';

export function toSocketAddress(text: string): Uint8Array | null {
  const at = parseUniversalAddress(text);
  if (at === null) return null;
  const groups = at.host.includes(':') ? ipv6Groups(at.host) : null;
  const out = new Uint8Array(groups === null ? SOCKADDR_IN : SOCKADDR_IN6);
  const view = new DataView(out.buffer);
  view.setUint16(0, groups === null ? AF_INET : AF_INET6, LITTLE);
  view.setUint16(2, at.port);
  if (groups === null) out.set(at.host.split('.').map(Number), 4);
  else for (const [i, group] of groups.entries()) view.setUint16(8 + 2 * i, group);
  return out;
}

export function fromSocketAddress(bytes: Uint8Array): string | null {
  if (bytes.length < 2) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, LITTLE);
  if (family === AF_INET && bytes.length >= 8) {
    return universalAddress(bytes.subarray(4, 8).join('.'), view.getUint16(2));
  }
  if (family === AF_INET6 && bytes.length >= 24) {
    const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
    return universalAddress(ipv6Text(groups), view.getUint16(2));
  }
  return null;
}

/** The eight groups of a valid address; a zone is left out. */
function ipv6Groups(host: string): number[] {
  const plain = host.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const words = (part: string | undefined) =>
    part ? part.split(':').map((word) => Number.parseInt(word, 16)) : [];
  const [first, last] = [words(head), words(tail)];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** The longest run of zeros as `::` (RFC 5952). */
function ipv6Text(groups: readonly number[]): string {
  const words = groups.map((group) => group.toString(16));
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (start < 0) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}
