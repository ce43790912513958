/**
 * A packet that outlives its reader's next one: a copy of its bytes at the offsets they had, so that a decoded frame
 * need only be pointed to the copy. The room for it is used again and again.
 */
import type { Frame } from './frame.ts';

export class KeptPacket {
  buf = Buffer.alloc(0);
  view = new DataView(this.buf.buffer, this.buf.byteOffset, 0);

  /** Copies the packet of `frame`, in place of the one before, and makes the frame stand on the copy. */
  take(frame: Frame): void {
    const { packet } = frame;
    const { buf, off } = packet;
    const end = off + packet.caplen;
    if (this.buf.length < end) {
      this.buf = Buffer.allocUnsafeSlow(buf.length);
      this.view = new DataView(this.buf.buffer, this.buf.byteOffset, this.buf.length);
    }
    buf.copy(this.buf, off, off, end);
    // a new object: the reader will use its own for the next packet
    frame.packet = { ...packet, buf: this.buf, view: this.view };
    for (let i = 0; i < frame.layerCount; i++) {
      const layer = frame.layers[i]!;
      if (layer.buf !== buf) continue;
      layer.buf = this.buf;
      layer.view = this.view;
    }
    if (frame.tbuf !== buf) return;
    frame.tbuf = this.buf;
    frame.tview = this.view;
  }
}
