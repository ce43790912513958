/**
 * Raw bytes between two ends: a connected byte stream, or a datagram socket. Everything above (framing, dialect,
 * peer) is written against these two interfaces; tests and the fault decorator implement them too. Nothing here
 * buffers beyond `highWater` without saying so through write's result. No event is delivered after `closed`.
 */

/** One end of a channel. `text` is `ip:port`, `[ip6]:port`, `unix:PATH` or `ssh:HOST/PATH`. */
export interface Endpoint {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

/** What is known of the other side's identity; null where the channel is in the clear. */
export interface Security {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | null;
  /** the peer's certificate was verified against the trusted CAs (and the name, on a client) */
  readonly authorized: boolean;
  /** the peer certificate's distinguished name, parsed, most significant first; null without a certificate */
  readonly peerName: readonly (readonly [attribute: string, value: string])[] | null;
}

export type ChannelKind = 'tcp' | 'unix' | 'tls' | 'ssh' | 'pipe';

/** Why a channel ended. `reset` by the other side, `error` with its cause, `closed` in good order. */
export interface CloseReason {
  readonly kind: 'closed' | 'reset' | 'error';
  readonly error?: Error;
}

export interface ChannelHandlers {
  /** bytes arrived; they belong to the channel and may be overwritten after the call returns */
  data(bytes: Uint8Array): void;
  /**
   * Where the next bytes would best be put, a place that no other channel knows; null: anywhere. A channel that can
   * read them to there gives `data` the part that it filled.
   */
  room?(): Uint8Array | null;
  /** the other side ended its direction (FIN); writing may go on */
  end(): void;
  /** what was queued fell below the low-water mark after a write returned false */
  drain(): void;
  /** exactly once, last */
  closed(reason: CloseReason): void;
}

export interface Channel {
  readonly kind: ChannelKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly security: Security | null;
  /** bytes accepted by write and not yet handed to the operating system */
  readonly queued: number;
  /** must be called once, before the first event can be delivered */
  start(handlers: ChannelHandlers): void;
  /** takes ownership of `bytes` until they are out. False: above the high-water mark, wait for drain */
  write(bytes: Uint8Array): boolean;
  /** several buffers as one write (one segment where they fit) */
  writeAll(parts: readonly Uint8Array[]): boolean;
  pause(): void;
  resume(): void;
  /** half-close: FIN after what is queued */
  end(): void;
  /**
   * Close in good order once what is queued is out and the other side closed too, which is not waited for long;
   * `deadlineMs` later at the latest.
   */
  close(deadlineMs?: number): void;
  /** at once, with RST where the transport has one */
  reset(): void;
}

export interface DatagramHandlers {
  message(bytes: Uint8Array, from: Endpoint): void;
  closed(reason: CloseReason): void;
}

export interface DatagramChannel {
  readonly local: Endpoint;
  start(handlers: DatagramHandlers): void;
  send(bytes: Uint8Array, to: Endpoint): void;
  close(): void;
}

/** A listening socket; `url` has the resolved port. */
export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}
