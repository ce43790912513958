/**
 * AUTH_DES, also called AUTH_DH (RFC 2695): DES-encrypted time stamps under a Diffie-Hellman key. Nothing is
 * decrypted here.
 */
import { type Infer, xdr } from '../../xdr/index.ts';

/** A full network name begins a session; the nickname that the server gave for it continues one. */
export const DesNameKind = { FULLNAME: 0, NICKNAME: 1 } as const;

const fullName = xdr.struct({
  netname: xdr.string(255),
  /** the conversation key, encrypted */
  convkey: xdr.uhyper(),
  /** how long it lives, encrypted */
  window: xdr.uint(),
});

export const desCredential = xdr.union(
  ['namekind', xdr.enumeration({ ADN_FULLNAME: DesNameKind.FULLNAME, ADN_NICKNAME: DesNameKind.NICKNAME })],
  [
    xdr.arm([DesNameKind.FULLNAME], 'fullname', fullName),
    xdr.arm([DesNameKind.NICKNAME], 'nickname', xdr.uint()),
  ],
);
export type DesCredential = Infer<typeof desCredential>;

export const desCallVerifier = xdr.struct({
  timestamp: xdr.uhyper(),
  windowverf: xdr.uint(),
});
export type DesCallVerifier = Infer<typeof desCallVerifier>;

export const desReplyVerifier = xdr.struct({
  timeverf: xdr.uhyper(),
  nickname: xdr.uint(),
});
export type DesReplyVerifier = Infer<typeof desReplyVerifier>;
