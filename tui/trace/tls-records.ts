/**
 * TLS records that outlive their packet: flat copies that can be written to a file, and back. What stood in the
 * packet's own bytes is kept as an offset and stands there again. Nothing throws.
 */
import type { TlsRecord } from '../../dissector/tls/record.ts';

/** A record; bytes of the packet are offsets from its beginning. */
export interface KeptTls {
  readonly record: Omit<TlsRecord, 'buf' | 'off' | 'plain'>;
  /** its bytes from the header on, when they are not the packet's */
  readonly bytes: Buffer | null;
  readonly off: number;
  readonly plain: Buffer | null;
  /** where the contents stand in the packet, -1 when they do not */
  readonly plainAt: number;
  readonly plainLen: number;
}

const HEADER = 5;

export function keepTls(records: readonly TlsRecord[], packet: Buffer, packetOff: number): KeptTls[] {
  return records.map(({ buf, off, plain, connection, handshakes, ...rest }) => {
    const own = buf === packet;
    const { version, clientRandom, cipherSuite, clientDir } = connection;
    const inPacket = plain !== null && plain.buffer === packet.buffer;
    return {
      record: {
        ...rest,
        connection: { version, clientRandom, cipherSuite, clientDir },
        handshakes: handshakes.map((message) => ({ ...message })),
      },
      bytes: own ? null : Buffer.from(buf.subarray(off, off + HEADER + rest.length)),
      off: own ? off - packetOff : 0,
      plain: inPacket || plain === null ? null : Buffer.from(plain),
      plainAt: inPacket ? plain.byteOffset - packet.byteOffset - packetOff : -1,
      plainLen: plain?.length ?? 0,
    };
  });
}

/** The records again, of a packet that now stands at `packetOff` of `packet`. */
export function restoreTls(kept: readonly KeptTls[], packet: Buffer, packetOff: number): TlsRecord[] {
  return kept.map(({ record, bytes, off, plain, plainAt, plainLen }) => {
    const at = packetOff + plainAt;
    return {
      ...record,
      buf: bytes === null ? packet : Buffer.from(bytes),
      off: bytes === null ? packetOff + off : off,
      plain: plainAt < 0 ? plain && Buffer.from(plain) : packet.subarray(at, at + plainLen),
    };
  });
}
