/**
 * GlusterFS's credentials: AUTH_SYS with a process and the owner of its locks. Three of them, under the flavors
 * 5 (before 3.3), 390039 (version 2) and 390040 (version 3).
 */
import { type Infer, xdr } from '../../xdr/index.ts';

/** Flavor 5. The sender's array is fixed, so slots that are not in use may follow: bytes after the value. */
export const glusterCredential1 = xdr.struct({
  lk_owner: xdr.uhyper(),
  pid: xdr.uint(),
  uid: xdr.uint(),
  gid: xdr.uint(),
  gids: xdr.varArray(xdr.uint(), 16),
});
export type GlusterCredential1 = Infer<typeof glusterCredential1>;

export const glusterCredential2 = xdr.struct({
  pid: xdr.int(),
  uid: xdr.uint(),
  gid: xdr.uint(),
  gids: xdr.varArray(xdr.uint()),
  lk_owner: xdr.varOpaque(),
});
export type GlusterCredential2 = Infer<typeof glusterCredential2>;

export const glusterCredential3 = xdr.struct({
  pid: xdr.int(),
  uid: xdr.uint(),
  gid: xdr.uint(),
  flags: xdr.uint(),
  ctime_nsec: xdr.uint(),
  ctime_sec: xdr.uhyper(),
  gids: xdr.varArray(xdr.uint()),
  lk_owner: xdr.varOpaque(),
});
export type GlusterCredential3 = Infer<typeof glusterCredential3>;
