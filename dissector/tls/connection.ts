/**
 * A TLS 1.2 or 1.3 connection seen from outside: follows both directions' handshake, takes its secrets from a key
 * log, and hands on the application data of the records that authenticate. Resumption, 0-RTT, key update,
 * HelloRetryRequest and renegotiation are followed; after lost records the sequence number is searched, within a
 * budget. Any bytes are taken, nothing throws, and nothing of a record that fails its tag leaves this file.
 */
import { type CipherSuite, cipherSuite, suitesForSecret } from './cipher-suites.ts';
import { nextSecret, tls12Keys, tls13Keys } from './derive-keys.ts';
import {
  type ClientHello,
  type HandshakeMessage,
  HandshakeReader,
  HandshakeType,
  parseClientHello,
  parseServerHello,
  parseTicket,
  type ServerHello,
} from './handshake.ts';
import type { Sealed, TlsIdentity, TlsRecord } from './record.ts';
import { type OpenedRecord, RecordCipher } from './record-cipher.ts';
import { ContentType, type RecordMemory, RecordReader, type RecordReaderHost } from './record-reader.ts';
import type { TlsSecrets } from './secrets.ts';

export interface TlsHost {
  /** A record ended in `frame`. Its application data, if any, follows in `plaintext`. */
  record(record: TlsRecord, frame: number): void;
  /** The direction's next application data, one record of it. */
  plaintext(dir: 0 | 1, plain: Buffer, frame: number): void;
  /** Application data is missing: as many bytes as it seems, 0 when nobody knows. */
  missing(dir: 0 | 1, bytes: number, frame: number): void;
}

const TLS12 = 0x0303;
const TLS13 = 0x0304;

/** How many sequence numbers ahead a record is looked for after a loss, and how often in the life of a connection. */
const SEARCH_AHEAD = 64;
const SEARCH_BUDGET = 4096;

/** TLS 1.3's keys of a direction, in the order of their use. The server has no early data. */
const EPOCHS = {
  client: ['CLIENT_EARLY_TRAFFIC_SECRET', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'CLIENT_TRAFFIC_SECRET_0'],
  server: ['', 'SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0'],
} as const;
/** A longer one is not remembered, nor is what it resumes decrypted: connections may be many. */
const MAX_TICKET = 4096;

const HANDSHAKE_EPOCH = 1;
const DATA_EPOCH = 2;

/** What one side sends. */
class Side {
  readonly dir: 0 | 1;
  readonly reader: RecordReader;
  readonly handshakes: HandshakeReader;
  /** records are encrypted from here on: after ChangeCipherSpec (TLS 1.2), or by their type (TLS 1.3) */
  encrypted = false;
  cipher: RecordCipher | null = null;
  /** TLS 1.3: which of EPOCHS `cipher` belongs to, and its traffic secret */
  epoch = -1;
  secret: Buffer | null = null;
  /** number of the next record under these keys */
  seq = 0;
  /** records may be missing before the next one */
  lost = false;

  constructor(dir: 0 | 1, host: RecordReaderHost, memory: RecordMemory) {
    this.dir = dir;
    this.reader = new RecordReader(dir, host, memory);
    this.handshakes = new HandshakeReader(memory);
  }
}

/** What becomes of a record before it is shown. */
interface Opening {
  contentType: number;
  plain: Buffer | null;
  sealed: Sealed | null;
  encrypted: boolean;
}

export class TlsConnection implements TlsIdentity, RecordReaderHost {
  version = 0;
  clientRandom = '';
  cipherSuite = -1;
  clientDir: -1 | 0 | 1 = -1;
  readonly #host: TlsHost;
  readonly #secrets: TlsSecrets;
  readonly #sides: readonly [Side, Side];
  #offered: ClientHello | null = null;
  #server: ServerHello | null = null;
  #earlyData = false;
  /** TLS 1.2: the master secret of the last handshake that had one */
  #master: Buffer | null = null;
  #searches = SEARCH_BUDGET;

  constructor(host: TlsHost, secrets: TlsSecrets, memory: RecordMemory) {
    this.#host = host;
    this.#secrets = secrets;
    this.#sides = [new Side(0, this, memory), new Side(1, this, memory)];
  }

  /** Takes the next bytes of a direction; `frame` is where they were captured. */
  bytes(dir: 0 | 1, buf: Buffer, off: number, len: number, frame: number): void {
    this.#sides[dir].reader.bytes(buf, off, len, frame);
  }

  /** The direction's next `missing` bytes will not come; 0: nobody knows how many. */
  gap(dir: 0 | 1, missing: number, frame: number): void {
    this.#sides[dir].reader.gap(missing, frame);
  }

  /** The capture began in the middle of the connection: its records are sealed, and stay so. */
  joinLate(dir: 0 | 1): void {
    this.#sides[dir].encrypted = true;
  }

  /** A record of the direction has begun and not ended. */
  unfinished(dir: 0 | 1): boolean {
    return this.#sides[dir].reader.unfinished;
  }

  /** Takes no more, and gives its memory back. */
  close(): void {
    for (const side of this.#sides) {
      side.reader.close();
      side.handshakes.reset();
    }
  }

  // --- records, as the readers find them

  readRecord(dir: 0 | 1, buf: Buffer, off: number, length: number, frame: number, found: boolean): boolean {
    const side = this.#sides[dir];
    const opening = this.#open(side, buf, off, length);
    if (found && opening.sealed === 'bad tag') return false;
    const handshakes: HandshakeMessage[] = [];
    let alert: TlsRecord['alert'] = null;
    const { plain, contentType } = opening;
    if (plain !== null && contentType === ContentType.HANDSHAKE) {
      side.handshakes.feed(plain, 0, plain.length, (message) => {
        handshakes.push(message);
        this.#handshake(side, message);
      });
    } else if (plain !== null && contentType === ContentType.ALERT && plain.length === 2) {
      alert = { level: plain[0]!, description: plain[1]! };
    }
    this.#host.record(
      {
        dir,
        connection: this,
        type: buf[off]!,
        version: buf.readUInt16BE(off + 1),
        length,
        buf,
        off,
        ...opening,
        handshakes,
        alert,
      },
      frame,
    );
    if (contentType === ContentType.CHANGE_CIPHER_SPEC) this.#changeCipher(side);
    else if (contentType === ContentType.APPLICATION_DATA) {
      if (plain === null) this.#host.missing(dir, 0, frame);
      else if (plain.length > 0) this.#host.plaintext(dir, plain, frame);
    }
    return true;
  }

  cutRecord(dir: 0 | 1, type: number, length: number, frame: number): void {
    const side = this.#sides[dir];
    side.handshakes.reset();
    side.seq++;
    side.lost = true;
    this.#host.record(
      {
        dir,
        connection: this,
        type,
        version: this.version,
        length,
        buf: NOTHING,
        off: 0,
        contentType: type,
        encrypted: side.encrypted,
        plain: null,
        sealed: 'cut',
        handshakes: [],
        alert: null,
      },
      frame,
    );
    // The least overhead is the usual one. Where padding makes the guess wrong, what follows says so.
    const contents = side.cipher === null ? 0 : Math.max(length - side.cipher.overhead, 0);
    if (type === ContentType.APPLICATION_DATA) this.#host.missing(dir, contents, frame);
    else if (type === ContentType.CHANGE_CIPHER_SPEC) this.#changeCipher(side);
  }

  lostRecords(dir: 0 | 1, frame: number): void {
    const side = this.#sides[dir];
    side.lost = true;
    side.handshakes.reset();
    this.#host.missing(dir, 0, frame);
  }

  #open(side: Side, buf: Buffer, off: number, length: number): Opening {
    const type = buf[off]!;
    const plain = { contentType: type, plain: null, sealed: null, encrypted: false };
    const at = off + 5;
    if (type === ContentType.CHANGE_CIPHER_SPEC) return { ...plain, plain: buf.subarray(at, at + length) };
    if (this.#isTls13(type)) {
      if (type !== ContentType.APPLICATION_DATA) return { ...plain, plain: buf.subarray(at, at + length) };
      side.encrypted = true;
      return this.#result(type, this.#open13(side, buf, off, length));
    }
    if (side.encrypted) return this.#result(type, this.#open12(side, buf, off, length));
    if (type === ContentType.APPLICATION_DATA) return { ...plain, encrypted: true, sealed: 'no hello' };
    return { ...plain, plain: buf.subarray(at, at + length) };
  }

  #result(type: number, opened: OpenedRecord | Sealed): Opening {
    if (typeof opened === 'string')
      return { contentType: type, plain: null, sealed: opened, encrypted: true };
    return { ...opened, sealed: null, encrypted: true };
  }

  /** Before the ServerHello, or without it, application data is TLS 1.3's: 0-RTT, or there are secrets for it. */
  #isTls13(type: number): boolean {
    if (this.version !== 0) return this.version === TLS13;
    if (type !== ContentType.APPLICATION_DATA) return false;
    return this.#earlyData || this.#secret(EPOCHS.client[HANDSHAKE_EPOCH]) !== null;
  }

  // --- TLS 1.2

  /** ChangeCipherSpec: in TLS 1.2 the new keys hold from the next record on, in TLS 1.3 it means nothing. */
  #changeCipher(side: Side): void {
    if (this.version === TLS13) return;
    side.encrypted = true;
    side.seq = 0;
    side.lost = false;
    side.cipher = null;
    side.handshakes.reset();
  }

  #open12(side: Side, buf: Buffer, off: number, length: number): OpenedRecord | Sealed {
    const cipher = side.cipher ?? this.#cipher12(side);
    if (typeof cipher === 'string') {
      side.seq++;
      return cipher;
    }
    return this.#openAt(side, cipher, buf, off, length) ?? this.#fail(side);
  }

  #cipher12(side: Side): RecordCipher | Sealed {
    const server = this.#server;
    const offered = this.#offered;
    if (server === null || offered === null) return 'no hello';
    const suite = cipherSuite(server.cipherSuite);
    if (this.version !== TLS12 || suite === undefined || suite.tls13 || server.compression !== 0)
      return 'cipher';
    const master = this.#masterSecret(server);
    if (master === null) return 'no keys';
    const keys = tls12Keys(suite, master, offered.random, server.random);
    side.cipher = new RecordCipher(suite, keys[side.dir === this.clientDir ? 0 : 1], server.encryptThenMac);
    return side.cipher;
  }

  /** From the key log, or that of the session which this one resumes by its id or ticket. */
  #masterSecret(server: ServerHello): Buffer | null {
    const { sessions } = this.#secrets;
    const { sessionId } = server;
    const known = this.#secret('CLIENT_RANDOM');
    if (known !== null && sessionId.length > 0) sessions.put(sessionId, known);
    this.#master = known ?? this.#resumed(sessionId, this.#offered);
    return this.#master;
  }

  /** A server that resumes by ticket need not echo an id: the first record under the keys tells whether it did. */
  #resumed(sessionId: Buffer, offered: ClientHello | null): Buffer | null {
    if (offered === null) return null;
    const { sessions } = this.#secrets;
    const byId = sessionId.length > 0 && sessionId.equals(offered.sessionId) ? sessions.get(sessionId) : null;
    return byId ?? (offered.ticket.length > 0 ? sessions.get(offered.ticket) : null);
  }

  // --- TLS 1.3

  #open13(side: Side, buf: Buffer, off: number, length: number): OpenedRecord | Sealed {
    if (this.clientDir < 0) return 'no hello';
    if (side.cipher !== null) {
      const opened = this.#openAt(side, side.cipher, buf, off, length);
      if (opened !== null) return opened;
      if (side.lost && side.secret !== null) {
        const updated = this.#tryUpdated(side, side.cipher.suite, side.secret, buf, off, length);
        if (updated !== null) return updated;
      }
    }
    let keys = side.cipher !== null;
    const first = side.dir === this.clientDir && this.#earlyData ? 0 : HANDSHAKE_EPOCH;
    for (let epoch = Math.max(side.epoch + 1, first); epoch <= DATA_EPOCH; epoch++) {
      const secret = this.#epochSecret(side, epoch);
      if (secret === null) continue;
      keys = true;
      const opened = this.#tryEpoch(side, epoch, secret, buf, off, length);
      if (opened !== null) return opened;
    }
    if (keys) return side.cipher === null && !this.#suiteKnown() ? 'cipher' : this.#fail(side);
    side.lost = true;
    return 'no keys';
  }

  #suiteKnown(): boolean {
    return this.cipherSuite < 0 || cipherSuite(this.cipherSuite) !== undefined;
  }

  #epochSecret(side: Side, epoch: number): Buffer | null {
    const label = EPOCHS[side.dir === this.clientDir ? 'client' : 'server'][epoch];
    return label === undefined || label === '' ? null : this.#secret(label);
  }

  /** The keys of a later epoch: the sender has gone on to them. */
  #tryEpoch(
    side: Side,
    epoch: number,
    secret: Buffer,
    buf: Buffer,
    off: number,
    length: number,
  ): OpenedRecord | null {
    const chosen = epoch === 0 ? undefined : cipherSuite(this.cipherSuite);
    const suites = chosen === undefined ? suitesForSecret(secret.length) : [chosen];
    for (const suite of suites) {
      if (!suite.tls13) continue;
      const cipher = new RecordCipher(suite, tls13Keys(suite, secret));
      const from = side.seq;
      side.seq = 0;
      const opened = this.#openAt(side, cipher, buf, off, length);
      if (opened === null) {
        side.seq = from;
        continue;
      }
      side.cipher = cipher;
      side.epoch = epoch;
      side.secret = secret;
      return opened;
    }
    return null;
  }

  /** The KeyUpdate may be among the lost records. */
  #tryUpdated(
    side: Side,
    suite: CipherSuite,
    secret: Buffer,
    buf: Buffer,
    off: number,
    length: number,
  ): OpenedRecord | null {
    const { cipher, seq } = side;
    this.#keyUpdate(side, suite, secret);
    const opened = this.#openAt(side, side.cipher!, buf, off, length);
    if (opened !== null) return opened;
    side.cipher = cipher;
    side.secret = secret;
    side.seq = seq;
    return null;
  }

  #keyUpdate(side: Side, suite: CipherSuite, secret: Buffer): void {
    side.secret = nextSecret(suite, secret);
    side.cipher = new RecordCipher(suite, tls13Keys(suite, side.secret));
    side.seq = 0;
  }

  // --- both

  /** Opens a record as the side's next one; after a loss also as one of those behind it. */
  #openAt(side: Side, cipher: RecordCipher, buf: Buffer, off: number, length: number): OpenedRecord | null {
    let opened = cipher.open(buf, off, length, side.seq);
    if (opened === null && side.lost) {
      for (let ahead = 1; ahead <= SEARCH_AHEAD && this.#searches > 0; ahead++) {
        this.#searches--;
        opened = cipher.open(buf, off, length, side.seq + ahead);
        if (opened === null) continue;
        side.seq += ahead;
        break;
      }
    }
    if (opened === null) return null;
    side.seq++;
    side.lost = false;
    return opened;
  }

  #fail(side: Side): Sealed {
    side.lost = true;
    return 'bad tag';
  }

  #secret(label: string): Buffer | null {
    if (this.clientRandom === '') return null;
    return this.#secrets.keyLog.of(this.clientRandom)?.get(label) ?? null;
  }

  #handshake(side: Side, message: HandshakeMessage): void {
    const { type, body } = message;
    if (type === HandshakeType.CLIENT_HELLO && body !== null) this.#clientHello(side, body);
    else if (type === HandshakeType.SERVER_HELLO && body !== null) this.#serverHello(body);
    else if (type === HandshakeType.NEW_SESSION_TICKET && body !== null) this.#newTicket(body);
    else if (type === HandshakeType.KEY_UPDATE && side.secret !== null && side.cipher !== null) {
      this.#keyUpdate(side, side.cipher.suite, side.secret);
    }
  }

  #clientHello(side: Side, body: Buffer): void {
    const hello = parseClientHello(body);
    if (hello === null) return;
    this.clientDir = side.dir;
    this.clientRandom = hello.random.toString('hex');
    const ticket = hello.ticket.length > MAX_TICKET ? NOTHING : copy(hello.ticket);
    this.#offered = { ...hello, ...kept(hello), ticket };
    this.#earlyData ||= hello.earlyData;
  }

  #serverHello(body: Buffer): void {
    const hello = parseServerHello(body);
    if (hello === null) return;
    this.version = hello.version;
    this.cipherSuite = hello.cipherSuite;
    if (!hello.helloRetryRequest) this.#server = { ...hello, ...kept(hello) };
  }

  #newTicket(body: Buffer): void {
    if (this.version !== TLS12 || this.#server === null) return;
    const ticket = parseTicket(body);
    const master = this.#master ?? this.#masterSecret(this.#server);
    if (ticket !== null && master !== null) this.#secrets.sessions.put(ticket, master);
  }
}

const NOTHING = Buffer.alloc(0);

/** Of a hello, whose bytes are used again with the next packet. */
function kept({ random, sessionId }: { random: Buffer; sessionId: Buffer }) {
  return { random: copy(random), sessionId: copy(sessionId) };
}

function copy(bytes: Buffer): Buffer {
  return bytes.length === 0 ? NOTHING : Buffer.from(bytes);
}
