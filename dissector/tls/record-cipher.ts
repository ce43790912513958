/**
 * Opens the records of one direction under one set of keys: AEAD of TLS 1.3 (RFC 8446 section 5.2) and 1.2 (RFC
 * 5246 section 6.2.3.3, RFC 6655, RFC 7905), CBC with its MAC before or after encryption (RFC 7366). What does not
 * authenticate gives null and no byte of it; hostile records never throw.
 */
import type { CipherGCMTypes } from 'node:crypto';
import type { CipherSuite } from './cipher-suites.ts';
import type { DirectionKeys } from './derive-keys.ts';
import { nodeCrypto } from './node-crypto.ts';

/** What was in a record. */
export interface OpenedRecord {
  readonly contentType: number;
  readonly plain: Buffer;
}

const HEADER = 5;
const EXPLICIT_NONCE = 8;
const CBC_BLOCK = 16;
const NONCE = 12;

export class RecordCipher {
  readonly suite: CipherSuite;
  readonly #keys: DirectionKeys;
  readonly #encryptThenMac: boolean;
  readonly #nonce = Buffer.alloc(NONCE);
  readonly #aad = Buffer.alloc(13);

  constructor(suite: CipherSuite, keys: DirectionKeys, encryptThenMac = false) {
    this.suite = suite;
    this.#keys = keys;
    this.#encryptThenMac = encryptThenMac;
  }

  /** Bytes that a record has beyond its contents; for CBC the least of them. */
  get overhead(): number {
    const { mode, tagBytes, tls13 } = this.suite;
    if (tls13) return tagBytes + 1;
    if (mode === 'cbc') return CBC_BLOCK + tagBytes + 1;
    return tagBytes + (mode === 'chacha' ? 0 : EXPLICIT_NONCE);
  }

  /** Opens the record at buf[off, off + 5 + length) as the direction's `seq`-th, or returns null. */
  open(buf: Buffer, off: number, length: number, seq: number): OpenedRecord | null {
    if (length < this.overhead) return null;
    if (this.suite.mode === 'cbc') return this.#openCbc(buf, off, length, seq);
    return this.suite.tls13 ? this.#open13(buf, off, length, seq) : this.#open12(buf, off, length, seq);
  }

  #open13(buf: Buffer, off: number, length: number, seq: number): OpenedRecord | null {
    this.#maskNonce(seq);
    const aad = buf.subarray(off, off + HEADER);
    const inner = this.#aead(aad, buf, off + HEADER, length);
    if (inner === null) return null;
    // contents, one byte of type, zeros (RFC 8446 section 5.4)
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end--;
    if (end === 0) return null;
    return { contentType: inner[end - 1]!, plain: inner.subarray(0, end - 1) };
  }

  #open12(buf: Buffer, off: number, length: number, seq: number): OpenedRecord | null {
    let from = off + HEADER;
    let size = length;
    if (this.suite.mode === 'chacha') this.#maskNonce(seq);
    else {
      this.#keys.iv.copy(this.#nonce, 0);
      buf.copy(this.#nonce, 4, from, from + EXPLICIT_NONCE);
      from += EXPLICIT_NONCE;
      size -= EXPLICIT_NONCE;
    }
    const aad = this.#macHeader(buf, off, size - this.suite.tagBytes, seq);
    const plain = this.#aead(aad, buf, from, size);
    return plain === null ? null : { contentType: buf[off]!, plain };
  }

  #maskNonce(seq: number): void {
    const nonce = this.#nonce;
    nonce.writeUIntBE(0, 0, 6);
    nonce.writeUIntBE(seq, 6, 6);
    for (let i = 0; i < NONCE; i++) nonce[i]! ^= this.#keys.iv[i]!;
  }

  /** Sequence number, type, version and length of the contents: what TLS 1.2 authenticates beside them. */
  #macHeader(buf: Buffer, off: number, contents: number, seq: number): Buffer {
    const aad = this.#aad;
    aad.writeUInt16BE(0, 0);
    aad.writeUIntBE(seq, 2, 6);
    buf.copy(aad, 8, off, off + 3);
    aad.writeUInt16BE(contents, 11);
    return aad;
  }

  #aead(aad: Buffer, buf: Buffer, from: number, size: number): Buffer | null {
    const { cipher, tagBytes } = this.suite;
    const contents = size - tagBytes;
    if (contents < 0) return null;
    // ccm and chacha20-poly1305 take the same options, which Node's types give for GCM only
    const decipher = nodeCrypto().createDecipheriv(cipher as CipherGCMTypes, this.#keys.key, this.#nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(buf.subarray(from + contents, from + size));
    decipher.setAAD(aad, { plaintextLength: contents });
    try {
      const plain = decipher.update(buf.subarray(from, from + contents));
      decipher.final();
      return plain;
    } catch {
      // the tag is wrong: what update() gave must not be seen
      return null;
    }
  }

  #openCbc(buf: Buffer, off: number, length: number, seq: number): OpenedRecord | null {
    const { cipher, tagBytes } = this.suite;
    const from = off + HEADER;
    const sealed = this.#encryptThenMac ? length - tagBytes : length;
    if (sealed < 2 * CBC_BLOCK || sealed % CBC_BLOCK !== 0) return null;
    if (this.#encryptThenMac) {
      const header = this.#macHeader(buf, off, sealed, seq);
      const mac = this.#hmac(header, buf.subarray(from, from + sealed));
      if (!nodeCrypto().timingSafeEqual(mac, buf.subarray(from + sealed, from + length))) return null;
    }
    const iv = buf.subarray(from, from + CBC_BLOCK);
    const decipher = nodeCrypto().createDecipheriv(cipher, this.#keys.key, iv);
    decipher.setAutoPadding(false);
    const padded = decipher.update(buf.subarray(from + CBC_BLOCK, from + sealed));
    const padding = padded[padded.length - 1]!;
    const macBytes = this.#encryptThenMac ? 0 : tagBytes;
    const contents = padded.length - 1 - padding - macBytes;
    if (contents < 0) return null;
    for (let i = padded.length - 1 - padding; i < padded.length; i++) if (padded[i] !== padding) return null;
    const plain = padded.subarray(0, contents);
    if (!this.#encryptThenMac) {
      const mac = this.#hmac(this.#macHeader(buf, off, contents, seq), plain);
      if (!nodeCrypto().timingSafeEqual(mac, padded.subarray(contents, contents + tagBytes))) return null;
    }
    return { contentType: buf[off]!, plain };
  }

  #hmac(header: Buffer, data: Buffer): Buffer {
    return nodeCrypto().createHmac(this.suite.mac!, this.#keys.macKey).update(header).update(data).digest();
  }
}
