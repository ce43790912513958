/**
 * Credentials and verifiers of every flavor that tshark shows (RFC 5531 section 8, RFC 2203, RFC 2695, AUTH_GSSAPI
 * and Gluster's two). A Cursor checks every read against the message: past its end it throws SHORT, which the RPC
 * walker turns into a malformed node. Lengths found inside a body do not move the cursor beyond that body.
 */

import type { Cursor } from './cursor.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED } from './field.ts';
import { finishLabel } from './format.ts';
import { YES_NO } from './network-names.ts';
import type { Define } from './registry.ts';

export const Flavor = {
  NONE: 0,
  SYS: 1,
  SHORT: 2,
  DES: 3,
  RSA: 5,
  GSS: 6,
  TLS: 7,
  GSSAPI: 300001,
  GLUSTER: 390039,
  GLUSTER_V3: 390040,
} as const;

const FLAVORS = new Map([
  [0, 'AUTH_NULL'],
  [1, 'AUTH_UNIX'],
  [2, 'AUTH_SHORT'],
  [3, 'AUTH_DES'],
  [5, 'AUTH_RSA/Gluster'],
  [6, 'RPCSEC_GSS'],
  [7, 'AUTH_TLS'],
  [300001, 'AUTH_GSSAPI'],
  [390003, 'RPCSEC_GSS_KRB5'],
  [390004, 'RPCSEC_GSS_KRB5I'],
  [390005, 'RPCSEC_GSS_KRB5P'],
  [390006, 'RPCSEC_GSS_LIPKEY'],
  [390007, 'RPCSEC_GSS_LIPKEY_I'],
  [390008, 'RPCSEC_GSS_LIPKEY_P'],
  [390009, 'RPCSEC_GSS_SPKM3'],
  [390010, 'RPCSEC_GSS_SPKM3I'],
  [390011, 'RPCSEC_GSS_SPKM3P'],
  [390039, 'AUTH_GLUSTERFS'],
  [390040, 'AUTH_GLUSTERFS_V3'],
]);
const GSS_PROCEDURES = new Map([
  [0, 'RPCSEC_GSS_DATA'],
  [1, 'RPCSEC_GSS_INIT'],
  [2, 'RPCSEC_GSS_CONTINUE_INIT'],
  [3, 'RPCSEC_GSS_DESTROY'],
  [4, 'RPCSEC_GSS_BIND_CHANNEL'],
  [5, 'RPCSEC_GSS_CREATE'],
  [6, 'RPCSEC_GSS_LIST'],
]);
const GSS_SERVICES = new Map([
  [1, 'rpcsec_gss_svc_none'],
  [2, 'rpcsec_gss_svc_integrity'],
  [3, 'rpcsec_gss_svc_privacy'],
  [4, 'rpcsec_gss_svc_channel_prot'],
]);
const NAMEKINDS = new Map([
  [0, 'ADN_FULLNAME'],
  [1, 'ADN_NICKNAME'],
]);

/** What the rest of the message needs to know of a credential. */
export interface Credential {
  flavor: number;
  gssProcedure: number;
  gssService: number;
  /** AUTH_GSSAPI: the body is an authentication message */
  gssapiMessage: boolean;
}

export type AuthFields = ReturnType<typeof authFields>;

export function authFields(define: Define) {
  const u32 = (name: string, label: string): FieldDef => define(name, label, 'uint32');
  const hex = (name: string, label: string): FieldDef => define(name, label, 'uint32', { base: 'hex' });
  return {
    flavor: define('rpc.auth.flavor', 'Flavor', 'uint32', { strings: FLAVORS }),
    length: u32('rpc.auth.length', 'Length'),
    stamp: hex('rpc.auth.stamp', 'Stamp'),
    machineName: define('rpc.auth.machinename', 'Machine Name', 'string'),
    lockOwner: define('rpc.auth.lk_owner', 'Lock Owner', 'bytes'),
    pid: u32('rpc.auth.pid', 'PID'),
    uid: u32('rpc.auth.uid', 'UID'),
    gid: u32('rpc.auth.gid', 'GID'),
    flags: hex('rpc.auth.flags', 'FLAGS'),
    ctime: define('rpc.auth.ctime', 'CTIME', 'abstime'),
    opaqueLength: u32('rpc.opaque_length', 'length'),
    fillBytes: define('rpc.fill_bytes', 'fill bytes', 'bytes'),
    opaqueData: define('rpc.opaque_data', 'opaque data', 'bytes'),
    gssVersion: u32('rpc.authgss.version', 'GSS Version'),
    gssProcedure: define('rpc.authgss.procedure', 'GSS Procedure', 'uint32', { strings: GSS_PROCEDURES }),
    gssSeqnum: u32('rpc.authgss.seqnum', 'GSS Sequence Number'),
    gssService: define('rpc.authgss.service', 'GSS Service', 'uint32', { strings: GSS_SERVICES }),
    gssContext: define('rpc.authgss.context', 'GSS Context', 'bytes'),
    gssContextLength: u32('rpc.authgss.context.length', 'GSS Context Length'),
    /** ours: tshark leaves it to the eye */
    gssFlavor: define('rpc.authgss.flavor', 'Security flavor', 'string'),
    gssCreated: define('rpc.authgss.context.created_frame', 'Created in frame', 'framenum'),
    gssDestroyed: define('rpc.authgss.context.destroyed_frame', 'Destroyed in frame', 'framenum'),
    gssMajor: u32('rpc.authgss.major', 'GSS Major Status'),
    gssMinor: u32('rpc.authgss.minor', 'GSS Minor Status'),
    gssWindow: u32('rpc.authgss.window', 'GSS Sequence Window'),
    gssTokenLength: u32('rpc.authgss.token_length', 'GSS Token Length'),
    gssToken: define('rpc.authgss.token', 'GSS Token', 'bytes'),
    gssDataLength: u32('rpc.authgss.data.length', 'Length'),
    gssData: define('rpc.authgss.data', 'GSS Data', 'bytes'),
    gssChecksum: define('rpc.authgss.checksum', 'GSS Checksum', 'bytes'),
    gssapiVersion: u32('rpc.authgssapi.version', 'AUTH_GSSAPI Version'),
    gssapiMessage: define('rpc.authgssapi.message', 'AUTH_GSSAPI Message', 'boolean', { strings: YES_NO }),
    gssapiMsgVersion: u32('rpc.authgssapi.msgversion', 'Msg Version'),
    gssapiHandle: define('rpc.authgssapi.handle', 'Client Handle', 'bytes'),
    gssapiIsn: define('rpc.authgssapi.isn', 'Signed ISN', 'bytes'),
    desNamekind: define('rpc.authdes.namekind', 'Namekind', 'uint32', { strings: NAMEKINDS }),
    desNetname: define('rpc.authdes.netname', 'Netname', 'string'),
    desConvkey: define('rpc.authdes.convkey', 'Conversation Key (encrypted)', 'uint64', { base: 'hex' }),
    desWindow: hex('rpc.authdes.window', 'Window (encrypted)'),
    desNickname: hex('rpc.authdes.nickname', 'Nickname'),
    desTimestamp: define('rpc.authdes.timestamp', 'Timestamp (encrypted)', 'uint64', { base: 'hex' }),
    desWindowVerf: hex('rpc.authdes.windowverf', 'Window verifier (encrypted)'),
    desTimeVerf: define('rpc.authdes.timeverf', 'Timestamp verifier (encrypted)', 'uint64', { base: 'hex' }),
  };
}

export interface AuthOptions {
  /**
   * As tshark: lengths are shown rounded up to 4, not as on the wire, and nothing is shown of a body that is not
   * there to its end (docs/differences-from-wireshark.md).
   */
  readonly tshark: boolean;
  /** frames that made and ended a GSS context, 0 where not known; key is the context in hex */
  gssContext(context: string): { readonly created: number; readonly destroyed: number };
  /** `krb5i`: the flavor of the call being walked, by its service; null where its mechanism is not known */
  gssFlavor(service: number): string | null;
}

function pad4(n: number): number {
  return (n + 3) & ~3;
}

/** Bytes of a body with its padding. A length that cannot be is kept as it is, so that the read of it fails. */
function paddedLength(length: number, c: Cursor, options: AuthOptions): number {
  if (!options.tshark) return length > c.left ? length : pad4(length);
  const padded = pad4(length) >>> 0;
  if (length > c.left || 8 + padded > c.left) c.fail(length, 'the body of a credential or verifier');
  return padded;
}

/** The credential of a call. */
export function walkCredential(f: AuthFields, c: Cursor, sink: Sink, options: AuthOptions): Credential {
  const found: Credential = { flavor: 0, gssProcedure: 0, gssService: 0, gssapiMessage: false };
  const start = c.off;
  // as tshark: what cannot be read at all leaves no empty subtree behind
  const flavor = c.peek32(0);
  found.flavor = flavor;
  const length = c.peek32(4);
  const padded = paddedLength(length, c, options);
  sink.openText('Credentials', start, Math.min(8 + padded, c.end - start));
  sink.field(f.flavor, flavor, start, 4);
  sink.field(f.length, options.tshark ? padded : length, start + 4, 4);
  c.off = start + 8;
  walkCredentialBody(f, c, sink, options, found, length, padded);
  c.off = start + 8;
  c.skip(padded);
  sink.close();
  return found;
}

function walkCredentialBody(
  f: AuthFields,
  c: Cursor,
  sink: Sink,
  options: AuthOptions,
  found: Credential,
  length: number,
  padded: number,
): void {
  switch (found.flavor) {
    case Flavor.SYS:
      walkSys(f, c, sink);
      return;
    case Flavor.DES:
      walkDesCredential(f, c, sink);
      return;
    case Flavor.RSA:
      c.bytesField(sink, f.lockOwner, 8);
      c.u32Field(sink, f.pid);
      c.u32Field(sink, f.uid);
      c.u32Field(sink, f.gid);
      walkGids(f, c, sink, c.peek32(0));
      return;
    case Flavor.GLUSTER:
      c.u32Field(sink, f.pid);
      c.u32Field(sink, f.uid);
      c.u32Field(sink, f.gid);
      walkGids(f, c, sink, c.peek32(0));
      walkLockOwner(f, c, sink);
      return;
    case Flavor.GLUSTER_V3:
      walkGlusterV3(f, c, sink);
      return;
    case Flavor.GSS:
      c.u32Field(sink, f.gssVersion);
      found.gssProcedure = c.u32Field(sink, f.gssProcedure);
      c.u32Field(sink, f.gssSeqnum);
      found.gssService = c.u32Field(sink, f.gssService);
      walkGssContext(f, c, sink, options);
      walkGssFlavor(f, sink, options, found.gssService);
      return;
    case Flavor.GSSAPI:
      c.u32Field(sink, f.gssapiVersion);
      found.gssapiMessage = c.peek32(0) !== 0;
      sink.field(f.gssapiMessage, found.gssapiMessage, c.off, 4);
      c.skip(4);
      walkOpaque(f, f.gssapiHandle, c, sink);
      return;
    default:
      if (length > 0) c.bytesField(sink, f.opaqueData, padded);
  }
}

/** The verifier of a call (`reply` false) or of an accepted reply. */
export function walkVerifier(
  f: AuthFields,
  c: Cursor,
  sink: Sink,
  options: AuthOptions,
  reply: boolean,
): number {
  const start = c.off;
  const flavor = c.peek32(0);
  const length = c.peek32(4);
  const padded = paddedLength(length, c, options);
  sink.openText('Verifier', start, Math.min(8 + padded, c.end - start));
  sink.field(f.flavor, flavor, start, 4);
  if (flavor === Flavor.GSS) {
    // the length is shown as part of the token
    c.off = start + 4;
    walkToken(f, f.gssToken, c, sink);
  } else {
    sink.field(f.length, options.tshark ? padded : length, start + 4, 4);
    c.off = start + 8;
    if (flavor === Flavor.DES && length > 0) walkDesVerifier(f, c, sink, reply);
    else if (flavor === Flavor.SYS && length > 0) walkSys(f, c, sink);
    else if (length > 0) c.bytesField(sink, f.opaqueData, padded);
    c.off = start + 8;
    c.skip(padded);
  }
  sink.close();
  return flavor;
}

function walkSys(f: AuthFields, c: Cursor, sink: Sink): void {
  c.u32Field(sink, f.stamp);
  walkString(f, f.machineName, c, sink);
  c.u32Field(sink, f.uid);
  c.u32Field(sink, f.gid);
  walkGids(f, c, sink, c.peek32(0));
}

function walkDesCredential(f: AuthFields, c: Cursor, sink: Sink): void {
  const kind = c.u32Field(sink, f.desNamekind);
  if (kind === 0) {
    walkString(f, f.desNetname, c, sink);
    c.u64Field(sink, f.desConvkey);
    c.u32Field(sink, f.desWindow);
  } else if (kind === 1) {
    c.u32Field(sink, f.desNickname);
  }
}

function walkDesVerifier(f: AuthFields, c: Cursor, sink: Sink, reply: boolean): void {
  c.u64Field(sink, reply ? f.desTimeVerf : f.desTimestamp);
  c.u32Field(sink, reply ? f.desNickname : f.desWindowVerf);
}

function walkGlusterV3(f: AuthFields, c: Cursor, sink: Sink): void {
  c.u32Field(sink, f.pid);
  c.u32Field(sink, f.uid);
  c.u32Field(sink, f.gid);
  c.u32Field(sink, f.flags);
  const sec = c.peek32(0);
  const nsec = c.peek32(4);
  sink.field(f.ctime, BigInt(sec) * 1_000_000_000n + BigInt(nsec), c.off, 8);
  c.skip(8);
  walkGids(f, c, sink, c.peek32(0));
  walkLockOwner(f, c, sink);
}

/** A length word, then that many bytes, not padded. */
function walkLockOwner(f: AuthFields, c: Cursor, sink: Sink): void {
  const length = c.u32();
  c.bytesField(sink, f.lockOwner, length);
}

function walkGids(f: AuthFields, c: Cursor, sink: Sink, count: number): void {
  const start = c.off;
  c.skip(4);
  // a count that cannot fit is refused by the first read past the end, so this loop is bounded by the bytes
  let title = '';
  if (sink.wantsText) {
    const shown: string[] = [];
    for (let i = 0; i < Math.min(count, 16) && c.left >= (i + 1) * 4; i++)
      shown.push(String(c.peek32(i * 4)));
    const more = count > 16 ? '...' : '';
    title = count === 0 ? 'Auxiliary GIDs (0)' : `Auxiliary GIDs (${count}) [${shown.join(', ')}${more}]`;
  }
  sink.openText(title, start, Math.min(4 + count * 4, c.end - start));
  for (let i = 0; i < count; i++) c.u32Field(sink, f.gid);
  sink.close();
}

export function walkGssContext(f: AuthFields, c: Cursor, sink: Sink, options: AuthOptions): void {
  const start = c.off;
  const length = c.peek32(0);
  sink.openText('GSS Context', start, Math.min(4 + length, c.end - start));
  sink.field(f.gssContextLength, length, start, 4);
  c.skip(4);
  const from = c.off;
  c.bytesField(sink, f.gssContext, length);
  c.skip(Math.min(pad4(length) - length, c.left));
  if (length > 0 && (sink.wants(f.gssCreated) || sink.wants(f.gssDestroyed))) {
    const known = options.gssContext(c.buf.toString('hex', from, from + length));
    if (known.created > 0) sink.field(f.gssCreated, known.created, c.start, 0, GENERATED);
    if (known.destroyed > 0) sink.field(f.gssDestroyed, known.destroyed, c.start, 0, GENERATED);
  }
  sink.close();
}

function walkGssFlavor(f: AuthFields, sink: Sink, options: AuthOptions, service: number): void {
  if (options.tshark || !sink.wants(f.gssFlavor)) return;
  const flavor = options.gssFlavor(service);
  if (flavor !== null) sink.field(f.gssFlavor, flavor, 0, 0, GENERATED);
}

/** A counted token with its length word and padding as one value, as tshark shows it. */
export function walkToken(f: AuthFields, def: FieldDef, c: Cursor, sink: Sink): void {
  const length = c.peek32(0);
  const whole = 4 + pad4(length);
  if (length > c.left - 4) c.fail(4 + length, def.name);
  const len = Math.min(whole, c.left);
  sink.openField(def, null, c.off, len);
  sink.field(f.gssTokenLength, length, c.off, 4);
  sink.close();
  c.skip(len);
}

/** A string<>: length, contents, padding, under a heading that repeats the contents. */
function walkString(f: AuthFields, def: FieldDef, c: Cursor, sink: Sink): void {
  const start = c.off;
  const length = c.peek32(0);
  const have = Math.min(length, c.left - 4);
  const cut = have < length ? '<TRUNCATED>' : '';
  const wanted = sink.wantsText || sink.wants(def);
  const value = wanted ? c.buf.toString('utf8', start + 4, start + 4 + have) : '';
  const shown = sink.wantsText ? (length === 0 ? '<EMPTY>' : value + cut) : '';
  sink.openText(
    sink.wantsText ? finishLabel(`${def.label}: ${shown}`, 0) : '',
    start,
    paddedEnd(length, c) - start,
  );
  sink.field(f.opaqueLength, length, start, 4);
  sink.field(def, value, start + 4, have, 0, sink.wantsText ? `contents: ${shown}` : undefined);
  c.skip(4);
  c.skip(length);
  walkFill(f, c, sink, length);
  sink.close();
}

/** An opaque<> under a heading, as tshark shows AUTH_GSSAPI's handle. */
export function walkOpaque(f: AuthFields, def: FieldDef, c: Cursor, sink: Sink): void {
  const start = c.off;
  const length = c.peek32(0);
  const have = Math.min(length, c.left - 4);
  const shown = length === 0 ? '<EMPTY>' : '<DATA>';
  sink.openText(`${def.label}: ${shown}`, start, paddedEnd(length, c) - start);
  sink.field(f.opaqueLength, length, start, 4);
  sink.field(def, null, start + 4, have, 0, `contents: ${shown}`);
  c.skip(4);
  c.skip(length);
  walkFill(f, c, sink, length);
  sink.close();
}

/** Where a counted value with its padding ends, or the message before it. */
function paddedEnd(length: number, c: Cursor): number {
  return length > c.left - 4 ? c.end : Math.min(c.off + 4 + pad4(length), c.end);
}

function walkFill(f: AuthFields, c: Cursor, sink: Sink, length: number): void {
  const fill = pad4(length) - length;
  if (fill > 0) c.bytesField(sink, f.fillBytes, fill, 'fill bytes: opaque data');
}
