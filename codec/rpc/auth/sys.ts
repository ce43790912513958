/**
 * AUTH_SYS (RFC 5531 appendix A): the caller's own word about who it is.
 */
import { type Infer, xdr } from '../../xdr/index.ts';

/** The credential. `gid` is the first group, `gids` the others. */
export const sysCredential = xdr.struct({
  stamp: xdr.uint(),
  machinename: xdr.string(255),
  uid: xdr.uint(),
  gid: xdr.uint(),
  gids: xdr.varArray(xdr.uint(), 16),
});
export type SysCredential = Infer<typeof sysCredential>;
