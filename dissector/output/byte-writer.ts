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
/** the two digits of a byte */
const HIGH = Uint8Array.from({ length: 256 }, (_, b) => HEX.charCodeAt(b >> 4));
const LOW = Uint8Array.from({ length: 256 }, (_, b) => HEX.charCodeAt(b & 15));
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const SPACE = 0x20;
const BILLION = 1_000_000_000n;
const SHORT_TEXT = 48;

export class ByteWriter {
  readonly #sink: ByteSink;
  readonly #buf: Buffer;
  #at = 0;

  /** `size`: bytes kept before the sink gets them. */
  constructor(sink: ByteSink, size = 1 << 16) {
    this.#sink = sink;
    this.#buf = Buffer.allocUnsafe(size);
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

  /** A non-negative integer up to 2^53. */
  decimal(value: number): void {
    if (this.#buf.length - this.#at < 20) this.flush();
    const buf = this.#buf;
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
      const buf = this.#buf;
      let at = this.#at;
      for (const stop = i + n; i < stop; i++) {
        const b = bytes[i]!;
        buf[at++] = HIGH[b]!;
        buf[at++] = LOW[b]!;
        if (separator !== 0) buf[at++] = separator;
      }
      this.#at = at;
    }
    // none stands behind the last, and a flush came only before a byte
    if (separator !== 0 && len > 0) this.#at--;
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
    if (this.#buf.length - this.#at < 10) this.flush();
    const buf = this.#buf;
    buf[this.#at] = POINT;
    let n = nanoseconds;
    for (let at = this.#at + 9; at > this.#at; at--) {
      const next = Math.floor(n / 10);
      buf[at] = ZERO + (n - next * 10);
      n = next;
    }
    this.#at += 10;
  }

  spaces(count: number): void {
    for (let i = 0; i < count; i++) this.byte(SPACE);
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
