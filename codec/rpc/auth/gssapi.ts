/**
 * MIT's AUTH_GSSAPI, flavor 300001, which came before RPCSEC_GSS. Its set-up messages travel as the arguments and
 * results of calls whose credential has `auth_msg` set. Nothing is verified or decrypted here.
 */
import { type Infer, xdr } from '../../xdr/index.ts';

export const gssapiCredential = xdr.struct({
  version: xdr.uint(),
  auth_msg: xdr.bool(),
  client_handle: xdr.varOpaque(),
});
export type GssapiCredential = Infer<typeof gssapiCredential>;

/** Arguments of a call with `auth_msg`. */
export const gssapiInitArgs = xdr.struct({
  version: xdr.uint(),
  token: xdr.varOpaque(),
});
export type GssapiInitArgs = Infer<typeof gssapiInitArgs>;

/** Results of such a call. */
export const gssapiInitResult = xdr.struct({
  version: xdr.uint(),
  client_handle: xdr.varOpaque(),
  gss_major: xdr.uint(),
  gss_minor: xdr.uint(),
  token: xdr.varOpaque(),
  signed_isn: xdr.varOpaque(),
});
export type GssapiInitResult = Infer<typeof gssapiInitResult>;
