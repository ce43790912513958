/**
 * RPCSEC_GSS (RFC 2203; version 2: RFC 5403; version 3: RFC 7861): the shapes of credential, context set-up and
 * protected bodies. Nothing is verified or decrypted here; `locateGssBody` finds the arguments or results behind
 * a protected body without copying, and never throws.
 */
import { type Infer, xdr } from '../../xdr/index.ts';
import type { Procedure } from '../program.ts';
import { programs } from './rpcsec_gss.gen.ts';

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

/**
 * What a control message carries in place of the arguments and results of the call's own procedure, by the
 * credential's procedure (rpcsec_gss.x); undefined for DATA and for procedures that no version has.
 */
export function gssControl(procedure: number): Procedure | undefined {
  return procedure === GssProcedure.DATA ? undefined : CONTROLS.get(procedure);
}

/**
 * Whether a body of `length` bytes is what its message's service makes of it: in messages that use a context. Those
 * that make and bind one carry theirs in the clear, whatever service the credential names. Of DESTROY, which has no
 * arguments, RFC 2203 leaves it open: libtirpc protects the nothing, Linux does not, and the length tells.
 */
export function gssSealsBody(procedure: number, length: number): boolean {
  if (procedure === GssProcedure.DESTROY) return length > 0;
  return procedure === GssProcedure.DATA || procedure > GssProcedure.BIND_CHANNEL;
}

const CONTROLS: ReadonlyMap<number, Procedure> = new Map(
  programs.flatMap((program) => program.versions.flatMap((v) => v.procedures.map((p) => [p.number, p]))),
);

/** How a security flavor is called that protects by that service, after its mechanism: krb5, krb5i, krb5p. */
const SERVICE_SUFFIX: ReadonlyMap<number, string> = new Map([
  [GssService.NONE, ''],
  [GssService.INTEGRITY, 'i'],
  [GssService.PRIVACY, 'p'],
  [GssService.CHANNEL_PROT, '+channel'],
]);

/** Object identifiers as they stand in a token, tag and length included. */
const SPNEGO = Buffer.from('06062b0601050502', 'hex');
const MECHANISMS: readonly (readonly [name: string, oid: Buffer])[] = [
  ['krb5', Buffer.from('06092a864886f712010202', 'hex')],
  // what Windows calls Kerberos in SPNEGO
  ['krb5', Buffer.from('06092a864882f712010202', 'hex')],
  ['lipkey-', Buffer.from('06062b0601050509', 'hex')],
  ['spkm3', Buffer.from('06072b060105050103', 'hex')],
];

/** A SPNEGO token lists its mechanisms near its beginning. */
const SPNEGO_BYTES = 128;

/**
 * The mechanism of an initial context token (RFC 2743 section 3.1) at buf[off, end), or null. Of the mechanisms
 * that SPNEGO offers the first that is known here: the server may choose another.
 */
export function gssMechanism(buf: Uint8Array, off: number, end: number): string | null {
  if (end - off < 4 || buf[off] !== 0x60) return null;
  const length = buf[off + 1]!;
  const oid = off + 2 + (length >= 0x80 ? length & 0x7f : 0);
  if (oid >= end) return null;
  const token = Buffer.from(buf.buffer, buf.byteOffset + oid, Math.min(end - oid, SPNEGO_BYTES));
  if (startsWith(token, SPNEGO)) return MECHANISMS.find(([, name]) => token.includes(name))?.[0] ?? null;
  return MECHANISMS.find(([, name]) => startsWith(token, name))?.[0] ?? null;
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix);
}

/** `krb5i`: what mount options and exports call the mechanism with that service; null for an unknown service. */
export function gssFlavor(mechanism: string, service: number): string | null {
  const suffix = SERVICE_SUFFIX.get(service);
  return suffix === undefined ? null : `${mechanism}${suffix}`.replace(/-$/, '');
}

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
