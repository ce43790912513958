/**
 * The packets of a trace in order, read in long runs: for what looks at all of them again. One Packet object, reused.
 * Throws what the store throws.
 */
import type { Packet } from '../../dissector/capture/packet.ts';
import { emptyPacket } from '../../dissector/capture/parser.ts';
import type { ByteStore } from './scratch.ts';
import type { Trace } from './trace.ts';

const WINDOW = 1 << 18;

export class SequentialReader {
  readonly #trace: Trace;
  readonly #store: ByteStore;
  readonly #packet: Packet = emptyPacket();
  #window = Buffer.alloc(0);
  #view = new DataView(this.#window.buffer, 0, 0);
  /** where the window begins in the store, and how much of it is filled */
  #base = 0;
  #filled = 0;

  constructor(trace: Trace, store: ByteStore) {
    this.#trace = trace;
    this.#store = store;
  }

  /** Valid until the next one is asked for. */
  packet(row: number): Packet {
    const trace = this.#trace;
    const packet = this.#packet;
    const at = trace.at.get(row);
    const caplen = trace.caplen.get(row);
    if (at < this.#base || at + caplen > this.#base + this.#filled) this.#move(at, caplen);
    const kind = trace.kinds[trace.kind.get(row)]!;
    packet.number = row + 1;
    packet.sec = trace.sec.get(row);
    packet.nsec = trace.nsec.get(row);
    packet.hasTime = kind.hasTime;
    packet.caplen = caplen;
    packet.len = trace.len.get(row);
    packet.buf = this.#window;
    packet.view = this.#view;
    packet.off = at - this.#base;
    packet.linkType = kind.linkType;
    packet.interfaceId = kind.interfaceId;
    packet.section = kind.section;
    packet.comments = trace.commentsOf(row);
    packet.options = trace.optionsOf(row);
    return packet;
  }

  #move(at: number, caplen: number): void {
    // a new buffer: what was told of the packet before may still point into the old one
    this.#window = Buffer.allocUnsafeSlow(Math.max(WINDOW, caplen));
    this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.length);
    this.#base = at;
    this.#filled = this.#store.read(at, this.#window);
    if (this.#filled < caplen) {
      this.#window.fill(0, this.#filled, caplen);
      this.#filled = caplen;
    }
  }
}
