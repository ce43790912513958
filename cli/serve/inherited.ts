/**
 * What a socket handed down by systemd is, before it is listened on: its kind and address, from /proc. Gives a target
 * that the access rules can be asked about; null where nothing can be learnt.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Target } from '../../transport/target.ts';

type Tables = (name: 'unix' | 'tcp' | 'tcp6') => string;

/** The listening socket behind descriptor `fd` of this process, as a target. */
export function inheritedSocket(fd: number): Target | null {
  let link: string;
  try {
    link = readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null; // no such descriptor, or no /proc: nothing is known, nothing is granted
  }
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  return inode === undefined
    ? null
    : findSocket(inode, (name) => readFileSync(`/proc/net/${name}`, 'latin1'));
}

/** Looks a socket up by its inode in the texts of /proc/net. */
export function findSocket(inode: string, table: Tables): Target | null {
  for (const columns of rows(table('unix'))) {
    if (columns[6] === inode) return target('unix', '', 0, columns[7] ?? '');
  }
  for (const name of ['tcp', 'tcp6'] as const) {
    for (const columns of rows(table(name))) {
      if (columns[9] !== inode) continue;
      const [address = '', port = ''] = (columns[1] ?? '').split(':');
      return target('tcp', hostOf(address), Number.parseInt(port, 16), '');
    }
  }
  return null;
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** An address as /proc writes it: 32-bit words in host order, in hex. */
function hostOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    groups.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
  }
  const text = groups.join(':');
  return text === '0:0:0:0:0:0:0:1' ? '::1' : text;
}

function target(kind: 'unix' | 'tcp', host: string, port: number, path: string): Target {
  return { kind, host, port, path, user: '', fd: -1, params: new Map() };
}
