/**
 * IPv6 (RFC 8200) and the extension headers that stand between it and the transport. The network layers checked
 * that each header is whole. Nothing throws.
 */
import { ipv6Text } from '../network/address.ts';
import type { Frame, LayerRange } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import { hexText } from './format.ts';
import { DSCP_LONG, dsText, ECN_LONG, IP_PROTOCOLS, YES_NO } from './network-names.ts';
import type { Define } from './registry.ts';
import { type FragmentFields, fragmentFields, walkFragments, wantsFragments } from './walk-fragments.ts';
import { type Ipv6OptionFields, ipv6OptionFields, walkIpv6Options } from './walk-ipv6-options.ts';

export type Ipv6Fields = ReturnType<typeof ipv6Fields>;

export function ipv6Fields(definer: (protocol: string) => Define) {
  const define = definer('ipv6');
  const fragments: FragmentFields = fragmentFields(define, 'ipv6', 'IPv6');
  const extension = (name: string, label: string) => {
    const own = definer(`ipv6.${name}`);
    return {
      proto: own(`ipv6.${name}`, label, 'protocol'),
      label,
      nxt: own(`ipv6.${name}.nxt`, 'Next Header', 'uint8', { strings: IP_PROTOCOLS }),
      len: own(`ipv6.${name}.len`, 'Length', 'uint8'),
      octets: own(`ipv6.${name}.len_oct`, 'Length', 'uint16'),
    };
  };
  const fraghdr = definer('ipv6.fraghdr');
  return {
    proto: define('ipv6', 'Internet Protocol Version 6', 'protocol'),
    version: define('ipv6.version', 'Version', 'uint8'),
    tclass: define('ipv6.tclass', 'Traffic Class', 'uint32', { base: 'hex', mask: 0x0ff00000 }),
    dscp: define('ipv6.tclass.dscp', 'Differentiated Services Codepoint', 'uint32', {
      mask: 0x0fc00000,
      strings: DSCP_LONG,
    }),
    ecn: define('ipv6.tclass.ecn', 'Explicit Congestion Notification', 'uint32', {
      mask: 0x00300000,
      strings: ECN_LONG,
    }),
    flow: define('ipv6.flow', 'Flow Label', 'uint24', { base: 'hex', mask: 0x0fffff }),
    plen: define('ipv6.plen', 'Payload Length', 'uint16'),
    nxt: define('ipv6.nxt', 'Next Header', 'uint8', { strings: IP_PROTOCOLS }),
    hlim: define('ipv6.hlim', 'Hop Limit', 'uint8'),
    src: define('ipv6.src', 'Source Address', 'ipv6'),
    addr: define('ipv6.addr', 'Source or Destination Address', 'ipv6'),
    srcHost: define('ipv6.src_host', 'Source Host', 'string'),
    host: define('ipv6.host', 'Source or Destination Host', 'string'),
    dst: define('ipv6.dst', 'Destination Address', 'ipv6'),
    dstHost: define('ipv6.dst_host', 'Destination Host', 'string'),
    hopopts: extension('hopopts', 'IPv6 Hop-by-Hop Option'),
    dstopts: extension('dstopts', 'Destination Options for IPv6'),
    routing: extension('routing', 'Routing Header for IPv6'),
    fraghdr: fraghdr('ipv6.fraghdr', 'Fragment Header for IPv6', 'protocol'),
    fragNxt: fraghdr('ipv6.fraghdr.nxt', 'Next header', 'uint8', { strings: IP_PROTOCOLS }),
    fragReserved: fraghdr('ipv6.fraghdr.reserved_octet', 'Reserved octet', 'uint8', { base: 'hex' }),
    fragOffset: fraghdr('ipv6.fraghdr.offset', 'Offset', 'uint16', { mask: 0xfff8 }),
    fragBits: fraghdr('ipv6.fraghdr.reserved_bits', 'Reserved bits', 'uint16', { mask: 0x0006 }),
    fragMore: fraghdr('ipv6.fraghdr.more', 'More Fragments', 'boolean', {
      mask: 1,
      bits: 16,
      strings: YES_NO,
    }),
    fragIdent: fraghdr('ipv6.fraghdr.ident', 'Identification', 'uint32', { base: 'hex' }),
    options: ipv6OptionFields(define),
    fragments,
  };
}

/** Walks the header at layers[index] and the extension headers after it; returns the index of the next layer. */
export function walkIpv6(
  f: Ipv6Fields,
  ipVersion: FieldDef,
  frame: Frame,
  index: number,
  sink: Sink,
): number {
  const r = frame.layers[index];
  if (r === undefined) return index + 1;
  const { buf, view, off } = r;
  const text = wantsLabels(sink);
  const title = text
    ? `Internet Protocol Version 6, Src: ${ipv6Text(buf, off + 8)}, Dst: ${ipv6Text(buf, off + 24)}`
    : '';
  sink.openProtocol(f.proto, off, extensionsEnd(frame, index + 1, r.payload) - off, title);
  const word = view.getUint32(off);
  sink.field(f.version, word >>> 28, off, 1, 0, text ? versionText(word >>> 28) : undefined);
  sink.field(ipVersion, word >>> 28, off, 1, HIDDEN);
  const ds = (word >>> 20) & 0xff;
  sink.openField(f.tclass, ds, off, 4, 0, text ? trafficClassText(ds) : undefined);
  sink.field(f.dscp, ds >> 2, off, 4);
  sink.field(f.ecn, ds & 3, off, 4);
  sink.close();
  sink.field(f.flow, word & 0xfffff, off + 1, 3, 0, text ? flowText(word & 0xfffff) : undefined);
  sink.field(f.plen, view.getUint16(off + 4), off + 4, 2);
  sink.field(f.nxt, buf[off + 6] ?? 0, off + 6, 1);
  sink.field(f.hlim, buf[off + 7] ?? 0, off + 7, 1);
  walkAddress(f, f.src, f.srcHost, buf, off + 8, sink);
  walkAddress(f, f.dst, f.dstHost, buf, off + 24, sink);
  const next = walkExtensions(f, frame, index + 1, sink);
  const last = frame.layers[next - 1];
  if (last !== undefined && last.fragmentFrames !== null && wantsFragments(f.fragments, sink)) {
    walkFragments(f.fragments, frame, last, sink);
  }
  sink.close();
  return next;
}

function versionText(version: number): string {
  return `${version.toString(2).padStart(4, '0')} .... = Version: ${version}`;
}

/**
 * Extension headers count as IPv6's own bytes up to that of a fragment, and with it where the fragment completes a
 * datagram, as tshark has it.
 */
function extensionsEnd(frame: Frame, from: number, payload: number): number {
  let end = payload;
  for (let i = from; i < frame.layerCount; i++) {
    const r = frame.layers[i];
    if (r === undefined || r.kind < Layer.IPV6_HOPOPTS || r.kind > Layer.IPV6_FRAGMENT) break;
    if (r.kind === Layer.IPV6_FRAGMENT && r.fragmentFrames === null) break;
    end = r.payload;
    if (r.kind === Layer.IPV6_FRAGMENT) break;
  }
  return end;
}

function trafficClassText(ds: number): string {
  const bits = ds.toString(2).padStart(8, '0');
  return `.... ${bits.slice(0, 4)} ${bits.slice(4)} .... .... .... .... .... = Traffic Class: ${hexText('uint8', ds)} (${dsText(ds)})`;
}

function flowText(flow: number): string {
  const bits = flow.toString(2).padStart(20, '0').match(/.{4}/g) ?? [];
  return `.... ${bits.join(' ')} = Flow Label: 0x${flow.toString(16).padStart(5, '0')}`;
}

function walkAddress(
  f: Ipv6Fields,
  def: FieldDef,
  hostDef: FieldDef,
  buf: Buffer,
  off: number,
  sink: Sink,
): void {
  sink.field(def, null, off, 16);
  sink.field(f.addr, null, off, 16, HIDDEN);
  const host = sink.wants(hostDef) || sink.wants(f.host) ? ipv6Text(buf, off) : '';
  sink.field(hostDef, host, off, 16, GENERATED | HIDDEN);
  sink.field(f.host, host, off, 16, GENERATED | HIDDEN);
}

function walkExtensions(f: Ipv6Fields, frame: Frame, from: number, sink: Sink): number {
  let i = from;
  for (; i < frame.layerCount; i++) {
    const r = frame.layers[i];
    if (r === undefined) break;
    if (r.kind === Layer.IPV6_HOPOPTS) walkExtension(f.hopopts, f.options, r, sink);
    else if (r.kind === Layer.IPV6_DSTOPTS) walkExtension(f.dstopts, f.options, r, sink);
    else if (r.kind === Layer.IPV6_ROUTING) walkExtension(f.routing, null, r, sink);
    else if (r.kind === Layer.IPV6_FRAGMENT) walkFragmentHeader(f, r, sink);
    else break;
  }
  return i;
}

function walkExtension(
  e: Ipv6Fields['hopopts'],
  options: Ipv6OptionFields | null,
  r: LayerRange,
  sink: Sink,
): void {
  const units = r.buf[r.off + 1] ?? 0;
  sink.openField(e.proto, null, r.off, r.payload - r.off, 0, e.label);
  sink.field(e.nxt, r.buf[r.off] ?? 0, r.off, 1);
  sink.field(e.len, units, r.off + 1, 1);
  const octets = (units + 1) * 8;
  sink.field(
    e.octets,
    octets,
    r.off + 1,
    1,
    GENERATED,
    wantsLabels(sink) ? `[Length: ${octets} bytes]` : undefined,
  );
  if (options !== null) walkIpv6Options(options, r, sink);
  sink.close();
}

function walkFragmentHeader(f: Ipv6Fields, r: LayerRange, sink: Sink): void {
  const { buf, view, off } = r;
  const word = view.getUint16(off + 2);
  const units = word >>> 3;
  let label: string | undefined;
  if (wantsLabels(sink)) {
    const bits = units.toString(2).padStart(13, '0');
    label = `${bits.slice(0, 4)} ${bits.slice(4, 8)} ${bits.slice(8, 12)} ${bits.slice(12)}... = Offset: ${units} (${units * 8} bytes)`;
  }
  sink.openField(f.fraghdr, null, off, 8, 0, 'Fragment Header for IPv6');
  sink.field(f.fragNxt, buf[off] ?? 0, off, 1);
  sink.field(f.fragReserved, buf[off + 1] ?? 0, off + 1, 1);
  sink.field(f.fragOffset, units, off + 2, 2, 0, label);
  sink.field(f.fragBits, (word >> 1) & 3, off + 2, 2);
  sink.field(f.fragMore, (word & 1) !== 0, off + 2, 2);
  sink.field(f.fragIdent, view.getUint32(off + 4), off + 4, 4);
  sink.close();
}
