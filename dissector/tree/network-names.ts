/**
 * Numbers of the network layers and what tshark calls them.
 */
export const ETHERTYPES: ReadonlyMap<number, string> = new Map([
  [0x0800, 'IPv4'],
  [0x0806, 'ARP'],
  [0x6558, 'Transparent Ethernet bridging'],
  [0x8035, 'RARP'],
  [0x8100, '802.1Q Virtual LAN'],
  [0x86dd, 'IPv6'],
  [0x880b, 'Point-to-Point Protocol'],
  [0x8847, 'MPLS label switched packet'],
  [0x8848, 'MPLS multi-cast packet'],
  [0x8863, 'PPPoE Discovery'],
  [0x8864, 'PPPoE Session'],
  [0x888e, '802.1X Authentication'],
  [0x88a8, '802.1ad Provider Bridge (Q-in-Q)'],
  [0x88cc, '802.1 Link Layer Discovery Protocol (LLDP)'],
  [0x88e5, '802.1AE (MACsec)'],
  [0x9100, '802.1Q QinQ'],
]);

export const IP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, 'IPv6 Hop-by-Hop Option'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [4, 'IPIP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [33, 'DCCP'],
  [41, 'IPv6'],
  [43, 'Routing Header for IPv6'],
  [44, 'Fragment Header for IPv6'],
  [47, 'Generic Routing Encapsulation'],
  [50, 'Encap Security Payload'],
  [51, 'Authentication Header'],
  [58, 'ICMPv6'],
  [59, 'No Next Header for IPv6'],
  [60, 'Destination Options for IPv6'],
  [89, 'OSPF IGP'],
  [103, 'PIM'],
  [132, 'SCTP'],
]);

export const DSCP: ReadonlyMap<number, readonly [short: string, long: string]> = new Map([
  [0, ['CS0', 'Default']],
  [8, ['CS1', 'Class Selector 1']],
  [10, ['AF11', 'Assured Forwarding 11']],
  [12, ['AF12', 'Assured Forwarding 12']],
  [14, ['AF13', 'Assured Forwarding 13']],
  [16, ['CS2', 'Class Selector 2']],
  [18, ['AF21', 'Assured Forwarding 21']],
  [20, ['AF22', 'Assured Forwarding 22']],
  [22, ['AF23', 'Assured Forwarding 23']],
  [24, ['CS3', 'Class Selector 3']],
  [26, ['AF31', 'Assured Forwarding 31']],
  [28, ['AF32', 'Assured Forwarding 32']],
  [30, ['AF33', 'Assured Forwarding 33']],
  [32, ['CS4', 'Class Selector 4']],
  [34, ['AF41', 'Assured Forwarding 41']],
  [36, ['AF42', 'Assured Forwarding 42']],
  [38, ['AF43', 'Assured Forwarding 43']],
  [40, ['CS5', 'Class Selector 5']],
  [44, ['VOICE-ADMIT', 'Voice Admit']],
  [46, ['EF PHB', 'Expedited Forwarding']],
  [48, ['CS6', 'Class Selector 6']],
  [56, ['CS7', 'Class Selector 7']],
]);

export const ECN: readonly (readonly [short: string, long: string])[] = [
  ['Not-ECT', 'Not ECN-Capable Transport'],
  ['ECT(1)', "ECN-Capable Transport codepoint '01'"],
  ['ECT(0)', "ECN-Capable Transport codepoint '10'"],
  ['CE', 'Congestion Experienced'],
];

/** `DSCP: CS0, ECN: Not-ECT` */
export function dsText(ds: number): string {
  return `DSCP: ${DSCP.get(ds >> 2)?.[0] ?? 'Unknown'}, ECN: ${ECN[ds & 3]?.[0] ?? ''}`;
}

export const DSCP_LONG: ReadonlyMap<number, string> = new Map([...DSCP].map(([k, v]) => [k, v[1]]));
export const ECN_LONG: ReadonlyMap<number, string> = new Map(ECN.map((v, k) => [k, v[1]]));

export const SET_NOT_SET: ReadonlyMap<number, string> = new Map([
  [1, 'Set'],
  [0, 'Not set'],
]);

export const YES_NO: ReadonlyMap<number, string> = new Map([
  [1, 'Yes'],
  [0, 'No'],
]);

export const CHECKSUM_STATUS: ReadonlyMap<number, string> = new Map([
  [0, 'Bad'],
  [1, 'Good'],
  [2, 'Unverified'],
  [3, 'Not present'],
  [4, 'Illegal'],
]);

export const PACKET_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'Unicast to us'],
  [1, 'Broadcast'],
  [2, 'Multicast'],
  [3, 'Unicast to another host'],
  [4, 'Sent by us'],
]);

/** ARPHRD_ numbers, as the cooked headers carry them */
export const HARDWARE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'Ethernet'],
  [512, 'PPP'],
  [768, 'IPIP tunnel'],
  [772, 'Loopback'],
  [776, 'IPv6-in-IPv4 tunnel'],
  [778, 'GRE over IP'],
  [65534, 'Netlink'],
]);

/** ICMP messages (RFC 792), and why, by `type.code`. */
export const ICMP_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'Echo (ping) reply'],
  [3, 'Destination unreachable'],
  [4, 'Source quench (flow control)'],
  [5, 'Redirect'],
  [8, 'Echo (ping) request'],
  [11, 'Time-to-live exceeded'],
  [12, 'Parameter problem'],
]);

export const ICMP_CODES: ReadonlyMap<string, string> = new Map([
  ['3.0', 'Network unreachable'],
  ['3.1', 'Host unreachable'],
  ['3.2', 'Protocol unreachable'],
  ['3.3', 'Port unreachable'],
  ['3.4', 'Fragmentation needed'],
  ['3.5', 'Source route failed'],
  ['3.9', 'Network administratively prohibited'],
  ['3.10', 'Host administratively prohibited'],
  ['3.13', 'Communication administratively filtered'],
  ['5.0', 'Redirect for network'],
  ['5.1', 'Redirect for host'],
  ['11.0', 'Time to live exceeded in transit'],
  ['11.1', 'Fragment reassembly time exceeded'],
]);

/** ICMPv6 messages (RFC 4443, RFC 4861), likewise. */
export const ICMPV6_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'Destination Unreachable'],
  [2, 'Packet Too Big'],
  [3, 'Time Exceeded'],
  [4, 'Parameter Problem'],
  [128, 'Echo (ping) request'],
  [129, 'Echo (ping) reply'],
  [133, 'Router Solicitation'],
  [134, 'Router Advertisement'],
  [135, 'Neighbor Solicitation'],
  [136, 'Neighbor Advertisement'],
]);

export const ICMPV6_CODES: ReadonlyMap<string, string> = new Map([
  ['1.0', 'no route to destination'],
  ['1.1', 'Administratively prohibited'],
  ['1.3', 'Address unreachable'],
  ['1.4', 'Port unreachable'],
  ['3.0', 'hop limit exceeded in transit'],
  ['3.1', 'fragment reassembly time exceeded'],
]);
