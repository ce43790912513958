/** Protocol numbers that lead from one layer to the next (IANA, tcpdump.org/linktypes). */

export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  RAW_12: 12,
  RAW_14: 14,
  PPP_HDLC: 50,
  PPPOE: 51,
  RAW: 101,
  LOOP: 108,
  SLL: 113,
  /** PPP behind a byte of direction: 0 received, else sent */
  PPP_WITH_DIR: 204,
  IPV4: 228,
  IPV6: 229,
  SLL2: 276,
} as const;

/** LLC is what Linux cooked captures say for 802.2 frames. */
export const EtherType = {
  LLC: 0x0004,
  IPV4: 0x0800,
  ARP: 0x0806,
  ERSPAN_III: 0x22eb,
  TRANSPARENT_ETHERNET: 0x6558,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  PPP: 0x880b,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  PPPOE_SESSION: 0x8864,
  QINQ: 0x88a8,
  ERSPAN: 0x88be,
  QINQ_OLD: 0x9100,
  QINQ_9200: 0x9200,
} as const;

export const PppProtocol = { IPV4: 0x0021, IPV6: 0x0057, MPLS: 0x0281 } as const;

export const IpProtocol = {
  HOPOPTS: 0,
  ICMP: 1,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  AH: 51,
  ICMPV6: 58,
  DSTOPTS: 60,
  SCTP: 132,
} as const;

/** 8472 is what Linux (and so flannel) had for VXLAN before IANA gave it 4789 (RFC 7348). */
export const TunnelPort = { VXLAN: 4789, VXLAN_LINUX: 8472, GENEVE: 6081 } as const;

/** AF_INET, the same everywhere. */
export const NULL_IPV4 = 2;

/** AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin. */
const NULL_IPV6: readonly number[] = [10, 24, 28, 30];

export function isNullIpv6(family: number): boolean {
  return NULL_IPV6.includes(family);
}
