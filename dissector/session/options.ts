/**
 * What the session layer can be told: whose choices to make (ours or tshark's), tshark's preferences, Decode As,
 * which programs are known, and its limits. Plain data; whoever parsed the command line checks it.
 */

import type { TlsSecrets } from '../tls/secrets.ts';

/** tshark's preferences that change framing or detection, under tshark's names. Compat mode obeys all of them. */
export interface Preferences {
  /** compat only: without it, calls of unknown programs are no RPC (the default mode judges by content) */
  'rpc.dissect_unknown_programs': boolean;
  /** compat only (the default mode always resynchronises) */
  'rpc.find_fragment_start': boolean;
  'rpc.desegment_rpc_over_tcp': boolean;
  'rpc.defragment_rpc_over_tcp': boolean;
  /** longest record fragment, in bytes; in the default mode the longest record */
  'rpc.max_tcp_pdu_size': number;
  /** compat only (the default mode always does) */
  'tcp.reassemble_out_of_order': boolean;
  'tcp.desegment_tcp_streams': boolean;
  /** obeyed by the network layer */
  'ip.defragment': boolean;
}

export const DEFAULT_PREFERENCES: Readonly<Preferences> = {
  'rpc.dissect_unknown_programs': false,
  'rpc.find_fragment_start': false,
  'rpc.desegment_rpc_over_tcp': true,
  'rpc.defragment_rpc_over_tcp': true,
  'rpc.max_tcp_pdu_size': 4_194_304,
  'tcp.reassemble_out_of_order': false,
  'tcp.desegment_tcp_streams': true,
  'ip.defragment': true,
};

/** DESIGN section 6. Compat mode keeps what tshark keeps and obeys none of them but `heldBytes`. */
export interface SessionLimits {
  /** calls remembered for their replies; beyond it the oldest is forgotten */
  pendingCalls: number;
  /** calls remembered after their reply, to know a repeat of either */
  answeredCalls: number;
  /** and for how long, in seconds of capture time */
  pendingSeconds: number;
  fragmentsPerRecord: number;
  emptyFragmentsPerRecord: number;
  /** bytes of unfinished records over all connections; beyond it records are counted, not kept */
  heldBytes: number;
  /** bytes held for bytes that have not come: one connection, and all of them */
  outOfOrderPerFlow: number;
  outOfOrderTotal: number;
}

export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  pendingCalls: 100_000,
  answeredCalls: 16_384,
  pendingSeconds: 120,
  fragmentsPerRecord: 4096,
  emptyFragmentsPerRecord: 8,
  heldBytes: 64 << 20,
  outOfOrderPerFlow: 1 << 20,
  outOfOrderTotal: 64 << 20,
};

export interface SessionOptions {
  /** make tshark 4.0.17's choices */
  compat?: boolean;
  preferences?: Partial<Preferences>;
  /** ports forced to RPC (`-d tcp.port==N,rpc`), either side's */
  decodeAs?: { readonly tcpPorts?: ReadonlySet<number>; readonly udpPorts?: ReadonlySet<number> };
  /** tshark's short names: `rpc_tcp`, `rpc_udp`, `smpp_tcp` */
  disabledHeuristics?: ReadonlySet<string>;
  /** programs that are RPC by their number alone */
  knownProgram: (program: number) => boolean;
  /**
   * False when message bodies are not asked for: then only the head of a message that spans segments is kept, and
   * such a Pdu's `len` is short of its `wireLen`. Default true.
   */
  bodies?: boolean;
  /** `nextPass` will be called: remember which frame answers which call. Default false. */
  twoPass?: boolean;
  /** what TLS is decrypted with; none: its records are named, and stay sealed. Not obeyed by compat mode. */
  secrets?: TlsSecrets;
  limits?: Partial<SessionLimits>;
}

/** What happened so far. */
export interface SessionCounters {
  calls: number;
  replies: number;
  /** replies whose call was not seen, or forgotten */
  unmatchedReplies: number;
  duplicateCalls: number;
  duplicateReplies: number;
  /** runs of bytes on RPC connections that are no RPC message */
  continuations: number;
  /** records whose end never came */
  incomplete: number;
  /** times a plausible message was found again after lost or foreign bytes */
  resynchronised: number;
  /** calls forgotten by number or age before a reply was seen */
  forgottenCalls: number;
  /** records not kept whole because of `heldBytes` */
  recordsOverLimit: number;
  /** connections that are TLS, or turned into it after an AUTH_TLS probe (RFC 9289) */
  tlsConnections: number;
  /** TLS records with application data that could not be decrypted */
  tlsSealed: number;
}

export function newCounters(): SessionCounters {
  return {
    calls: 0,
    replies: 0,
    unmatchedReplies: 0,
    duplicateCalls: 0,
    duplicateReplies: 0,
    continuations: 0,
    incomplete: 0,
    resynchronised: 0,
    forgottenCalls: 0,
    recordsOverLimit: 0,
    tlsConnections: 0,
    tlsSealed: 0,
  };
}
