/**
 * Whether a call's credential is one that a server here takes, without decoding it: AUTH_NONE and AUTH_SYS, the
 * latter with the bounds of RFC 5531 appendix A. Neither authorises anything. Never throws.
 */
import { AuthFlavor } from './auth/flavors.ts';
import { AuthStat, type RpcHeader } from './message.ts';

const MAX_MACHINE_NAME = 255;
const MAX_GROUPS = 16;

/**
 * The auth_stat for the credential of a call that came by `transport`, its parsed header `h` pointing into `view`:
 * AUTH_OK or why not. AUTH_NONE's body should be empty and is not looked at (RFC 5531 section 10.1). AUTH_TLS here
 * is a probe that no listener took: a flavor not implemented, but a bad credential where none may be, which is on a
 * procedure other than NULL and inside TLS (RFC 9289 section 4.1).
 */
export function judgeCredential(h: RpcHeader, view: DataView, transport: string): number {
  switch (h.credFlavor) {
    case AuthFlavor.NONE:
      return AuthStat.AUTH_OK;
    case AuthFlavor.SYS:
      return isSysCredential(view, h.credOff, h.credLen) ? AuthStat.AUTH_OK : AuthStat.AUTH_BADCRED;
    case AuthFlavor.TLS:
      return h.procedure !== 0 || transport === 'tls' ? AuthStat.AUTH_BADCRED : AuthStat.AUTH_REJECTEDCRED;
    default:
      return AuthStat.AUTH_REJECTEDCRED;
  }
}

/** stamp, machine name, uid, gid, groups, and nothing else; padding is not looked at. */
function isSysCredential(view: DataView, off: number, length: number): boolean {
  const end = off + length;
  if (length < 20) return false;
  const name = view.getUint32(off + 4);
  if (name > MAX_MACHINE_NAME) return false;
  const groups = off + 8 + ((name + 3) & ~3) + 8;
  if (groups + 4 > end) return false;
  const count = view.getUint32(groups);
  return count <= MAX_GROUPS && groups + 4 + 4 * count === end;
}
