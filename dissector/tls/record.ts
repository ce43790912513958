/**
 * A TLS record as the connection found it: what stands on the wire, and what was inside when it could be opened.
 */
import type { HandshakeMessage } from './handshake.ts';
import { ContentType } from './record-reader.ts';

/** Why the contents of a record are not known. */
export type Sealed =
  /** the key log has no secret for the connection */
  | 'no keys'
  /** the connection's ClientHello was not seen, so its secrets cannot be found */
  | 'no hello'
  /** a version or cipher suite that is not decrypted here */
  | 'cipher'
  /** there are keys, but the record does not authenticate under them */
  | 'bad tag'
  /** bytes of the record are missing */
  | 'cut';

export interface TlsRecord {
  /** direction in its flow */
  readonly dir: 0 | 1;
  readonly connection: TlsIdentity;
  /** as in the header */
  readonly type: number;
  readonly version: number;
  readonly length: number;
  /**
   * The record from its header on: buf[off, off + 5 + length), valid until the next packet; nothing where `sealed`
   * is 'cut'. `buf` is the packet's own where the record lies in one segment.
   */
  readonly buf: Buffer;
  readonly off: number;
  /** what is inside: `type`, or for TLS 1.3 the type that was sealed with the contents */
  readonly contentType: number;
  /** true: it was encrypted, whether or not it could be opened */
  readonly encrypted: boolean;
  /** the contents: of an encrypted record decrypted and authenticated, else as they stand. null: see `sealed` */
  readonly plain: Buffer | null;
  readonly sealed: Sealed | null;
  /** the handshake messages that end in this record */
  readonly handshakes: readonly HandshakeMessage[];
  readonly alert: { readonly level: number; readonly description: number } | null;
}

/** What is known of a connection as a whole. */
export interface TlsIdentity {
  /** the version agreed on (0x0304 for TLS 1.3), 0 while it is not known */
  readonly version: number;
  /** 32 bytes in hex: the key of its secrets in a key log; empty while no ClientHello was seen */
  readonly clientRandom: string;
  /** IANA number, -1 unknown */
  readonly cipherSuite: number;
  /** direction in which the client sends, -1 unknown */
  readonly clientDir: -1 | 0 | 1;
}

/**
 * The application data of the records of a frame, in order: what the frame carries once TLS is taken away. Null
 * when a record with application data stayed sealed, so that a decrypted copy would have a hole there. For a copy
 * of a capture in the clear, put it where the TCP payload was: bytes before TLS began are not among these.
 */
export function decryptedData(records: readonly TlsRecord[]): Buffer | null {
  const parts: Buffer[] = [];
  for (const { contentType, plain } of records) {
    if (contentType !== ContentType.APPLICATION_DATA) continue;
    if (plain === null) return null;
    parts.push(plain);
  }
  return Buffer.concat(parts);
}
