/**
 * TLS handshake messages (RFC 8446 section 4, RFC 5246 section 7.4): cut out of the records that carry them, and of
 * the two hellos what a reader of records needs. Lengths are checked against what is there; a hello that is cut or
 * lies is null. Never throws; memory is one message, up to a limit, a direction, of what all connections share.
 */
import type { RecordBlock, RecordMemory } from './record-reader.ts';

export const HandshakeType = {
  HELLO_REQUEST: 0,
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  NEW_SESSION_TICKET: 4,
  END_OF_EARLY_DATA: 5,
  FINISHED: 20,
  KEY_UPDATE: 24,
} as const;

/** Types whose contents are looked at; the others are only named. */
const KEPT: ReadonlySet<number> = new Set([
  HandshakeType.CLIENT_HELLO,
  HandshakeType.SERVER_HELLO,
  HandshakeType.NEW_SESSION_TICKET,
]);

/** Longest hello or ticket that is looked at. Post-quantum key shares make a ClientHello of 2 KiB. */
const MAX_KEPT = 1 << 16;

export interface HandshakeMessage {
  readonly type: number;
  readonly length: number;
  /** the contents, for the types that are looked at, until the next packet; null for others and what is too long */
  readonly body: Buffer | null;
}

/** Puts the handshake messages of one direction together, whatever the records they are spread over. */
export class HandshakeReader {
  readonly #memory: RecordMemory;
  /** type and length, as far as they came */
  #header = 0;
  #headerBytes = 0;
  #kept = false;
  /** what there is of contents that are kept */
  #block: RecordBlock | null = null;
  #have = 0;

  constructor(memory: RecordMemory) {
    this.#memory = memory;
  }

  /** Forgets an unfinished message. */
  reset(): void {
    if (this.#block !== null) this.#memory.drop(this.#block);
    this.#forget();
  }

  /** Takes the contents of a handshake record; calls `visit` for each message that ends in it. */
  feed(buf: Buffer, off: number, end: number, visit: (message: HandshakeMessage) => void): void {
    let at = off;
    while (at < end) {
      if (this.#headerBytes < 4) {
        this.#header = ((this.#header << 8) | buf[at++]!) >>> 0;
        if (++this.#headerBytes < 4) continue;
        this.#kept = KEPT.has(this.#header >>> 24) && (this.#header & 0xffffff) <= MAX_KEPT;
      }
      const length = this.#header & 0xffffff;
      const n = Math.min(length - this.#have, end - at);
      if (this.#kept && n > 0) this.#keep(buf, at, n);
      this.#have += n;
      at += n;
      if (this.#have < length) return;
      const block = this.#block;
      if (block !== null) this.#memory.lend(block);
      const body = this.#kept ? (block?.buf.subarray(0, length) ?? NOTHING) : null;
      const message = { type: this.#header >>> 24, length, body };
      this.#forget();
      visit(message);
    }
  }

  /** Grows as bytes arrive, not by what the length claims. */
  #keep(buf: Buffer, at: number, n: number): void {
    const size = this.#have + n;
    if (this.#block === null || this.#block.buf.length < size) {
      const block = this.#memory.grow(this.#block, this.#have, size);
      if (block === null) {
        this.#kept = false;
        if (this.#block !== null) this.#memory.drop(this.#block);
      }
      this.#block = block;
    }
    if (this.#block !== null) buf.copy(this.#block.buf, this.#have, at, at + n);
  }

  #forget(): void {
    this.#header = 0;
    this.#headerBytes = 0;
    this.#kept = false;
    this.#block = null;
    this.#have = 0;
  }
}

const NOTHING = Buffer.alloc(0);

export interface ClientHello {
  readonly version: number;
  /** 32 bytes */
  readonly random: Buffer;
  readonly sessionId: Buffer;
  /** the session ticket offered (RFC 5077), empty when there is none */
  readonly ticket: Buffer;
  /** 0-RTT data follows (RFC 8446 section 4.2.10) */
  readonly earlyData: boolean;
}

export interface ServerHello {
  /** the version chosen: 0x0304 for TLS 1.3 */
  readonly version: number;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly cipherSuite: number;
  readonly compression: number;
  readonly encryptThenMac: boolean;
  /** no hello yet, but a request for another ClientHello (RFC 8446 section 4.1.4) */
  readonly helloRetryRequest: boolean;
}

/** SHA-256 of "HelloRetryRequest": the random by which such a ServerHello is known. */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

const EXT_ENCRYPT_THEN_MAC = 22;
const EXT_SESSION_TICKET = 35;
const EXT_EARLY_DATA = 42;
const EXT_SUPPORTED_VERSIONS = 43;

export function parseClientHello(body: Buffer): ClientHello | null {
  if (body.length < 35) return null;
  const version = body.readUInt16BE(0);
  const random = body.subarray(2, 34);
  const sessionId = vector(body, 34, 1);
  if (sessionId === null) return null;
  const suites = vector(body, sessionId.end, 2);
  if (suites === null) return null;
  const compressions = vector(body, suites.end, 1);
  if (compressions === null) return null;
  let earlyData = false;
  let ticket = body.subarray(0, 0);
  eachExtension(body, compressions.end, (type, data) => {
    if (type === EXT_EARLY_DATA) earlyData = true;
    else if (type === EXT_SESSION_TICKET) ticket = data;
  });
  return { version, random, sessionId: sessionId.data, ticket, earlyData };
}

export function parseServerHello(body: Buffer): ServerHello | null {
  if (body.length < 35) return null;
  let version = body.readUInt16BE(0);
  const random = body.subarray(2, 34);
  const sessionId = vector(body, 34, 1);
  if (sessionId === null || body.length - sessionId.end < 3) return null;
  const cipherSuite = body.readUInt16BE(sessionId.end);
  const compression = body[sessionId.end + 2]!;
  let encryptThenMac = false;
  eachExtension(body, sessionId.end + 3, (type, data) => {
    if (type === EXT_SUPPORTED_VERSIONS && data.length === 2) version = data.readUInt16BE(0);
    else if (type === EXT_ENCRYPT_THEN_MAC) encryptThenMac = true;
  });
  const helloRetryRequest = random.equals(RETRY_RANDOM);
  return {
    version,
    random,
    sessionId: sessionId.data,
    cipherSuite,
    compression,
    encryptThenMac,
    helloRetryRequest,
  };
}

/** The ticket of a TLS 1.2 NewSessionTicket (RFC 5077 section 3.3), or null. */
export function parseTicket(body: Buffer): Buffer | null {
  return vector(body, 4, 2)?.data ?? null;
}

/** A vector whose length stands in `width` bytes at `off`; null when it does not fit. */
function vector(body: Buffer, off: number, width: 1 | 2): { data: Buffer; end: number } | null {
  if (body.length - off < width) return null;
  const from = off + width;
  const end = from + body.readUIntBE(off, width);
  return end > body.length ? null : { data: body.subarray(from, end), end };
}

function eachExtension(body: Buffer, off: number, visit: (type: number, data: Buffer) => void): void {
  const all = vector(body, off, 2);
  if (all === null) return;
  const list = all.data;
  for (let at = 0; list.length - at >= 4; ) {
    const one = vector(list, at + 2, 2);
    if (one === null) return;
    visit(list.readUInt16BE(at), one.data);
    at = one.end;
  }
}
