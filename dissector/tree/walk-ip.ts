/**
 * IPv4 (RFC 791) with its options and reassembled fragments. The network layers checked the header length against
 * the bytes captured; option lengths are checked here. Nothing throws.
 */
import { ipv4Text } from '../network/address.ts';
import type { Frame, LayerRange } from '../network/frame.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import { hexText } from './format.ts';
import { CHECKSUM_STATUS, DSCP_LONG, dsText, ECN_LONG, IP_PROTOCOLS, SET_NOT_SET } from './network-names.ts';
import type { Define } from './registry.ts';
import { type FragmentFields, fragmentFields, walkFragments, wantsFragments } from './walk-fragments.ts';

const UNVERIFIED = 2;

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'End of Options List (EOL)'],
  [1, 'No Operation (NOP)'],
  [7, 'Record Route'],
  [68, 'Time Stamp'],
  [130, 'Security'],
  [131, 'Loose Source Route'],
  [134, 'Commercial Security'],
  [136, 'Stream ID'],
  [137, 'Strict Source Route'],
  [148, 'Router Alert'],
]);

export type IpFields = ReturnType<typeof ipFields>;

export function ipFields(define: Define) {
  const fragments: FragmentFields = fragmentFields(define, 'ip', 'IPv4');
  return {
    proto: define('ip', 'Internet Protocol Version 4', 'protocol'),
    version: define('ip.version', 'Version', 'uint8'),
    hdrLen: define('ip.hdr_len', 'Header Length', 'uint8'),
    dsfield: define('ip.dsfield', 'Differentiated Services Field', 'uint8', { base: 'hex' }),
    dscp: define('ip.dsfield.dscp', 'Differentiated Services Codepoint', 'uint8', {
      mask: 0xfc,
      strings: DSCP_LONG,
    }),
    ecn: define('ip.dsfield.ecn', 'Explicit Congestion Notification', 'uint8', {
      mask: 0x03,
      strings: ECN_LONG,
    }),
    len: define('ip.len', 'Total Length', 'uint16'),
    id: define('ip.id', 'Identification', 'uint16', { base: 'hex_dec' }),
    flags: define('ip.flags', 'Flags', 'uint8', { base: 'hex', mask: 0xe0 }),
    rb: define('ip.flags.rb', 'Reserved bit', 'boolean', { mask: 0x80, bits: 8, strings: SET_NOT_SET }),
    df: define('ip.flags.df', "Don't fragment", 'boolean', { mask: 0x40, bits: 8, strings: SET_NOT_SET }),
    mf: define('ip.flags.mf', 'More fragments', 'boolean', { mask: 0x20, bits: 8, strings: SET_NOT_SET }),
    fragOffset: define('ip.frag_offset', 'Fragment Offset', 'uint16', { mask: 0x1fff }),
    ttl: define('ip.ttl', 'Time to Live', 'uint8'),
    proto8: define('ip.proto', 'Protocol', 'uint8', { strings: IP_PROTOCOLS }),
    checksum: define('ip.checksum', 'Header Checksum', 'uint16', { base: 'hex' }),
    checksumStatus: define('ip.checksum.status', 'Header checksum status', 'uint8', {
      strings: CHECKSUM_STATUS,
    }),
    src: define('ip.src', 'Source Address', 'ipv4'),
    addr: define('ip.addr', 'Source or Destination Address', 'ipv4'),
    srcHost: define('ip.src_host', 'Source Host', 'string'),
    host: define('ip.host', 'Source or Destination Host', 'string'),
    dst: define('ip.dst', 'Destination Address', 'ipv4'),
    dstHost: define('ip.dst_host', 'Destination Host', 'string'),
    optType: define('ip.opt.type', 'Type', 'uint8', { strings: OPTION_NAMES }),
    optLen: define('ip.opt.len', 'Length', 'uint8'),
    fragments,
  };
}

/** Whether a sink wants more of IPv4 than the addresses. */
export function wantsIpHeader(f: IpFields, sink: Sink): boolean {
  const { fragments, ...own } = f;
  const shallow: readonly FieldDef[] = [f.proto, f.src, f.dst, f.addr, f.srcHost, f.dstHost, f.host];
  if (wantsLabels(sink) || wantsFragments(fragments, sink)) return true;
  return Object.values(own).some((def) => !shallow.includes(def) && sink.wants(def));
}

/** `whole` false: the addresses are enough. */
export function walkIp(f: IpFields, frame: Frame, r: LayerRange, sink: Sink, whole: boolean): void {
  if (whole) {
    walkHeader(f, frame, r, sink);
    return;
  }
  sink.openProtocol(f.proto, r.off, r.payload - r.off, '');
  walkAddresses(f, r, sink);
  sink.close();
}

function walkAddresses(f: IpFields, r: LayerRange, sink: Sink): void {
  walkAddress(f.src, f.srcHost, f, r.buf, r.off + 12, sink);
  walkAddress(f.dst, f.dstHost, f, r.buf, r.off + 16, sink);
}

function walkHeader(f: IpFields, frame: Frame, r: LayerRange, sink: Sink): void {
  const { buf, view, off } = r;
  const headerLen = r.payload - off;
  const text = wantsLabels(sink);
  const title = text
    ? `Internet Protocol Version 4, Src: ${ipv4Text(buf, off + 12)}, Dst: ${ipv4Text(buf, off + 16)}`
    : '';
  const first = buf[off] ?? 0;
  sink.openProtocol(f.proto, off, headerLen, title);
  sink.field(
    f.version,
    first >> 4,
    off,
    1,
    0,
    text ? `${(first >> 4).toString(2).padStart(4, '0')} .... = Version: ${first >> 4}` : undefined,
  );
  sink.field(
    f.hdrLen,
    (first & 15) * 4,
    off,
    1,
    0,
    text
      ? `.... ${(first & 15).toString(2).padStart(4, '0')} = Header Length: ${headerLen} bytes (${first & 15})`
      : undefined,
  );
  const ds = buf[off + 1] ?? 0;
  sink.openField(
    f.dsfield,
    ds,
    off + 1,
    1,
    0,
    text ? `${f.dsfield.label}: ${hexText('uint8', ds)} (${dsText(ds)})` : undefined,
  );
  sink.field(f.dscp, ds >> 2, off + 1, 1);
  sink.field(f.ecn, ds & 3, off + 1, 1);
  sink.close();
  sink.field(f.len, view.getUint16(off + 2), off + 2, 2);
  sink.field(f.id, view.getUint16(off + 4), off + 4, 2);
  walkFlags(f, buf[off + 6] ?? 0, off, sink);
  const fragOffset = view.getUint16(off + 6) & 0x1fff;
  sink.field(f.fragOffset, fragOffset, off + 6, 2, 0, text ? offsetText(fragOffset) : undefined);
  sink.field(f.ttl, buf[off + 8] ?? 0, off + 8, 1);
  sink.field(f.proto8, buf[off + 9] ?? 0, off + 9, 1);
  const sum = view.getUint16(off + 10);
  sink.field(
    f.checksum,
    sum,
    off + 10,
    2,
    0,
    text ? `Header Checksum: ${hexText('uint16', sum)} [validation disabled]` : undefined,
  );
  sink.field(
    f.checksumStatus,
    UNVERIFIED,
    off + 10,
    0,
    GENERATED,
    text ? '[Header checksum status: Unverified]' : undefined,
  );
  walkAddresses(f, r, sink);
  if (headerLen > 20) walkOptions(f, r, sink);
  if (r.fragmentFrames !== null && wantsFragments(f.fragments, sink)) {
    walkFragments(f.fragments, frame, r, sink);
  }
  sink.close();
}

function walkFlags(f: IpFields, byte: number, off: number, sink: Sink): void {
  const bits = byte >> 5;
  let label: string | undefined;
  if (wantsLabels(sink)) {
    const names: string[] = [];
    if (byte & 0x40) names.push("Don't fragment");
    if (byte & 0x20) names.push('More fragments');
    const tail = names.length > 0 ? `, ${names.join(', ')}` : '';
    label = `${bits.toString(2).padStart(3, '0')}. .... = Flags: 0x${bits.toString(16)}${tail}`;
  }
  sink.openField(f.flags, bits, off + 6, 1, 0, label);
  sink.field(f.rb, (byte & 0x80) !== 0, off + 6, 1);
  sink.field(f.df, (byte & 0x40) !== 0, off + 6, 1);
  sink.field(f.mf, (byte & 0x20) !== 0, off + 6, 1);
  sink.close();
}

/** The field counts in units of eight bytes, its label in bytes. */
function offsetText(units: number): string {
  const bits = units.toString(2).padStart(13, '0');
  const groups = `${bits.slice(0, 1)} ${bits.slice(1, 5)} ${bits.slice(5, 9)} ${bits.slice(9)}`;
  return `...${groups} = Fragment Offset: ${units * 8}`;
}

function walkAddress(
  def: FieldDef,
  hostDef: FieldDef,
  f: IpFields,
  buf: Buffer,
  off: number,
  sink: Sink,
): void {
  sink.field(def, null, off, 4);
  sink.field(f.addr, null, off, 4, HIDDEN);
  const host = sink.wants(hostDef) || sink.wants(f.host) ? ipv4Text(buf, off) : '';
  sink.field(hostDef, host, off, 4, GENERATED | HIDDEN);
  sink.field(f.host, host, off, 4, GENERATED | HIDDEN);
}

function walkOptions(f: IpFields, r: LayerRange, sink: Sink): void {
  const end = r.payload;
  sink.openText(`Options: (${end - r.off - 20} bytes)`, r.off + 20, end - r.off - 20);
  let at = r.off + 20;
  while (at < end) {
    const type = r.buf[at] ?? 0;
    const single = type < 2;
    const declared = single ? 1 : (r.buf[at + 1] ?? 0);
    // a length that does not fit ends the walk: nothing after it can be trusted
    const bad = !single && (at + 1 >= end || declared < 2 || at + declared > end);
    const len = bad ? end - at : declared;
    sink.openText(`IP Option - ${OPTION_NAMES.get(type) ?? `Unknown (${type})`} (${len} bytes)`, at, len);
    sink.field(f.optType, type, at, 1);
    if (!single && at + 1 < end) sink.field(f.optLen, declared, at + 1, 1);
    sink.close();
    if (type === 0) break;
    at += len;
  }
  sink.close();
}
