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
const ZERO = 0x30;
const SHORT_TEXT = 40;

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

  /** Bytes as lower-case hex. */
  hexBytes(bytes: Uint8Array, off: number, len: number): void {
    for (let i = 0; i < len; i++) {
      if (this.#buf.length - this.#at < 2) this.flush();
      const b = bytes[off + i] ?? 0;
      this.#buf[this.#at++] = HEX_CODES[b >> 4] ?? ZERO;
      this.#buf[this.#at++] = HEX_CODES[b & 15] ?? ZERO;
    }
  }
}
