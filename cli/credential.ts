/**
 * The credential that `--auth` names: none, or AUTH_SYS with this process's own user, groups and host name.
 */
import { hostname } from 'node:os';
import { AuthFlavor, type OpaqueAuth, sysCredential } from '../codec/rpc/index.ts';
import { codecOf } from '../codec/xdr/index.ts';

/** RFC 5531 appendix A. */
const MAX_GROUPS = 16;
const MAX_NAME_BYTES = 255;

export const AUTH_CHOICES = ['none', 'sys'] as const;

/** Undefined for `none`: the default of every caller. */
export function credentialFor(auth: string): OpaqueAuth | undefined {
  if (auth !== 'sys') return undefined;
  const body = codecOf(sysCredential).encode({
    stamp: Math.floor(Date.now() / 1000) >>> 0,
    machinename: hostname().slice(0, MAX_NAME_BYTES),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    gids: (process.getgroups?.() ?? []).slice(0, MAX_GROUPS),
  });
  return { flavor: AuthFlavor.SYS, body };
}
