/**
 * The columns of the packet list: number, time, source, destination, protocol, length, info. Info is tshark's for
 * RPC, TCP and UDP (WIRESHARK.md section 1.5); other protocols get a plain line. Never throws.
 */

import { ipv4Text, ipv6Text } from '../network/address.ts';
import type { Frame, LayerRange } from '../network/frame.ts';
import { Layer, TRUNCATED } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { Echo, Echoes } from './echoes.ts';
import type { FlowView } from './flow-view.ts';
import { bytesText, hexText, secondsText, two } from './format.ts';
import {
  ETHERTYPES,
  ICMP_CODES,
  ICMP_TYPES,
  ICMPV6_CODES,
  ICMPV6_TYPES,
  IP_PROTOCOLS,
} from './network-names.ts';
import type { Programs } from './programs.ts';
import { tcpInfo } from './walk-tcp.ts';
import { tlsColumn, tlsInfo } from './walk-tls.ts';
import { greTypeText } from './walk-tunnel.ts';

/** tshark's -t: absolute, with date, with day of year, delta, delta displayed, epoch, relative, UTC, UTC date. */
export const TIME_MODES = ['a', 'ad', 'adoy', 'd', 'dd', 'e', 'r', 'u', 'ud', 'udoy'] as const;
export type TimeMode = (typeof TIME_MODES)[number];

export interface ColumnTimes {
  readonly now: bigint;
  readonly first: bigint;
  readonly previous: bigint;
  readonly displayed: bigint;
}

/** `precision`: decimals shown, 6 or 9 as the capture has them. */
export function timeColumn(times: ColumnTimes, mode: TimeMode, precision: number): string {
  switch (mode) {
    case 'r':
      return fixed(times.now - times.first, precision);
    case 'd':
      return fixed(times.now - times.previous, precision);
    case 'dd':
      return fixed(times.now - times.displayed, precision);
    case 'e':
      return fixed(times.now, precision);
    default:
      return absoluteTime(times.now, mode, precision);
  }
}

function fixed(ns: bigint, precision: number): string {
  const text = secondsText(ns);
  return text.slice(0, text.length - (9 - precision));
}

/** Nanoseconds since the epoch as time of day, with its date where the mode has one. */
export function absoluteTime(ns: bigint, mode: TimeMode, precision: number): string {
  const sec = ns / 1_000_000_000n;
  const digits = (ns % 1_000_000_000n).toString().padStart(9, '0').slice(0, precision);
  const frac = precision === 0 ? '' : `.${digits}`;
  let d = new Date(Number(sec) * 1000);
  // a local time is shown through the UTC getters of a shifted date, so that one code path prints both
  if (mode.startsWith('a')) d = new Date(d.getTime() - d.getTimezoneOffset() * 60_000);
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}${frac}`;
  if (mode === 'a' || mode === 'u') return time;
  const year = d.getUTCFullYear();
  if (mode.endsWith('doy')) {
    const day = Math.floor((d.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
    return `${year}/${String(day).padStart(3, '0')} ${time}`;
  }
  return `${year}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${time}`;
}

/** Source and destination as the columns show them: the innermost addresses. */
export function addressColumns(frame: Frame): readonly [source: string, destination: string] {
  const r = frame.layers[frame.ipLayer];
  if (frame.ipLayer >= 0 && r !== undefined) {
    if (r.kind === Layer.IPV4) return [ipv4Text(r.buf, r.off + 12), ipv4Text(r.buf, r.off + 16)];
    return [ipv6Text(r.buf, r.off + 8), ipv6Text(r.buf, r.off + 24)];
  }
  const link = ethernetLayer(frame);
  if (link === undefined) return ['', ''];
  return [bytesText(link.buf, link.off + 6, 6, ':'), bytesText(link.buf, link.off, 6, ':')];
}

/** The frame's own, or that of the frame in a tunnel. */
function ethernetLayer(frame: Frame): LayerRange | undefined {
  const from = frame.tunnelLayer < 0 ? 0 : frame.tunnelLayer + 1;
  const r = from < frame.layerCount ? frame.layers[from] : undefined;
  return r?.kind === Layer.ETHERNET ? r : undefined;
}

export function protocolColumn(frame: Frame, list: PduList, programs: Programs): string {
  const icmp = icmpLayer(frame);
  if (icmp !== undefined) return icmp.kind === Layer.ICMP ? 'ICMP' : 'ICMPv6';
  const pdu = list.count === 0 ? undefined : list.pdus[list.count - 1];
  if (pdu !== undefined) return rpcColumn(pdu, programs);
  if (list.tls.length > 0) return tlsColumn(list.tls);
  if (frame.transport === 6) return 'TCP';
  if (frame.transport === 17) return 'UDP';
  const last = topLayer(frame);
  switch (last?.kind) {
    case Layer.ARP:
      return 'ARP';
    case Layer.SCTP:
      return 'SCTP';
    case Layer.LLC:
      return 'LLC';
    case Layer.VXLAN:
      return 'VXLAN';
    case Layer.GENEVE:
      return 'Geneve';
    case Layer.GRE:
      return 'GRE';
    case Layer.ERSPAN:
      return 'ERSPAN';
    case Layer.ETHERNET:
    case Layer.VLAN:
      return hexType(frame) ?? 'Ethernet';
    case Layer.IPV4:
    case Layer.TCP:
    case Layer.UDP:
      return 'IPv4';
    case undefined:
      return '';
    default:
      return frame.ipLayer >= 0 ? 'IPv6' : 'Data';
  }
}

/** The packet's own ICMP header, behind which another packet may be quoted. */
export function icmpLayer(frame: Frame): LayerRange | undefined {
  const r = frame.quoteLayer >= 0 ? frame.layers[frame.quoteLayer] : topLayer(frame);
  return r?.kind === Layer.ICMP || r?.kind === Layer.ICMPV6 ? r : undefined;
}

function rpcColumn(pdu: Pdu, programs: Programs): string {
  if (pdu.kind !== 'message') return 'RPC';
  const name = programs.column(pdu.program);
  if (name !== undefined) return name;
  return pdu.msgtyp === 0 ? `Unknown RPC program ${pdu.program}` : 'RPC';
}

/** The last layer that is not just bytes. */
function topLayer(frame: Frame) {
  for (let i = frame.layerCount - 1; i >= 0; i--) {
    const r = frame.layers[i];
    if (r !== undefined && r.kind !== Layer.DATA) return r;
  }
  return undefined;
}

function hexType(frame: Frame): string | null {
  const r = ethernetLayer(frame);
  if (r === undefined) return null;
  const type = r.view.getUint16(r.off + 12);
  return type >= 1536 ? (ETHERTYPES.get(type) ?? `0x${type.toString(16).padStart(4, '0')}`) : null;
}

export function infoColumn(
  frame: Frame,
  list: PduList,
  programs: Programs,
  view: FlowView,
  echoes: Echoes,
): string {
  const icmp = icmpLayer(frame);
  if (icmp !== undefined) return icmpInfo(frame, icmp, echoes);
  const full = frame.transport === 6 && view.windowFull ? '[TCP Window Full] ' : '';
  return full + payloadInfo(frame, list, programs, view);
}

function payloadInfo(frame: Frame, list: PduList, programs: Programs, view: FlowView): string {
  if (list.count > 0) return rpcInfos(list, programs);
  if (frame.fragment) return fragmentInfo(frame);
  if (frame.transport === 6) {
    const info = list.tls.length > 0 ? tlsInfo(list.tls) : tcpInfo(frame, view);
    return info + (list.partial ? ' [TCP segment of a reassembled PDU]' : '');
  }
  if (frame.transport === 17) return `${frame.srcPort} → ${frame.dstPort} Len=${frame.wireLen}`;
  if (frame.malformed === TRUNCATED) return '[Packet size limited during capture]';
  if (frame.malformed !== null) return `[${frame.malformed}]`;
  const last = topLayer(frame);
  if (last === undefined) return '';
  if (last.kind === Layer.ETHERNET) return 'Ethernet II';
  if (last.kind === Layer.ARP) return arpInfo(last);
  if (last.kind === Layer.GRE && last.payload - last.off >= 4) {
    return `Encapsulated ${greTypeText(last.view.getUint16(last.off + 2))}`;
  }
  if (last.kind === Layer.ERSPAN) return 'ERSPAN:';
  if (frame.ipLayer >= 0) return ipInfo(frame);
  return protocolColumn(frame, list, programs);
}

function rpcInfos(list: PduList, programs: Programs): string {
  let out = '';
  for (let i = 0; i < list.count; i++) {
    const pdu = list.pdus[i];
    if (pdu !== undefined) out += (i === 0 ? '' : '  ; ') + rpcInfo(pdu, programs);
  }
  return out;
}

/** `Who has 10.0.0.2? Tell 10.0.0.1`, for IPv4 on any hardware (RFC 826, RFC 5227) */
function arpInfo(r: LayerRange): string {
  const { buf, off } = r;
  const hardware = buf[off + 4] ?? 0;
  if (r.end - off < 8 + 2 * hardware + 8 || buf[off + 5] !== 4) return 'ARP';
  const sender = off + 8;
  const [from, to] = [sender + hardware, sender + 2 * hardware + 4].map((at) => ipv4Text(buf, at));
  const hardwareText = bytesText(buf, sender, hardware, ':');
  switch (r.view.getUint16(off + 6)) {
    case 1:
      if (from === to) {
        const asked = buf
          .subarray(sender + hardware + 4, sender + 2 * hardware + 4)
          .some((byte) => byte !== 0);
        return asked ? `Gratuitous ARP for ${to} (Request)` : `ARP Announcement for ${to}`;
      }
      return from === '0.0.0.0' ? `Who has ${to}? (ARP Probe)` : `Who has ${to}? Tell ${from}`;
    case 2:
      return from === to ? `Gratuitous ARP for ${from} (Reply)` : `${from} is at ${hardwareText}`;
    default:
      return 'ARP';
  }
}

/** `request  id=0x0007, seq=317/15617, ttl=64`: the number in either byte order */
function echoInfo(r: LayerRange, { reply, id, number, hops, requestFrame }: Echo): string {
  const six = r.kind === Layer.ICMPV6;
  const [word, ends] = [reply ? 'reply' : 'request', requestFrame > 0 ? ` (request in ${requestFrame})` : ''];
  const swapped = ((number & 0xff) << 8) | (number >> 8);
  const numbers = `id=${hexText('uint16', id)}, seq=${number}${six ? '' : `/${swapped}`}`;
  const left = hops < 0 ? '' : `, ${six ? 'hop limit' : 'ttl'}=${hops}`;
  return `Echo (ping) ${six ? word : word.padEnd(8)} ${numbers}${left}${ends}`;
}

/** `Destination unreachable (Port unreachable)` */
function icmpInfo(frame: Frame, r: LayerRange, echoes: Echoes): string {
  if (r.end - r.off < 2) return r.kind === Layer.ICMP ? 'ICMP' : 'ICMPv6';
  const echo = echoes.read(frame, r);
  if (echo !== null) return echoInfo(r, echo);
  const type = r.buf[r.off]!;
  const code = r.buf[r.off + 1]!;
  const [types, codes] = r.kind === Layer.ICMP ? [ICMP_TYPES, ICMP_CODES] : [ICMPV6_TYPES, ICMPV6_CODES];
  const why = codes.get(`${type}.${code}`);
  return (types.get(type) ?? `Type ${type}`) + (why === undefined ? '' : ` (${why})`);
}

/** `V3 GETATTR Call (Reply In 9)` */
export function rpcInfo(pdu: Pdu, programs: Programs): string {
  if (pdu.kind === 'fragment') return 'Fragment';
  if (pdu.kind === 'continuation') return 'Continuation';
  const call = pdu.msgtyp === 0;
  let dup = '';
  if (pdu.dupOf > 0)
    dup = call ? `[RPC retransmission of #${pdu.dupOf}]` : `[RPC duplicate of #${pdu.dupOf}]`;
  const kind = call ? 'Call' : 'Reply';
  let other = '';
  if (call && pdu.replyFrame > 0) other = ` (Reply In ${pdu.replyFrame})`;
  else if (!call && pdu.callFrame > 0) other = ` (Call In ${pdu.callFrame})`;
  else if (!call && pdu.call === null) other = ' (Call not seen)';
  // a call cut before its numbers, or a reply to one
  if (pdu.procedure < 0) return dup + kind + other;
  const procedure = programs.procedure(pdu.program, pdu.version, pdu.procedure);
  // tshark leaves the name out where a COMPOUND's operations stand in its place
  const compound =
    programs.column(pdu.program)?.startsWith('NFS') && pdu.version === 4 && pdu.procedure === 1;
  const name = compound ? '' : ` ${procedure}`;
  return `${dup}V${pdu.version}${name} ${kind}${other}${programs.details(pdu)}`;
}

function fragmentInfo(frame: Frame): string {
  const r = frame.layers[frame.ipLayer];
  if (r === undefined) return 'Fragment';
  if (r.kind === Layer.IPV4) {
    const proto = r.buf[r.off + 9] ?? 0;
    const offset = (r.view.getUint16(r.off + 6) & 0x1fff) * 8;
    const id = r.view
      .getUint16(r.off + 4)
      .toString(16)
      .padStart(4, '0');
    return `Fragmented IP protocol (proto=${IP_PROTOCOLS.get(proto) ?? 'Unknown'} ${proto}, off=${offset}, ID=${id})`;
  }
  for (let i = frame.ipLayer + 1; i < frame.layerCount; i++) {
    const h = frame.layers[i];
    if (h?.kind !== Layer.IPV6_FRAGMENT) continue;
    const word = h.view.getUint16(h.off + 2);
    const ident = h.view
      .getUint32(h.off + 4)
      .toString(16)
      .padStart(8, '0');
    return `IPv6 fragment (off=${word & 0xfff8} more=${word & 1 ? 'y' : 'n'} ident=0x${ident} nxt=${h.buf[h.off]})`;
  }
  return 'Fragment';
}

function ipInfo(frame: Frame): string {
  const r = frame.layers[frame.ipLayer];
  if (r === undefined) return '';
  const proto = r.kind === Layer.IPV4 ? (r.buf[r.off + 9] ?? 0) : (r.buf[r.off + 6] ?? 0);
  return `${IP_PROTOCOLS.get(proto) ?? 'Unknown'} (${proto})`;
}
