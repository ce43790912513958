/**
 * Credentials and verifiers by flavor: which XDR type is in the bytes. Decoding throws XdrError as codec/xdr does;
 * a flavor without a shape (NONE, SHORT, TLS, unknown ones) has no type, and its bytes are all there is.
 */
import { type CodecOptions, codecOf, type XdrType } from '../../xdr/index.ts';
import type { OpaqueAuth } from '../message.ts';
import { desCallVerifier, desCredential, desReplyVerifier } from './des.ts';
import { AuthFlavor } from './flavors.ts';
import { glusterCredential1, glusterCredential2, glusterCredential3 } from './gluster.ts';
import { gssCredential } from './gss.ts';
import { gssapiCredential } from './gssapi.ts';
import { sysCredential } from './sys.ts';

const CREDENTIALS: ReadonlyMap<number, XdrType> = new Map<number, XdrType>([
  [AuthFlavor.SYS, sysCredential],
  [AuthFlavor.DES, desCredential],
  [AuthFlavor.RSA, glusterCredential1],
  [AuthFlavor.RPCSEC_GSS, gssCredential],
  [AuthFlavor.GSSAPI, gssapiCredential],
  [AuthFlavor.GLUSTERFS, glusterCredential2],
  [AuthFlavor.GLUSTERFS_V3, glusterCredential3],
]);

/** The type of a credential's bytes, null where they have no structure. */
export function credentialType(flavor: number): XdrType | null {
  return CREDENTIALS.get(flavor) ?? null;
}

/** The type of a verifier's bytes in calls and in replies; null where they have no structure, as in RPCSEC_GSS. */
export function verifierType(flavor: number, of: 'call' | 'reply'): XdrType | null {
  if (flavor !== AuthFlavor.DES) return null;
  return of === 'call' ? desCallVerifier : desReplyVerifier;
}

/** A credential's value, undefined for a flavor without a shape. Throws XdrError for bytes that are not one. */
export function decodeCredential(auth: OpaqueAuth, options: CodecOptions = {}): unknown {
  const type = credentialType(auth.flavor);
  if (type === null) return undefined;
  const allowTrailing = auth.flavor === AuthFlavor.RSA || options.allowTrailing === true;
  return codecOf(type, { ...options, allowTrailing }).decode(auth.body);
}

/** A credential from its value. Throws XdrError for a value that is not one, TypeError for a flavor without a shape. */
export function encodeCredential(flavor: number, value: unknown): OpaqueAuth {
  const type = credentialType(flavor);
  if (type === null) throw new TypeError(`flavor ${flavor} has no shape`);
  return { flavor, body: codecOf(type).encode(value) };
}
