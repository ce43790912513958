/**
 * The numbers and names of auth flavors (RFC 5531 section 8.2 and the IANA registry; 3000xx and 3900xx by use).
 */

export const AuthFlavor = {
  NONE: 0,
  SYS: 1,
  SHORT: 2,
  /** also called AUTH_DH */
  DES: 3,
  KERB: 4,
  /** AUTH_RSA in the registry; on the wire it is what GlusterFS before 3.3 sends */
  RSA: 5,
  RPCSEC_GSS: 6,
  TLS: 7,
  /** MIT's AUTH_GSSAPI, the predecessor of RPCSEC_GSS; kadmin spoke it */
  GSSAPI: 300001,
  /** pseudo-flavors: they stand in mount replies, never in a message's own credential */
  KRB5: 390003,
  KRB5I: 390004,
  KRB5P: 390005,
  LIPKEY: 390006,
  LIPKEY_I: 390007,
  LIPKEY_P: 390008,
  SPKM3: 390009,
  SPKM3I: 390010,
  SPKM3P: 390011,
  GLUSTERFS: 390039,
  GLUSTERFS_V3: 390040,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [AuthFlavor.NONE, 'AUTH_NONE'],
  [AuthFlavor.SYS, 'AUTH_SYS'],
  [AuthFlavor.SHORT, 'AUTH_SHORT'],
  [AuthFlavor.DES, 'AUTH_DES'],
  [AuthFlavor.KERB, 'AUTH_KERB'],
  [AuthFlavor.RSA, 'AUTH_RSA'],
  [AuthFlavor.RPCSEC_GSS, 'RPCSEC_GSS'],
  [AuthFlavor.TLS, 'AUTH_TLS'],
  [AuthFlavor.GSSAPI, 'AUTH_GSSAPI'],
  [AuthFlavor.KRB5, 'RPCSEC_GSS_KRB5'],
  [AuthFlavor.KRB5I, 'RPCSEC_GSS_KRB5I'],
  [AuthFlavor.KRB5P, 'RPCSEC_GSS_KRB5P'],
  [AuthFlavor.LIPKEY, 'RPCSEC_GSS_LIPKEY'],
  [AuthFlavor.LIPKEY_I, 'RPCSEC_GSS_LIPKEY_I'],
  [AuthFlavor.LIPKEY_P, 'RPCSEC_GSS_LIPKEY_P'],
  [AuthFlavor.SPKM3, 'RPCSEC_GSS_SPKM3'],
  [AuthFlavor.SPKM3I, 'RPCSEC_GSS_SPKM3I'],
  [AuthFlavor.SPKM3P, 'RPCSEC_GSS_SPKM3P'],
  [AuthFlavor.GLUSTERFS, 'AUTH_GLUSTERFS'],
  [AuthFlavor.GLUSTERFS_V3, 'AUTH_GLUSTERFS_V3'],
]);

/** 'AUTH_SYS', or undefined for a flavor without a name. */
export function flavorName(flavor: number): string | undefined {
  return NAMES.get(flavor);
}
