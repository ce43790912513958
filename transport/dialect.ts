/**
 * A dialect: how messages stand in a byte stream and what their headers say. The peer and the framed duplex know
 * only this interface; `codec/rpc`'s dialect is the first. Encoders throw RpcError for what cannot be sent;
 * `classify` never throws, whatever the bytes.
 */
import { rpcDialect } from '../codec/rpc/dialect.ts';
import type { RpcError } from '../codec/rpc/errors.ts';
import type { CallInit, OpaqueAuth } from '../codec/rpc/message.ts';

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

export const Kind = { CALL: 0, REPLY: 1, DROP: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * What a header says; one object serves any number of messages. CALL with `error`: to be answered with it, not
 * served. REPLY with `error`: the verdict. DROP: no message to answer, `error` says why. What a message of its
 * kind does not have is -1.
 */
export interface Incoming {
  kind: Kind;
  id: number;
  program: number;
  version: number;
  procedure: number;
  credFlavor: number;
  /** where arguments or results begin */
  bodyOff: number;
  error: RpcError | null;
}

export interface Dialect {
  readonly name: string;
  readonly frameLimits: FrameLimits;
  /** bytes before each message on a stream */
  readonly prefixBytes: number;
  reader(limits?: Partial<FrameLimits>): FrameReader;
  /** writes the prefix of a message of `length` bytes at `off` */
  writePrefix(out: Uint8Array, off: number, length: number): void;

  newIncoming(): Incoming;
  classify(bytes: Uint8Array, into: Incoming): Incoming;
  /** the credential of a classified call, as a view into `bytes` */
  credential(bytes: Uint8Array, incoming: Incoming): OpaqueAuth;
  /** the id that the next call may take: the side that accepted the connection takes others than its client */
  firstId(side: 'client' | 'server', random: number): number;
  nextId(id: number): number;
  encodeCall(call: CallInit, args: Uint8Array): Uint8Array;
  encodeReply(id: number, results: Uint8Array, verifier?: OpaqueAuth): Uint8Array;
  /** the reply that gives `error`'s verdict; SYSTEM_ERR for what is none */
  encodeError(id: number, error: RpcError): Uint8Array;
}

/** ONC RPC version 2 with record marking (RFC 5531). */
export const oncRpc: Dialect = rpcDialect;
