/**
 * What the network layers found in one packet: a stack of layers with byte ranges, and the transport's header
 * numbers. One Frame object is reused for every packet; it dies with its Packet.
 */
import type { Packet } from '../capture/packet.ts';
import type { Flow } from './flow.ts';

/** Why a frame is malformed when it is only that the rest of it was not captured. */
export const TRUNCATED = 'truncated by the snap length';

/** Layer kinds, outermost first in `Frame.layers`. The values are stable small integers. */
export const Layer = {
  ETHERNET: 1,
  VLAN: 2,
  MPLS: 3,
  SLL: 4,
  SLL2: 5,
  NULL: 6,
  PPP: 7,
  RAW: 8,
  LLC: 9,
  ARP: 10,
  /** the PPPoE session header; a PPP layer follows */
  PPPOE: 11,
  IPV4: 20,
  IPV6: 21,
  IPV6_HOPOPTS: 22,
  IPV6_ROUTING: 23,
  IPV6_DSTOPTS: 24,
  IPV6_FRAGMENT: 25,
  AH: 26,
  ICMP: 30,
  ICMPV6: 31,
  UDP: 40,
  TCP: 41,
  SCTP: 42,
  /** tunnels: behind each another packet begins */
  VXLAN: 50,
  GENEVE: 51,
  GRE: 52,
  ERSPAN: 53,
  /** bytes nobody here decodes; ends the stack */
  DATA: 60,
} as const;
export type LayerKind = (typeof Layer)[keyof typeof Layer];

/** A run of bytes and where it came from. `reassembled` false: buf is the packet's own. */
export interface LayerRange {
  kind: LayerKind;
  buf: Buffer;
  view: DataView;
  /** header start, end of header, and end of what this layer carries, as captured (never beyond the bytes we have) */
  off: number;
  payload: number;
  end: number;
  /** true when the bytes are a reassembled IP datagram */
  reassembled: boolean;
  /** of a UDP or TCP header: its conversation, a tunnel's outer one too */
  flow: Flow | null;
  /** of the IPv4 header or IPv6 fragment header whose frame completed a datagram: the frames of the fragments */
  fragmentFrames: readonly number[] | null;
}

export interface Frame {
  packet: Packet;
  /** layers[0 .. layerCount) are valid; the objects are reused */
  layers: LayerRange[];
  layerCount: number;
  /** the innermost network addresses: layer index of the last IPv4/IPv6 header, -1 if none */
  ipLayer: number;
  /**
   * 0 none, 6 TCP, 17 UDP: only when the transport's fixed header (20 and 8 bytes) is there. TCP options may be cut
   * off; then payloadLen is 0.
   */
  transport: 0 | 6 | 17;
  /** index into layers of the transport header, -1 if none */
  transportLayer: number;
  /**
   * index into layers of the ICMP error that quotes a datagram, -1 if none. Layers above it are the quoted
   * datagram's, and so are the transport (UDP only) and its payload; `ipLayer` is the error's own.
   */
  quoteLayer: number;
  /**
   * index into layers of the innermost tunnel header (VXLAN, Geneve, GRE, ERSPAN), -1 if none. All that is said here
   * of the transport, and `ipLayer`, are of the packet behind it.
   */
  tunnelLayer: number;
  srcPort: number;
  dstPort: number;
  /** transport payload: tbuf[payloadOff, payloadOff + payloadLen) was captured; wireLen was on the wire (≥ payloadLen) */
  tbuf: Buffer;
  tview: DataView;
  payloadOff: number;
  payloadLen: number;
  wireLen: number;
  /** TCP only */
  seq: number;
  ack: number;
  tcpFlags: number;
  window: number;
  /** the conversation, for TCP and UDP; and which way this packet goes in it (0: from flow.a to flow.b) */
  flow: Flow | null;
  dir: 0 | 1;
  /** IPv4/IPv6 fragment that did not complete a datagram */
  fragment: boolean;
  /** frame numbers of the fragments when this frame completed a datagram (or one within another), else null */
  fragmentFrames: readonly number[] | null;
  /** why decoding stopped early ('truncated by snap length', 'bad header length' …), else null */
  malformed: string | null;
}
