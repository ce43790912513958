/**
 * From a captured packet to its layers: link layers, IPv4 and IPv6 with fragments, tunnels and the packets in them,
 * the transport header, and the conversation. Fills one Frame, reused for every packet; never throws, whatever the
 * bytes: what cannot be decoded is a DATA layer, and `malformed` says why. Lengths that a header claims never reach
 * beyond the bytes there are.
 */
import type { Packet } from '../capture/packet.ts';
import { emptyPacket } from '../capture/parser.ts';
import type { Flow } from './flow.ts';
import { type FlowEndReason, type FlowKey, FlowTable } from './flow-table.ts';
import { type Frame, Layer, type LayerKind, TRUNCATED } from './frame.ts';
import { FragmentTable } from './ip-fragments.ts';
import {
  EtherType,
  IpProtocol,
  isNullIpv6,
  LinkType,
  NULL_IPV4,
  PppProtocol,
  TunnelPort,
} from './numbers.ts';
import { PooledFrame } from './pooled-frame.ts';
import { ERSPAN_FRAME, erspanLength, greLength } from './tunnels.ts';

/** Types of ICMP (RFC 792) and ICMPv6 (RFC 4443) messages that end with the datagram they are about. */
const ICMP_ERRORS: readonly number[] = [3, 4, 5, 11, 12];
const ICMPV6_ERRORS: readonly number[] = [1, 2, 3, 4];

const MAX_DATAGRAM = 65_535;

export interface NetworkOptions {
  /** conversations kept, default 65,536 */
  readonly maxFlows?: number;
  /** bytes of incomplete datagrams kept, default 4 MiB */
  readonly maxFragmentBytes?: number;
  /** UDP ports whose payload is a tunnel's whatever it looks like */
  readonly tunnelPorts?: ReadonlyMap<number, 'vxlan' | 'geneve'>;
  /** put fragments together (default), or leave each as it is */
  readonly defragment?: boolean;
  /** called when a flow leaves the table: nothing will refer to it any more */
  readonly onFlowEnd?: (flow: Flow, reason: FlowEndReason) => void;
}

/** What was given up because of limits. */
export interface NetworkCounts {
  readonly flowsEvicted: number;
  readonly datagramsDropped: number;
}

export class NetworkDecoder {
  readonly #frame = new PooledFrame(emptyPacket());
  readonly #flows: FlowTable;
  readonly #fragments: FragmentTable;
  readonly #defragment: boolean;
  readonly #tunnelPorts: ReadonlyMap<number, 'vxlan' | 'geneve'> | null;
  readonly #key: FlowKey;
  /** the bytes being decoded: the packet's, or a reassembled datagram's */
  #buf: Buffer;
  #view: DataView;
  #reassembled = false;

  constructor(options: NetworkOptions = {}) {
    this.#flows = new FlowTable(options.maxFlows ?? 65_536, options.onFlowEnd ?? (() => {}));
    this.#fragments = new FragmentTable(options.maxFragmentBytes ?? 4 << 20);
    this.#defragment = options.defragment ?? true;
    this.#tunnelPorts = options.tunnelPorts?.size ? options.tunnelPorts : null;
    const { buf, view } = this.#frame.packet;
    this.#buf = buf;
    this.#view = view;
    this.#key = { buf, view, src: 0, dst: 0, words: 1, srcPort: 0, dstPort: 0 };
  }

  get counts(): NetworkCounts {
    return { flowsEvicted: this.#flows.evicted, datagramsDropped: this.#fragments.dropped };
  }

  /** Decodes a packet. The frame is valid until the next call, and as long as the packet's bytes are. */
  decode(packet: Packet): Frame {
    const f = this.#frame;
    f.reset(packet);
    this.#buf = packet.buf;
    this.#view = packet.view;
    this.#reassembled = false;
    const { off } = packet;
    const end = off + packet.caplen;
    this.#link(packet.linkType, off, end, off + Math.max(packet.len, packet.caplen));
    return f;
  }

  // Every method below decodes a header at `off`. Bytes were captured up to `end`, and were on the wire up to `wire`.
  // They return undefined rather than nothing, so that each can end with handing on to the next.

  #link(linkType: number, off: number, end: number, wire: number): undefined {
    switch (linkType) {
      case LinkType.ETHERNET:
        return this.#ethernet(off, end, wire);
      case LinkType.NULL:
      case LinkType.LOOP:
        return this.#null(off, end, wire);
      case LinkType.RAW:
      case LinkType.RAW_12:
      case LinkType.RAW_14:
      case LinkType.IPV4:
      case LinkType.IPV6:
        this.#push(Layer.RAW, off, off, end);
        return this.#ip(off, end, wire);
      case LinkType.PPP:
      case LinkType.PPP_HDLC:
        return this.#ppp(off, end, wire);
      case LinkType.PPP_WITH_DIR:
        if (end <= off) return this.#cut(off, end);
        return this.#ppp(off + 1, end, wire);
      case LinkType.PPPOE:
        return this.#pppoe(off, end, wire);
      case LinkType.SLL:
        if (end - off < 16) return this.#cut(off, end);
        this.#push(Layer.SLL, off, off + 16, end);
        return this.#etherType(this.#view.getUint16(off + 14), off + 16, end, wire);
      case LinkType.SLL2:
        if (end - off < 20) return this.#cut(off, end);
        this.#push(Layer.SLL2, off, off + 20, end);
        return this.#etherType(this.#view.getUint16(off), off + 20, end, wire);
      default:
        return this.#data(off, end);
    }
  }

  #ethernet(off: number, end: number, wire: number): undefined {
    if (end - off < 14) return this.#cut(off, end);
    this.#push(Layer.ETHERNET, off, off + 14, end);
    // in a tunnel: the addresses of the packet around it are not those of the frame within
    this.#frame.ipLayer = -1;
    this.#typeOrLength(this.#view.getUint16(off + 12), off + 14, end, wire);
  }

  /** An ethertype, or with values up to 1500 the length of an LLC frame. */
  #typeOrLength(value: number, off: number, end: number, wire: number): undefined {
    if (value > 1500) return this.#etherType(value, off, end, wire);
    const last = off + value;
    this.#llc(off, Math.min(end, last), Math.min(wire, last));
  }

  #etherType(type: number, off: number, end: number, wire: number): undefined {
    if (this.#frame.full) return this.#data(off, end);
    switch (type) {
      case EtherType.IPV4:
      case EtherType.IPV6:
        return this.#ip(off, end, wire);
      case EtherType.ARP:
        this.#push(Layer.ARP, off, end, end);
        return;
      case EtherType.VLAN:
      case EtherType.QINQ:
      case EtherType.QINQ_OLD:
      case EtherType.QINQ_9200:
        if (end - off < 4) return this.#cut(off, end);
        this.#push(Layer.VLAN, off, off + 4, end);
        return this.#typeOrLength(this.#view.getUint16(off + 2), off + 4, end, wire);
      case EtherType.MPLS:
      case EtherType.MPLS_MULTICAST:
        return this.#mpls(off, end, wire);
      case EtherType.PPPOE_SESSION:
        return this.#pppoe(off, end, wire);
      case EtherType.LLC:
        return this.#llc(off, end, wire);
      case EtherType.TRANSPARENT_ETHERNET:
        return this.#ethernet(off, end, wire);
      default:
        return this.#data(off, end);
    }
  }

  #llc(off: number, end: number, wire: number): undefined {
    if (end - off < 3) return this.#cut(off, end);
    const sap = this.#view.getUint16(off);
    const control = this.#view.getUint8(off + 2);
    if (sap === 0xaaaa && control === 3 && end - off >= 8) {
      this.#push(Layer.LLC, off, off + 8, end);
      const oui = (this.#view.getUint16(off + 3) << 8) | this.#view.getUint8(off + 5);
      if (oui === 0) return this.#etherType(this.#view.getUint16(off + 6), off + 8, end, wire);
      return this.#data(off + 8, end);
    }
    this.#push(Layer.LLC, off, off + 3, end);
    if (sap === 0x0606 && control === 3) return this.#ip(off + 3, end, wire);
    this.#data(off + 3, end);
  }

  #mpls(first: number, end: number, wire: number): undefined {
    let off = first;
    for (let bottom = false; !bottom; off += 4) {
      if (end - off < 4) return this.#cut(off, end);
      if (this.#frame.full) return this.#data(off, end);
      this.#push(Layer.MPLS, off, off + 4, end);
      bottom = (this.#view.getUint8(off + 2) & 1) !== 0;
    }
    const version = off < end ? this.#view.getUint8(off) >> 4 : 0;
    if (version === 4 || version === 6) return this.#ip(off, end, wire);
    this.#data(off, end);
  }

  /** BSD loopback: the address family, in whichever byte order the capturing machine had. */
  #null(off: number, end: number, wire: number): undefined {
    if (end - off < 4) return this.#cut(off, end);
    this.#push(Layer.NULL, off, off + 4, end);
    const big = this.#view.getUint32(off);
    const family = big > 0xffff ? this.#view.getUint32(off, true) : big;
    if (family === NULL_IPV4 || isNullIpv6(family)) return this.#ip(off + 4, end, wire);
    this.#data(off + 4, end);
  }

  #pppoe(off: number, end: number, wire: number): undefined {
    if (end - off < 6) return this.#cut(off, end);
    this.#push(Layer.PPPOE, off, off + 6, end);
    const last = off + 6 + this.#view.getUint16(off + 4);
    this.#ppp(off + 6, Math.min(end, last), Math.min(wire, last));
  }

  #ppp(off: number, end: number, wire: number): undefined {
    let at = off;
    if (end - at >= 2 && this.#view.getUint16(at) === 0xff03) at += 2;
    if (end - at < 1) return this.#cut(off, end);
    let protocol = this.#view.getUint8(at++);
    // An odd first byte is a protocol number compressed to one byte (RFC 1661 section 6.5).
    if ((protocol & 1) === 0) {
      if (end - at < 1) return this.#cut(off, end);
      protocol = (protocol << 8) | this.#view.getUint8(at++);
    }
    this.#push(Layer.PPP, off, at, end);
    if (protocol === PppProtocol.IPV4 || protocol === PppProtocol.IPV6) return this.#ip(at, end, wire);
    if (protocol === PppProtocol.MPLS) return this.#mpls(at, end, wire);
    this.#data(at, end);
  }

  #ip(off: number, end: number, wire: number): undefined {
    if (this.#frame.full) return this.#data(off, end);
    if (end <= off) return this.#cut(off, end);
    const version = this.#view.getUint8(off) >> 4;
    if (version === 4) return this.#ipv4(off, end, wire);
    if (version === 6) return this.#ipv6(off, end, wire);
    this.#bad(`IP version ${version}`, off, end);
  }

  #ipv4(off: number, end: number, wire: number): undefined {
    if (end - off < 20) return this.#cut(off, end);
    const f = this.#frame;
    const view = this.#view;
    const headerLength = (view.getUint8(off) & 15) * 4;
    let total = view.getUint16(off + 2);
    // Segmentation offload leaves 0: then the packet itself tells how long it is.
    if (total === 0) total = wire - off;
    if (headerLength < 20 || total < headerLength) {
      f.ipLayer = this.#push(Layer.IPV4, off, Math.min(end, off + 20), end);
      return this.#bad('bad IPv4 length', off + 20, end);
    }
    const ipWire = Math.min(wire, off + total);
    const ipEnd = Math.min(end, ipWire);
    const payload = Math.min(off + headerLength, ipEnd);
    f.ipLayer = this.#push(Layer.IPV4, off, payload, ipEnd);
    const key = this.#key;
    key.buf = this.#buf;
    key.view = view;
    key.src = off + 12;
    key.dst = off + 16;
    key.words = 1;
    if (off + headerLength > ipEnd) return this.#cut(payload, ipEnd);
    const protocol = view.getUint8(off + 9);
    const fragment = view.getUint16(off + 6);
    if ((fragment & 0x3fff) === 0) return this.#transport(protocol, payload, ipEnd, ipWire);
    const id = `4${this.#buf.toString('latin1', off + 12, off + 20)}${protocol},${view.getUint16(off + 4)}`;
    this.#fragment(id, protocol, payload, ipEnd, ipWire, (fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0);
  }

  #ipv6(off: number, end: number, wire: number): undefined {
    if (end - off < 40) return this.#cut(off, end);
    const view = this.#view;
    const length = view.getUint16(off + 4);
    // 0: a jumbogram, or segmentation offload.
    const ipWire = length === 0 ? wire : Math.min(wire, off + 40 + length);
    const ipEnd = Math.min(end, ipWire);
    this.#frame.ipLayer = this.#push(Layer.IPV6, off, off + 40, ipEnd);
    const key = this.#key;
    key.buf = this.#buf;
    key.view = view;
    key.src = off + 8;
    key.dst = off + 24;
    key.words = 4;
    this.#transport(view.getUint8(off + 6), off + 40, ipEnd, ipWire);
  }

  /** What an IP header (or an extension header) says comes next. */
  #transport(protocol: number, off: number, end: number, wire: number): undefined {
    if (this.#frame.full) return this.#data(off, end);
    switch (protocol) {
      case IpProtocol.TCP:
        return this.#tcp(off, end, wire);
      case IpProtocol.UDP:
        return this.#udp(off, end, wire);
      case IpProtocol.HOPOPTS:
        return this.#extension(Layer.IPV6_HOPOPTS, 8, 8, off, end, wire);
      case IpProtocol.ROUTING:
        return this.#extension(Layer.IPV6_ROUTING, 8, 8, off, end, wire);
      case IpProtocol.DSTOPTS:
        return this.#extension(Layer.IPV6_DSTOPTS, 8, 8, off, end, wire);
      case IpProtocol.AH:
        return this.#extension(Layer.AH, 8, 4, off, end, wire);
      case IpProtocol.FRAGMENT:
        return this.#ipv6Fragment(off, end, wire);
      case IpProtocol.IPV4:
      case IpProtocol.IPV6:
        return this.#ip(off, end, wire);
      case IpProtocol.GRE:
        return this.#gre(off, end, wire);
      case IpProtocol.ICMP:
        return this.#icmp(Layer.ICMP, ICMP_ERRORS, off, end);
      case IpProtocol.ICMPV6:
        return this.#icmp(Layer.ICMPV6, ICMPV6_ERRORS, off, end);
      case IpProtocol.SCTP:
        return this.#leaf(Layer.SCTP, off, end);
      default:
        return this.#data(off, end);
    }
  }

  /** A header that says in byte 0 what comes next, and in byte 1 its length in `unit`s beyond `base` bytes. */
  #extension(kind: LayerKind, base: number, unit: number, off: number, end: number, wire: number): undefined {
    if (end - off < 2) return this.#cut(off, end);
    const payload = off + base + this.#view.getUint8(off + 1) * unit;
    if (payload > end) return this.#cut(off, end);
    this.#push(kind, off, payload, end);
    this.#transport(this.#view.getUint8(off), payload, end, wire);
  }

  #ipv6Fragment(off: number, end: number, wire: number): undefined {
    if (end - off < 8) return this.#cut(off, end);
    const view = this.#view;
    this.#push(Layer.IPV6_FRAGMENT, off, off + 8, end);
    const next = view.getUint8(off);
    const field = view.getUint16(off + 2);
    if ((field & 0xfff9) === 0) return this.#transport(next, off + 8, end, wire);
    const { src } = this.#key;
    const id = `6${this.#buf.toString('latin1', src, src + 32)}${view.getUint32(off + 4)}`;
    this.#fragment(id, next, off + 8, end, wire, field & 0xfff8, (field & 1) !== 0);
  }

  #fragment(
    id: string,
    next: number,
    off: number,
    end: number,
    wire: number,
    start: number,
    more: boolean,
  ): undefined {
    const f = this.#frame;
    if (f.quoteLayer < 0) f.fragment = true;
    if (f.quoteLayer >= 0 || !this.#defragment || end < wire) {
      if (end < wire) f.malformed = TRUNCATED;
      // A first fragment that cannot be put together still shows its transport header.
      if (start === 0) this.#transport(next, off, end, wire);
      else this.#data(off, end);
      return;
    }
    const { number, sec } = f.packet;
    const whole = this.#fragments.add(id, next, this.#buf, off, end - off, start, more, sec, number);
    if (whole === null || whole === 'beyond') {
      if (whole === 'beyond') f.malformed = 'fragment beyond 65,535 bytes';
      return this.#data(off, end);
    }
    f.fragment = false;
    f.fragmentFrames = f.fragmentFrames === null ? whole.frames : [...f.fragmentFrames, ...whole.frames];
    f.layers[f.layerCount - 1]!.fragmentFrames = whole.frames;
    const { payload } = whole;
    this.#buf = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.#reassembled = true;
    this.#transport(whole.next, 0, payload.length, payload.length);
  }

  /** An error quotes the beginning of a datagram: as long as that says it was, and cut off here by right. */
  #icmp(kind: LayerKind, errors: readonly number[], off: number, end: number): undefined {
    const f = this.#frame;
    const quotes = end - off > 8 && f.quoteLayer < 0 && errors.includes(this.#view.getUint8(off));
    if (!quotes) return this.#leaf(kind, off, end);
    f.quoteLayer = this.#push(kind, off, off + 8, end);
    const { ipLayer, malformed } = f;
    this.#ip(off + 8, end, off + 8 + MAX_DATAGRAM);
    f.ipLayer = ipLayer;
    f.malformed = malformed;
  }

  #tcp(off: number, end: number, wire: number): undefined {
    // a quoted segment is no part of its stream
    if (this.#frame.quoteLayer >= 0) return this.#leaf(Layer.TCP, off, end);
    // Ports, numbers and flags are enough for tshark to number the stream.
    if (end - off < 14) return this.#cut(off, end);
    const f = this.#frame;
    const view = this.#view;
    const key = this.#key;
    key.srcPort = view.getUint16(off);
    key.dstPort = view.getUint16(off + 2);
    const flags = view.getUint16(off + 12);
    const seq = view.getUint32(off + 4);
    const flow = this.#flows.tcp(key, f.packet.number, flags & 0xff, seq, view.getUint32(off + 8));
    if (end - off < 20) return this.#cut(off, end);
    const headerLength = (flags >> 12) * 4;
    f.flow = flow;
    f.dir = this.#flows.dir;
    f.srcPort = key.srcPort;
    f.dstPort = key.dstPort;
    f.seq = seq;
    f.ack = view.getUint32(off + 8);
    f.tcpFlags = flags & 0xfff;
    f.window = view.getUint16(off + 14);
    f.transport = 6;
    if (headerLength < 20 || off + headerLength > wire) {
      f.transportLayer = this.#push(Layer.TCP, off, off + 20, end);
      f.layers[f.transportLayer]!.flow = flow;
      f.malformed = 'bad TCP header length';
      this.#payload(end, end, end);
      return;
    }
    const payload = Math.min(off + headerLength, end);
    f.transportLayer = this.#push(Layer.TCP, off, payload, end);
    f.layers[f.transportLayer]!.flow = flow;
    if (off + headerLength > end) f.malformed = TRUNCATED;
    this.#payload(payload, end, wire - (off + headerLength - payload));
  }

  #udp(off: number, end: number, wire: number): undefined {
    if (end - off < 8) return this.#cut(off, end);
    const f = this.#frame;
    const view = this.#view;
    const length = view.getUint16(off + 4);
    // 0: a jumbogram of IPv6.
    if (length < 8 && (length !== 0 || this.#key.words === 1)) {
      this.#push(Layer.UDP, off, off + 8, end);
      return this.#bad('bad UDP length', off + 8, end);
    }
    const key = this.#key;
    key.srcPort = view.getUint16(off);
    key.dstPort = view.getUint16(off + 2);
    f.flow = this.#flows.udp(key, f.packet.number);
    f.dir = this.#flows.dir;
    f.srcPort = key.srcPort;
    f.dstPort = key.dstPort;
    f.transport = 17;
    if (off + length > wire) f.malformed = 'bad UDP length';
    const last = length < 8 ? wire : Math.min(wire, off + length);
    const captured = Math.min(end, last);
    f.transportLayer = this.#push(Layer.UDP, off, off + 8, captured);
    f.layers[f.transportLayer]!.flow = f.flow;
    if (this.#tunnelPorts !== null && !f.full && captured - off >= 16) {
      const tunnel = this.#tunnelPorts.get(key.dstPort) ?? this.#tunnelPorts.get(key.srcPort);
      if (tunnel === 'geneve') return this.#geneve(off + 8, captured, last);
      if (tunnel === 'vxlan') return this.#vxlan(off + 8, captured, last);
    }
    if (!f.full && this.#isTunnelled(key.dstPort, off + 8, captured)) {
      const geneve = key.dstPort === TunnelPort.GENEVE;
      return geneve ? this.#geneve(off + 8, captured, last) : this.#vxlan(off + 8, captured, last);
    }
    this.#payload(off + 8, captured, last);
  }

  /**
   * The ports are also among those that a client may be given, whose replies come there. Where VXLAN and Geneve have a
   * reserved byte that is sent as zero, a reply has the last byte of its message type, which is one.
   */
  #isTunnelled(port: number, off: number, end: number): boolean {
    if (port !== TunnelPort.VXLAN && port !== TunnelPort.GENEVE && port !== TunnelPort.VXLAN_LINUX)
      return false;
    if (end - off < 8 || this.#view.getUint8(off + 7) !== 0) return false;
    // a port without registration: only the header that Linux sends there
    return port !== TunnelPort.VXLAN_LINUX || this.#view.getUint32(off) === 0x0800_0000;
  }

  /** RFC 7348: eight bytes, then an Ethernet frame. */
  #vxlan(off: number, end: number, wire: number): undefined {
    this.#pushTunnel(Layer.VXLAN, off, off + 8, end);
    this.#ethernet(off + 8, end, wire);
  }

  /** RFC 8926: eight bytes and options, then what the ethertype says. */
  #geneve(off: number, end: number, wire: number): undefined {
    const payload = off + 8 + (this.#view.getUint8(off) & 0x3f) * 4;
    this.#pushTunnel(Layer.GENEVE, off, Math.min(payload, end), end);
    if (payload > end) return this.#cut(end, end);
    this.#etherType(this.#view.getUint16(off + 2), payload, end, wire);
  }

  /** RFC 2784 with the key and number of RFC 2890, the routing of RFC 1701, and version 1 of RFC 2637. */
  #gre(off: number, end: number, wire: number): undefined {
    const length = greLength(this.#view, off, end);
    if (length < 0) {
      if (end > off) this.#pushTunnel(Layer.GRE, off, end, end);
      return this.#cut(end, end);
    }
    const payload = off + length;
    this.#pushTunnel(Layer.GRE, off, payload, end);
    if (this.#frame.full) return this.#data(payload, end);
    const type = this.#view.getUint16(off + 2);
    switch (type) {
      case EtherType.ERSPAN: {
        // type I has no header, and no sequence number in that of GRE
        const numbered = (this.#view.getUint16(off) & 0x1000) !== 0;
        return numbered ? this.#erspan(payload, end, wire) : this.#mirrored(payload, payload, end, wire);
      }
      case EtherType.ERSPAN_III:
        return this.#erspan(payload, end, wire);
      case EtherType.PPP:
        return this.#ppp(payload, end, wire);
      default:
        return this.#etherType(type, payload, end, wire);
    }
  }

  /** What a switch puts before a frame that it mirrors: draft-foschiano-erspan. */
  #erspan(off: number, end: number, wire: number): undefined {
    const length = erspanLength(this.#view, off, end);
    if (length < 0 || off + length > end) {
      this.#pushTunnel(Layer.ERSPAN, off, end, end);
      if (length >= 0) this.#cut(end, end);
      return;
    }
    const payload = off + length;
    const type = length === 8 ? ERSPAN_FRAME.ETHERNET : (this.#view.getUint16(off + 10) >> 10) & 31;
    if (type === ERSPAN_FRAME.ETHERNET) return this.#mirrored(off, payload, end, wire);
    this.#pushTunnel(Layer.ERSPAN, off, payload, end);
    if (type === ERSPAN_FRAME.IP) return this.#ip(payload, end, wire);
    this.#data(payload, end);
  }

  #mirrored(off: number, payload: number, end: number, wire: number): undefined {
    this.#pushTunnel(Layer.ERSPAN, off, payload, end);
    this.#ethernet(payload, end, wire);
  }

  #payload(off: number, end: number, wire: number): undefined {
    const f = this.#frame;
    f.tbuf = this.#buf;
    f.tview = this.#view;
    f.payloadOff = off;
    f.payloadLen = end - off;
    f.wireLen = wire - off;
  }

  #push(kind: LayerKind, off: number, payload: number, end: number): number {
    return this.#frame.push(kind, this.#buf, this.#view, off, payload, end, this.#reassembled);
  }

  #pushTunnel(kind: LayerKind, off: number, payload: number, end: number): void {
    this.#frame.enterTunnel(this.#push(kind, off, payload, end));
  }

  #leaf(kind: LayerKind, off: number, end: number): undefined {
    this.#push(kind, off, end, end);
  }

  #data(off: number, end: number): undefined {
    if (off < end) this.#push(Layer.DATA, off, off, end);
  }

  /** The snap length, or a length field that promised too much, ends the packet inside a header. */
  #cut(off: number, end: number): undefined {
    this.#bad(TRUNCATED, off, end);
  }

  #bad(why: string, off: number, end: number): undefined {
    this.#frame.malformed = why;
    this.#data(off, end);
  }
}
