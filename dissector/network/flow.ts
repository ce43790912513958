/**
 * Conversations: one per (addresses, ports) for UDP, one per connection for TCP (a SYN with another sequence
 * number on the same 4-tuple begins a new one). `index` is tshark's tcp.stream / udp.stream.
 */
export interface Flow {
  readonly protocol: 6 | 17;
  /** per protocol, from 0, in order of first sight */
  readonly index: number;
  /** endpoint a is the sender of the flow's first packet */
  readonly aAddr: string;
  readonly aPort: number;
  readonly bAddr: string;
  readonly bPort: number;
  /** frame number of the first packet */
  readonly firstFrame: number;
  /** slots owned by the session layer and by the TCP layer; null until set */
  session: unknown;
  tcp: unknown;
}
