/**
 * RPCSEC_GSS (RFC 2203; version 2: RFC 5403; version 3: RFC 7861): the shapes of credential, context set-up and
 * protected bodies. Nothing is verified or decrypted here; `locateGssBody` finds the arguments or results behind
 * a protected body without copying, and never throws.
 */
import { type Infer, xdr } from '../../xdr/index.ts';

export const GssProcedure = {
  DATA: 0,
  INIT: 1,
  CONTINUE_INIT: 2,
  DESTROY: 3,
  /** version 2 */
  BIND_CHANNEL: 4,
  /** version 3 */
  CREATE: 5,
  LIST: 6,
} as const;

export const GssService = {
  NONE: 1,
  INTEGRITY: 2,
  PRIVACY: 3,
  /** version 2: the channel below protects */
  CHANNEL_PROT: 4,
} as const;

/** What all three versions have in common, and all that they have. */
const gssCredentialBody = xdr.struct({
  gss_proc: xdr.uint(),
  seq_num: xdr.uint(),
  service: xdr.uint(),
  handle: xdr.varOpaque(),
});

export const gssCredential = xdr.union(
  ['version', xdr.uint()],
  [xdr.arm([1, 2, 3], 'body', gssCredentialBody)],
);
export type GssCredential = Infer<typeof gssCredential>;

/** Arguments of INIT and CONTINUE_INIT, whatever the call's own procedure. */
export const gssInitArgs = xdr.struct({ gss_token: xdr.varOpaque() });
export type GssInitArgs = Infer<typeof gssInitArgs>;

export const gssInitResult = xdr.struct({
  handle: xdr.varOpaque(),
  gss_major: xdr.uint(),
  gss_minor: xdr.uint(),
  seq_window: xdr.uint(),
  gss_token: xdr.varOpaque(),
});
export type GssInitResult = Infer<typeof gssInitResult>;

/** Service integrity. `databody_integ` is a sequence number with the arguments or results behind it. */
export const gssIntegrityBody = xdr.struct({
  databody_integ: xdr.varOpaque(),
  checksum: xdr.varOpaque(),
});

/** Service privacy: a wrap token. */
export const gssPrivacyBody = xdr.struct({ databody_priv: xdr.varOpaque() });

/**
 * Where things lie in the body of a DATA message; offsets are those of the view. What was not reached, or is not
 * in the clear, is -1; lengths are the wire's, without padding.
 */
export interface GssBody {
  /** false: the bytes end, or a length leads, beyond `end` */
  complete: boolean;
  /** the data body (integrity, privacy); -1 for the other services */
  dataOff: number;
  dataLen: number;
  seqNum: number;
  /** arguments or results in the clear: [argsOff, argsEnd), never beyond `end`; both -1 under privacy */
  argsOff: number;
  argsEnd: number;
  checksumOff: number;
  checksumLen: number;
}

export function newGssBody(): GssBody {
  return {
    complete: false,
    dataOff: -1,
    dataLen: -1,
    seqNum: -1,
    argsOff: -1,
    argsEnd: -1,
    checksumOff: -1,
    checksumLen: -1,
  };
}

/**
 * Finds the parts of the body at [off, end) of a message whose credential names `service`, into `out`. A service
 * without a number here is taken as none: the arguments are the body.
 */
export function locateGssBody(
  view: DataView,
  off: number,
  end: number,
  service: number,
  out: GssBody,
): GssBody {
  out.complete = false;
  out.dataOff = -1;
  out.dataLen = -1;
  out.seqNum = -1;
  out.argsOff = -1;
  out.argsEnd = -1;
  out.checksumOff = -1;
  out.checksumLen = -1;
  if (service !== GssService.INTEGRITY && service !== GssService.PRIVACY) {
    out.argsOff = off;
    out.argsEnd = end;
    out.complete = true;
    return out;
  }
  if (end - off < 4) return out;
  out.dataLen = view.getUint32(off);
  out.dataOff = off + 4;
  const dataEnd = out.dataOff + out.dataLen;
  const next = out.dataOff + 4 * Math.ceil(out.dataLen / 4);
  if (service === GssService.PRIVACY) {
    out.complete = next <= end;
    return out;
  }
  if (out.dataLen < 4 || end - out.dataOff < 4) return out;
  out.seqNum = view.getUint32(out.dataOff);
  out.argsOff = out.dataOff + 4;
  out.argsEnd = Math.min(dataEnd, end);
  if (end - next < 4) return out;
  out.checksumLen = view.getUint32(next);
  out.checksumOff = next + 4;
  out.complete = out.checksumOff + 4 * Math.ceil(out.checksumLen / 4) <= end;
  return out;
}
