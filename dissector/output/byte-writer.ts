/**
 * Collects output in one reusable buffer and hands it to a sink in large pieces: the hot path of `-T fields` makes
 * no string per field. What the sink's `write` throws passes through.
 */

/** Where bytes go. `write` may keep nothing of the chunk after it returns. */
export interface ByteSink {
  write(chunk: Uint8Array): void;
}

const HEX = '0123456789abcdef';
const HEX_CODES = Uint8Array.from(HEX, (c) => c.charCodeAt(0));
/** the two digits of a byte, the first in the high bits */
const DIGITS = Uint16Array.from({ length: 256 }, (_, b) => (HEX_CODES[b >> 4]! << 8) | HEX_CODES[b & 15]!);
/** ASCII that JSON has as it is; a slash may end `</`, which is broken up, so that `<` is not among it */
const PLAIN = Uint8Array.from({ length: 0x7f }, (_, code) =>
  code >= 0x20 && code !== 0x22 && code !== 0x5c && code !== 0x3c ? 1 : 0,
);
const QUOTE = 0x22;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const BILLION = 1_000_000_000n;
const SHORT_TEXT = 48;
/** from it on, bytes are read a word at a time */
const LONG_BYTES = 64;
/** below it an integer's digits are found without fractions */
const SMALL = 1_000_000_000;

/** Text that is written again and again, made ready once: its UTF-8 as words, which are copied four bytes at a time. */
export interface PreparedText {
  readonly bytes: Buffer;
  /** little-endian, the last filled up with zeros */
  readonly words: Int32Array;
}

export function prepareText(text: string): PreparedText {
  const bytes = Buffer.from(text, 'utf8');
  const padded = Buffer.alloc((bytes.length + 3) & ~3);
  bytes.copy(padded);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(4 * i));
  return { bytes, words };
}

export class ByteWriter {
  readonly #sink: ByteSink;
  readonly #buf: Buffer;
  readonly #view: DataView;
  #at = 0;

  /** `size`: bytes kept before the sink gets them. */
  constructor(sink: ByteSink, size = 1 << 16) {
    this.#sink = sink;
    this.#buf = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#buf.buffer, 0, size);
  }

  flush(): void {
    if (this.#at === 0) return;
    const chunk = this.#buf.subarray(0, this.#at);
    this.#at = 0;
    this.#sink.write(chunk);
  }

  byte(code: number): void {
    if (this.#at === this.#buf.length) this.flush();
    this.#buf[this.#at++] = code;
  }

  /** UTF-8; longer text than the buffer goes out in pieces. */
  text(text: string): void {
    const most = text.length * 3;
    if (most > this.#buf.length - this.#at) {
      this.flush();
      if (most > this.#buf.length) {
        this.#sink.write(Buffer.from(text, 'utf8'));
        return;
      }
    }
    if (text.length > SHORT_TEXT || !this.#ascii(text)) this.#at += this.#buf.write(text, this.#at, 'utf8');
  }

  /** Short text is quicker written here than by a call out of JavaScript. False: it is not all ASCII. */
  #ascii(text: string): boolean {
    const buf = this.#buf;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buf[at++] = code;
    }
    this.#at = at;
    return true;
  }

  prepared({ bytes, words }: PreparedText): void {
    const room = words.length * 4;
    if (room > this.#buf.length - this.#at) {
      this.flush();
      if (room > this.#buf.length) {
        this.#sink.write(bytes);
        return;
      }
    }
    const view = this.#view;
    let at = this.#at;
    for (let i = 0; i < words.length; i++, at += 4) view.setInt32(at, words[i]!, true);
    this.#at += bytes.length;
  }

  /** `"text"` as JSON has it, if nothing in it must be escaped and it is ASCII; else nothing is written, and false. */
  quoted(text: string): boolean {
    const { length } = text;
    if (length + 2 > this.#buf.length - this.#at) {
      this.flush();
      if (length + 2 > this.#buf.length) return false;
    }
    const buf = this.#buf;
    let at = this.#at;
    buf[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (PLAIN[code] !== 1) return false;
      buf[at++] = code;
    }
    buf[at++] = QUOTE;
    this.#at = at;
    return true;
  }

  /** A non-negative integer up to 2^53. */
  decimal(value: number): void {
    if (this.#buf.length - this.#at < 20) this.flush();
    const buf = this.#buf;
    if (value < 10) {
      buf[this.#at++] = ZERO + value;
      return;
    }
    if (value < SMALL) {
      this.#small(value | 0);
      return;
    }
    let n = value;
    let digits = 1;
    for (let limit = 10; n >= limit && digits < 16; limit *= 10) digits++;
    let at = this.#at + digits;
    this.#at = at;
    while (digits-- > 0) {
      const next = Math.floor(n / 10);
      buf[--at] = ZERO + (n - next * 10);
      n = next;
    }
  }

  #small(value: number): void {
    const buf = this.#buf;
    let n = value;
    let at = this.#at + 1;
    for (let limit = 10; limit <= n && limit < SMALL; limit *= 10) at++;
    this.#at = at;
    do {
      const next = (n / 10) | 0;
      buf[--at] = ZERO + (n - next * 10);
      n = next;
    } while (n > 0);
  }

  /** `0x` and exactly `digits` digits. */
  hex(value: number, digits: number): void {
    if (this.#buf.length - this.#at < digits + 2) this.flush();
    const buf = this.#buf;
    buf[this.#at++] = ZERO;
    buf[this.#at++] = 0x78;
    for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      buf[this.#at++] = HEX_CODES[(value >>> shift) & 15] ?? ZERO;
    }
  }

  /** Bytes as lower-case hex; `separator`, a character code, stands between them when it is not 0. */
  hexBytes(bytes: Uint8Array, off: number, len: number, separator = 0): void {
    const width = separator === 0 ? 2 : 3;
    const end = off + len;
    for (let i = off; i < end; ) {
      let n = Math.min(end - i, Math.floor((this.#buf.length - this.#at) / width));
      if (n === 0) {
        this.flush();
        n = Math.min(end - i, Math.floor(this.#buf.length / width));
      }
      if (separator === 0) this.#digits(bytes, i, n);
      else this.#separated(bytes, i, n, separator);
      i += n;
    }
    // none stands behind the last, and a flush came only before a byte
    if (separator !== 0 && len > 0) this.#at--;
  }

  #digits(bytes: Uint8Array, from: number, count: number): void {
    const view = this.#view;
    const stop = from + count;
    let at = this.#at;
    let i = from;
    if (count >= LONG_BYTES) {
      const read = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (; i + 3 < stop; i += 4, at += 8) {
        const word = read.getUint32(i);
        view.setInt32(at, (DIGITS[word >>> 24]! << 16) | DIGITS[(word >>> 16) & 0xff]!);
        view.setInt32(at + 4, (DIGITS[(word >>> 8) & 0xff]! << 16) | DIGITS[word & 0xff]!);
      }
    }
    for (; i + 1 < stop; i += 2, at += 4) {
      view.setInt32(at, (DIGITS[bytes[i]!]! << 16) | DIGITS[bytes[i + 1]!]!);
    }
    if (i < stop) view.setInt16(at, DIGITS[bytes[i]!]!);
    this.#at += 2 * count;
  }

  /** Four bytes are twelve characters: three words. */
  #separated(bytes: Uint8Array, from: number, count: number, separator: number): void {
    const view = this.#view;
    const stop = from + count;
    let at = this.#at;
    let i = from;
    for (; i + 3 < stop; i += 4, at += 12) {
      const b = DIGITS[bytes[i + 1]!]!;
      view.setInt32(at, (DIGITS[bytes[i]!]! << 16) | (separator << 8) | (b >> 8));
      view.setInt32(at + 4, (b << 24) | (separator << 16) | DIGITS[bytes[i + 2]!]!);
      view.setInt32(at + 8, (separator << 24) | (DIGITS[bytes[i + 3]!]! << 8) | separator);
    }
    for (; i < stop; i++, at += 3) {
      view.setInt16(at, DIGITS[bytes[i]!]!);
      view.setUint8(at + 2, separator);
    }
    this.#at = at;
  }

  /** Nanoseconds as seconds with nine decimals. */
  seconds(ns: number | bigint): void {
    if (typeof ns === 'bigint') {
      if (ns < 0n) this.byte(MINUS);
      const size = ns < 0n ? -ns : ns;
      this.#secondsParts(Number(size / BILLION), Number(size % BILLION));
      return;
    }
    if (ns < 0) this.byte(MINUS);
    const size = Math.abs(Math.round(ns));
    const seconds = Math.floor(size / 1e9);
    this.#secondsParts(seconds, size - seconds * 1e9);
  }

  #secondsParts(seconds: number, nanoseconds: number): void {
    this.decimal(seconds);
    this.fraction(nanoseconds);
  }

  /** A point and nine decimals. */
  fraction(nanoseconds: number): void {
    if (this.#buf.length - this.#at < 10) this.flush();
    const buf = this.#buf;
    buf[this.#at] = POINT;
    let n = nanoseconds | 0;
    for (let at = this.#at + 9; at > this.#at; at--) {
      const next = (n / 10) | 0;
      buf[at] = ZERO + (n - next * 10);
      n = next;
    }
    this.#at += 10;
  }

  /** Bytes made before: keys, for one. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > this.#buf.length - this.#at) {
      this.flush();
      if (bytes.length > this.#buf.length) {
        this.#sink.write(bytes);
        return;
      }
    }
    // what is short is copied before a call out of JavaScript has begun
    if (bytes.length > SHORT_TEXT) this.#buf.set(bytes, this.#at);
    else for (let i = 0; i < bytes.length; i++) this.#buf[this.#at + i] = bytes[i]!;
    this.#at += bytes.length;
  }
}
