/**
 * TLS records (RFC 8446, RFC 5246) under tshark's field names: the record layer, handshake messages by name, and of
 * the hellos their numbers. What was inside is a byte source of its own. The TLS layer has checked and decrypted;
 * nothing of a record that did not authenticate gets here. Never throws.
 */
import {
  type HandshakeMessage,
  HandshakeType,
  parseClientHello,
  parseServerHello,
} from '../tls/handshake.ts';
import type { Sealed, TlsRecord } from '../tls/record.ts';
import { ContentType, RECORD_HEADER } from '../tls/record-reader.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED } from './field.ts';
import type { Define } from './registry.ts';

const CONTENT_TYPES = new Map<number, string>([
  [ContentType.CHANGE_CIPHER_SPEC, 'Change Cipher Spec'],
  [ContentType.ALERT, 'Alert'],
  [ContentType.HANDSHAKE, 'Handshake'],
  [ContentType.APPLICATION_DATA, 'Application Data'],
  [ContentType.HEARTBEAT, 'Heartbeat'],
]);
const VERSIONS = new Map([
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
]);
const COLUMNS = new Map([
  [0x0300, 'SSLv3'],
  [0x0301, 'TLSv1'],
  [0x0302, 'TLSv1.1'],
  [0x0303, 'TLSv1.2'],
  [0x0304, 'TLSv1.3'],
]);
const HANDSHAKES = new Map([
  [0, 'Hello Request'],
  [1, 'Client Hello'],
  [2, 'Server Hello'],
  [4, 'New Session Ticket'],
  [5, 'End of Early Data'],
  [8, 'Encrypted Extensions'],
  [11, 'Certificate'],
  [12, 'Server Key Exchange'],
  [13, 'Certificate Request'],
  [14, 'Server Hello Done'],
  [15, 'Certificate Verify'],
  [16, 'Client Key Exchange'],
  [20, 'Finished'],
  [21, 'Certificate URL'],
  [22, 'Certificate Status'],
  [23, 'Supplemental Data'],
  [24, 'Key Update'],
  [25, 'Compressed Certificate'],
]);
const ALERT_LEVELS = new Map([
  [1, 'Warning'],
  [2, 'Fatal'],
]);
const ALERTS = new Map([
  [0, 'Close Notify'],
  [10, 'Unexpected Message'],
  [20, 'Bad Record MAC'],
  [21, 'Decryption Failed'],
  [22, 'Record Overflow'],
  [30, 'Decompression Failure'],
  [40, 'Handshake Failure'],
  [41, 'No Certificate'],
  [42, 'Bad Certificate'],
  [43, 'Unsupported Certificate'],
  [44, 'Certificate Revoked'],
  [45, 'Certificate Expired'],
  [46, 'Certificate Unknown'],
  [47, 'Illegal Parameter'],
  [48, 'Unknown CA'],
  [49, 'Access Denied'],
  [50, 'Decode Error'],
  [51, 'Decrypt Error'],
  [60, 'Export Restriction'],
  [70, 'Protocol Version'],
  [71, 'Insufficient Security'],
  [80, 'Internal Error'],
  [86, 'Inappropriate Fallback'],
  [90, 'User Canceled'],
  [100, 'No Renegotiation'],
  [109, 'Missing Extension'],
  [110, 'Unsupported Extension'],
  [112, 'Unrecognized Name'],
  [113, 'Bad Certificate Status Response'],
  [115, 'Unknown PSK Identity'],
  [116, 'Certificate Required'],
  [120, 'No application Protocol'],
]);

const REASONS: Readonly<Record<Sealed, string>> = {
  'no keys': 'Not decrypted: the key log has no secret for this connection',
  'no hello': 'Not decrypted: the Client Hello of this connection was not captured',
  cipher: 'Not decrypted: the version, cipher suite or compression is not one that is decrypted',
  'bad tag': 'Not decrypted: the record does not authenticate under the keys of this connection',
  cut: 'Not decrypted: bytes of the record were not captured',
};

export type TlsFields = ReturnType<typeof tlsFields>;

export function tlsFields(define: Define) {
  const version = { base: 'hex', strings: VERSIONS } as const;
  return {
    proto: define('tls', 'Transport Layer Security', 'protocol'),
    record: define('tls.record', 'Record Layer', 'none'),
    contentType: define('tls.record.content_type', 'Content Type', 'uint8', { strings: CONTENT_TYPES }),
    opaqueType: define('tls.record.opaque_type', 'Opaque Type', 'uint8', { strings: CONTENT_TYPES }),
    version: define('tls.record.version', 'Version', 'uint16', version),
    length: define('tls.record.length', 'Length', 'uint16'),
    appData: define('tls.app_data', 'Encrypted Application Data', 'bytes'),
    changeCipherSpec: define('tls.change_cipher_spec', 'Change Cipher Spec Message', 'none'),
    alert: define('tls.alert_message', 'Alert Message', 'none'),
    alertLevel: define('tls.alert_message.level', 'Level', 'uint8', { strings: ALERT_LEVELS }),
    alertDescription: define('tls.alert_message.desc', 'Description', 'uint8', { strings: ALERTS }),
    handshake: define('tls.handshake', 'Handshake Protocol', 'none'),
    handshakeType: define('tls.handshake.type', 'Handshake Type', 'uint8', { strings: HANDSHAKES }),
    handshakeLength: define('tls.handshake.length', 'Length', 'uint24'),
    handshakeVersion: define('tls.handshake.version', 'Version', 'uint16', version),
    handshakeRandom: define('tls.handshake.random', 'Random', 'bytes'),
    handshakeSuite: define('tls.handshake.ciphersuite', 'Cipher Suite', 'uint16', { base: 'hex' }),
  };
}

/** The Protocol column: by the version agreed on, or by the header while that is not known. */
export function tlsColumn(records: readonly TlsRecord[]): string {
  const last = records[records.length - 1];
  return last === undefined ? 'TLS' : versionColumn(last);
}

function versionColumn(record: TlsRecord): string {
  return COLUMNS.get(record.connection.version || record.version) ?? 'TLS';
}

/** The Info column: `Server Hello, Certificate, Application Data`. */
export function tlsInfo(records: readonly TlsRecord[]): string {
  return records.map(recordInfo).join(', ');
}

function recordInfo(record: TlsRecord): string {
  const { contentType, handshakes, plain, alert } = record;
  switch (contentType) {
    case ContentType.HANDSHAKE:
      if (plain === null) return 'Encrypted Handshake Message';
      return handshakes.length === 0 ? 'Handshake fragment' : handshakes.map(handshakeName).join(', ');
    case ContentType.ALERT:
      if (plain === null) return 'Encrypted Alert';
      return alert === null ? 'Alert' : alertText(alert);
    case ContentType.HEARTBEAT:
      return plain === null ? 'Encrypted Heartbeat' : 'Heartbeat';
    default:
      return CONTENT_TYPES.get(contentType) ?? 'Ignored Unknown Record';
  }
}

function handshakeName({ type }: HandshakeMessage): string {
  return HANDSHAKES.get(type) ?? `Unknown Handshake Type (${type})`;
}

function alertText(alert: { level: number; description: number }): string {
  const level = ALERT_LEVELS.get(alert.level) ?? 'Unknown';
  return `Alert (Level: ${level}, Description: ${ALERTS.get(alert.description) ?? 'Unknown'})`;
}

/**
 * Announces the records of a frame. `malformed` is the node for those that do not authenticate; `packetBuf` is the
 * packet's own buffer, restored as the sink's source afterwards.
 */
export function walkTls(
  f: TlsFields,
  records: readonly TlsRecord[],
  packetBuf: Buffer,
  malformed: FieldDef,
  sink: Sink,
): void {
  const first = records[0];
  if (first === undefined) return;
  sourceOf(first, packetBuf, sink);
  const last = records[records.length - 1]!;
  // records that lie in different buffers have no common range
  const end = last.buf === first.buf ? last.off + RECORD_HEADER + last.length : first.off;
  sink.openProtocol(f.proto, first.off, Math.max(end - first.off, 0), f.proto.label);
  for (const record of records) walkRecord(f, record, packetBuf, sink);
  sink.close();
  if (records.some((record) => record.sealed === 'bad tag')) {
    sink.openProtocol(malformed, 0, 0, '[Malformed Packet: TLS]');
    sink.close();
  }
  sink.source(packetBuf, null);
}

function sourceOf(record: TlsRecord, packetBuf: Buffer, sink: Sink): void {
  const name = record.buf === packetBuf ? null : 'Reassembled TCP';
  const bytes = record.sealed === 'cut' ? 0 : RECORD_HEADER + record.length;
  sink.source(record.buf, bytes === 0 ? null : name, record.off, bytes);
}

function walkRecord(f: TlsFields, record: TlsRecord, packetBuf: Buffer, sink: Sink): void {
  const { off, length } = record;
  const text = sink.wantsText;
  sourceOf(record, packetBuf, sink);
  const here = record.sealed === 'cut' ? 0 : 1;
  const label = text ? `${versionColumn(record)} Record Layer: ${layerText(record)}` : undefined;
  sink.openField(f.record, null, off, here * (RECORD_HEADER + length), 0, label);
  // the type that TLS 1.3 puts on the outside says nothing
  const opaque = record.encrypted && record.connection.version === 0x0304;
  sink.field(opaque ? f.opaqueType : f.contentType, record.type, off, here);
  sink.field(f.version, record.version, off + here, 2 * here);
  sink.field(f.length, length, off + 3 * here, 2 * here);
  if (opaque && record.plain !== null) {
    const name = CONTENT_TYPES.get(record.contentType) ?? 'Unknown';
    const inner = text ? `[Content Type: ${name} (${record.contentType})]` : undefined;
    sink.field(f.contentType, record.contentType, 0, 0, GENERATED, inner);
  }
  if (record.contentType === ContentType.APPLICATION_DATA) {
    sink.field(f.appData, null, off + RECORD_HEADER * here, length * here);
  } else if (record.contentType === ContentType.CHANGE_CIPHER_SPEC) {
    sink.field(f.changeCipherSpec, null, off + RECORD_HEADER * here, length * here);
  }
  if (text && record.sealed !== null) sink.text(REASONS[record.sealed], 0, 0, GENERATED);
  if (record.plain !== null) walkPlain(f, record, record.plain, sink);
  sink.close();
}

function layerText(record: TlsRecord): string {
  const info = recordInfo(record);
  if (record.contentType === ContentType.HANDSHAKE) {
    return `Handshake Protocol: ${record.handshakes.length > 1 ? 'Multiple Handshake Messages' : info}`;
  }
  return record.contentType === ContentType.ALERT ? info : `${info} Protocol: ${info}`;
}

function walkPlain(f: TlsFields, record: TlsRecord, plain: Buffer, sink: Sink): void {
  if (record.encrypted) sink.source(plain, 'Decrypted TLS');
  for (const message of record.handshakes) walkHandshake(f, message, sink);
  if (record.alert === null) return;
  const at = record.encrypted ? 0 : record.off + RECORD_HEADER;
  sink.openField(f.alert, null, at, 2);
  sink.field(f.alertLevel, record.alert.level, at, 1);
  sink.field(f.alertDescription, record.alert.description, at + 1, 1);
  sink.close();
}

/** A message may have begun in an earlier record, so its fields claim no bytes of this one. */
function walkHandshake(f: TlsFields, message: HandshakeMessage, sink: Sink): void {
  const { type, length, body } = message;
  const label = sink.wantsText ? `Handshake Protocol: ${handshakeName(message)}` : undefined;
  sink.openField(f.handshake, null, 0, 0, 0, label);
  sink.field(f.handshakeType, type, 0, 0);
  sink.field(f.handshakeLength, length, 0, 0);
  if (body !== null && type === HandshakeType.CLIENT_HELLO) {
    const hello = parseClientHello(body);
    if (hello !== null) {
      sink.field(f.handshakeVersion, hello.version, 0, 0);
      sink.field(f.handshakeRandom, hello.random, 0, 0);
    }
  } else if (body !== null && type === HandshakeType.SERVER_HELLO) {
    const hello = parseServerHello(body);
    if (hello !== null) {
      sink.field(f.handshakeVersion, body.readUInt16BE(0), 0, 0);
      sink.field(f.handshakeRandom, hello.random, 0, 0);
      sink.field(f.handshakeSuite, hello.cipherSuite, 0, 0);
    }
  }
  sink.close();
}
