/**
 * The bytes of a capture that have been read and not yet parsed: one growing buffer, filled at its end and
 * consumed at its front. Grows only as bytes really arrive, never by a length that the bytes claim.
 */

const INITIAL = (1 << 20) + (1 << 18);

export class ByteWindow {
  buf: Buffer;
  view: DataView;
  /** unparsed bytes are buf[pos, end) */
  pos = 0;
  end = 0;
  /** offset in the capture of buf[0] */
  base = 0;
  /** no more bytes will come */
  ended = false;

  constructor(size: number = INITIAL) {
    this.buf = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.buf.buffer, this.buf.byteOffset, this.buf.length);
  }

  /** Offset in the capture of the next unparsed byte. */
  get offset(): number {
    return this.base + this.pos;
  }

  /** The free space after the unread bytes, at least `min` bytes of it. Views handed out before are void. */
  reserve(min: number): Buffer {
    if (this.buf.length - this.end < min) {
      const unread = this.end - this.pos;
      let target = this.buf;
      if (this.buf.length - unread < min) {
        target = Buffer.allocUnsafeSlow(Math.max(this.buf.length * 2, unread + min));
        this.view = new DataView(target.buffer, target.byteOffset, target.length);
      }
      this.buf.copy(target, 0, this.pos, this.end);
      this.buf = target;
      this.base += this.pos;
      this.pos = 0;
      this.end = unread;
    }
    return this.buf.subarray(this.end);
  }
}
