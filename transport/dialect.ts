/**
 * A dialect: how messages stand in a byte stream, what their headers say, and how they are written. The framed duplex,
 * the decorators and the peer know nothing else of a protocol: another one is another object of this interface.
 * `codec/rpc`'s is the first. `classify` never throws, whatever the bytes; the writers throw RpcError LIMIT for a
 * credential that cannot be sent, and nothing else.
 */
import { rpcDialect } from '../codec/rpc/dialect.ts';
import type { Incoming, Verdict, VerdictDetail } from '../codec/rpc/incoming.ts';
import type { OpaqueAuth } from '../codec/rpc/message.ts';
import type { Writer } from '../codec/xdr/index.ts';

/** A message taken out of a stream. `borrowed` bytes live until the pushed chunk is reused; others are its own. */
export interface Framed {
  readonly bytes: Uint8Array;
  readonly borrowed: boolean;
}

/** Push chunks, take whole messages out until null. Limits meet an RpcError LIMIT, then and ever after. */
export interface FrameReader {
  readonly buffered: number;
  /** the stream would end in the middle of a message if it ended here */
  readonly partial: boolean;
  /** where the next bytes of a large unfinished message may be put; null: anywhere */
  room(): Uint8Array | null;
  push(chunk: Uint8Array): void;
  next(): Framed | null;
  /** copies what was pushed and not yet taken, so that the pushed chunks may be reused */
  detach(): void;
}

/** `fragments` and `emptyFragments` mean nothing to a dialect without fragments. */
export interface FrameLimits {
  readonly recordBytes: number;
  readonly fragments: number;
  readonly emptyFragments: number;
}

/** Who made the connection is its client. */
export type Side = 'client' | 'server';

/** Ids are `count` numbers from `low` on, given out one after the other and then again from the first. */
export interface IdRange {
  readonly low: number;
  readonly count: number;
}

/**
 * Offsets in `Incoming` are those of the message's bytes. A dialect is given back only what its own `newIncoming`
 * made, and may keep in there what it needs.
 */
export interface Dialect {
  readonly name: string;
  /** bytes before each message on a stream */
  readonly prefixBytes: number;
  /** limits not given are the dialect's own */
  reader(limits?: Partial<FrameLimits>): FrameReader;
  /** writes the prefix of a message of `length` bytes at `off` */
  writePrefix(out: Uint8Array, off: number, length: number): void;

  newIncoming(): Incoming;
  /** allocates nothing for a message in the buffer of the one before */
  classify(bytes: Uint8Array, into: Incoming): Incoming;
  /** the auth_stat for a classified call's credential, where it came by `transport`: 0, or why it is refused */
  judge(incoming: Incoming, transport: string): number;
  /** a classified call's credential, the caller's to keep */
  credential(bytes: Uint8Array, incoming: Incoming): OpaqueAuth;
  /** what a caller is told for a classified reply whose verdict is not SUCCESS */
  failure(bytes: Uint8Array, incoming: Incoming): Error;

  /** the numbers for a side's calls */
  ids(side: Side): IdRange;
  /** whether calls to `program` from that side have replies; those that have none are written with the id -1 */
  isAnswered(side: Side, program: number): boolean;
  /** the verdict that something thrown by a handler stands for; SYSTEM_ERR where it is a failure of ours */
  verdictOf(error: unknown): Verdict;

  /** a call's header; its arguments follow */
  writeCall(
    w: Writer,
    id: number,
    program: number,
    version: number,
    procedure: number,
    credential: OpaqueAuth,
  ): void;
  /** the header of a reply to the call with these numbers; its results follow */
  writeReply(w: Writer, id: number, program: number, version: number, procedure: number): void;
  /** a whole reply without results; `detail` of what a handler threw is that itself */
  writeVerdict(
    w: Writer,
    id: number,
    program: number,
    version: number,
    procedure: number,
    verdict: Verdict,
    detail: VerdictDetail,
  ): void;
}

/** ONC RPC version 2 with record marking (RFC 5531). */
export const oncRpc: Dialect = rpcDialect;
