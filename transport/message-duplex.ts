/**
 * Whole messages between two ends, in order, over a stream or datagrams. What a peer, a recorder, a tracer and a
 * test speak; framing and limits are the dialect's (codec/rpc's record marking, later libvirt's length word).
 */
import type { ChannelKind, CloseReason, Endpoint, Security } from './channel.ts';
import type { Message } from './message.ts';

export interface DuplexHandlers {
  /**
   * One whole message (without record marks). Valid during the call only, so copy what outlives it; but where it is
   * `owned`, its whole backing buffer is the receiver's from now on.
   */
  message(bytes: Uint8Array, owned?: boolean): void;
  drain(): void;
  /** the other side will send no more (its direction ended in good order between two messages) */
  end(): void;
  closed(reason: CloseReason): void;
}

export interface MessageDuplex {
  readonly kind: ChannelKind | 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly security: Security | null;
  /** bytes accepted and not yet out */
  readonly queued: number;
  start(handlers: DuplexHandlers): void;
  /**
   * Sends one message; it owns the message's bytes until they are out. Small messages sent in one turn of the event
   * loop go out as one write. False: above the high-water mark, wait for drain.
   */
  send(message: Message): boolean;
  /** stop and go on reading: back-pressure towards the other side. No message is delivered between the two */
  pause(): void;
  resume(): void;
  end(): void;
  close(deadlineMs?: number): void;
  reset(): void;
}
