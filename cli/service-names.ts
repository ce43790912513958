/**
 * What RPC programs are called in /etc/rpc, as rpcinfo shows them. The machine's own file is read where it has one.
 */
import { readFileSync } from 'node:fs';

/** The programs met most often, for machines without the file. */
const COMMON: ReadonlyMap<number, string> = new Map([
  [100000, 'portmapper'],
  [100001, 'rstatd'],
  [100002, 'rusersd'],
  [100003, 'nfs'],
  [100004, 'ypserv'],
  [100005, 'mountd'],
  [100007, 'ypbind'],
  [100008, 'walld'],
  [100011, 'rquotad'],
  [100012, 'sprayd'],
  [100021, 'nlockmgr'],
  [100024, 'status'],
  [100026, 'bootparam'],
  [100227, 'nfs_acl'],
]);

const MAX_LINES = 10_000;

/** The name of a program, undefined for one without. */
export function serviceName(program: number): string | undefined {
  return COMMON.get(program);
}

/** The names in a file of the format of /etc/rpc over the common ones. An unreadable file is no file. */
export function loadServiceNames(path = '/etc/rpc'): ReadonlyMap<number, string> {
  const names = new Map(COMMON);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return names; // most systems without RPC have none
  }
  for (const line of text.split('\n', MAX_LINES)) {
    const match = /^\s*([^\s#]+)\s+(\d{1,10})(?:\s|#|$)/.exec(line);
    if (match !== null) names.set(Number(match[2]), match[1] as string);
  }
  return names;
}

/** The program's number for a name or a number as people write it; null when it is neither. */
export function programNumber(text: string, names: ReadonlyMap<number, string>): number | null {
  if (/^(?:\d{1,10}|0x[0-9A-Fa-f]{1,8})$/.test(text)) {
    const n = Number(text);
    return n <= 0xffffffff ? n : null;
  }
  for (const [number, name] of names) if (name === text) return number;
  return null;
}
