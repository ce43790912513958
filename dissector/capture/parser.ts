/**
 * The capture reader, sans-I/O: bytes are pushed in, packets pulled out. The caller fills what `reserve` gives,
 * says how much with `commit`, and takes packets with `next` until it returns null. Throws CaptureError, once.
 */
import { CaptureError } from './errors.ts';
import type { CaptureInterface, CaptureSecrets } from './interface.ts';
import type { Packet } from './packet.ts';
import { PcapReader, parsePcapHeader, pcapInterface } from './read-pcap.ts';
import { PcapngReader } from './read-pcapng.ts';
import { ByteWindow } from './window.ts';

/** Longest packet unless the capture declares a longer snap length. */
export const DEFAULT_RECORD_LIMIT = 262_144;

export interface CaptureOptions {
  /** longest packet, default 262,144; a snap length above it, up to 16 MiB, raises it */
  readonly recordLimit?: number;
}

const SECTION_HEADER = 0x0a0d0d0a;

/** A Packet to be filled by a reader. */
export function emptyPacket(): Packet {
  const buf = Buffer.alloc(0);
  return {
    number: 0,
    sec: 0,
    nsec: 0,
    hasTime: false,
    caplen: 0,
    len: 0,
    buf,
    view: new DataView(buf.buffer, buf.byteOffset, 0),
    off: 0,
    linkType: -1,
    interfaceId: 0,
    section: 1,
    comments: [],
    options: [],
  };
}

/** Reads pcap and pcapng, found out by their first bytes. */
export class CaptureParser {
  readonly #window = new ByteWindow();
  readonly #packet = emptyPacket();
  readonly #limit: number;
  #pcap: PcapReader | null = null;
  #pcapInterfaces: readonly CaptureInterface[] = [];
  #pcapng: PcapngReader | null = null;
  #done = false;

  constructor(options: CaptureOptions = {}) {
    this.#limit = options.recordLimit ?? DEFAULT_RECORD_LIMIT;
  }

  /** null until the first bytes told. */
  get format(): 'pcap' | 'pcapng' | null {
    if (this.#pcap !== null) return 'pcap';
    return this.#pcapng !== null ? 'pcapng' : null;
  }

  /** The interfaces known so far: of the file, or of the pcapng section that the last packet is from. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#pcapng?.interfaces ?? this.#pcapInterfaces;
  }

  /** The decryption secrets met so far. */
  get secrets(): readonly CaptureSecrets[] {
    return this.#pcapng?.secrets ?? [];
  }

  /** Offset in the capture of `buf[0]` of the last packet. */
  get origin(): number {
    return this.#window.base;
  }

  /** Space for at least `min` more bytes. Ends the life of the last packet's bytes. */
  reserve(min: number): Buffer {
    return this.#window.reserve(min);
  }

  /** The first `n` bytes of what `reserve` gave are filled. */
  commit(n: number): void {
    this.#window.end += n;
  }

  /** No more bytes will come. */
  end(): void {
    this.#window.ended = true;
  }

  /**
   * The next packet, valid until the next call; or null: more bytes are needed, or after `end` there are no more.
   * Throws CaptureError for bytes that cannot be read, and after `end` for a capture that stops inside a record;
   * from then on it returns null.
   */
  next(): Packet | null {
    if (this.#done) return null;
    try {
      return this.#next();
    } catch (e) {
      this.#done = true;
      throw e;
    }
  }

  #next(): Packet | null {
    const w = this.#window;
    const packet = this.#packet;
    if (this.#pcap === null && this.#pcapng === null && !this.#begin()) return this.#starve();
    const found = this.#pcap !== null ? this.#pcap.next(packet) : this.#pcapng!.next(packet);
    if (!found) return this.#starve();
    packet.buf = w.buf;
    packet.view = w.view;
    packet.number++;
    return packet;
  }

  #begin(): boolean {
    const w = this.#window;
    const available = w.end - w.pos;
    if (available < 4) return false;
    if (w.view.getUint32(w.pos) === SECTION_HEADER) {
      this.#pcapng = new PcapngReader(w, this.#limit);
      return true;
    }
    const header = parsePcapHeader(w.view, w.pos, available);
    if (header === null) return false;
    w.pos += header.headerLength;
    this.#pcap = new PcapReader(w, header, this.#packet, this.#limit);
    this.#pcapInterfaces = [pcapInterface(header)];
    return true;
  }

  /** Nothing whole is left: fine before the end, and at the end if nothing at all is left. An empty file is empty. */
  #starve(): null {
    const w = this.#window;
    if (!w.ended) return null;
    this.#done = true;
    const offset = this.#pcapng?.offset ?? w.offset;
    const left = w.base + w.end - offset;
    if (left === 0) return null;
    const started = this.#pcap !== null || this.#pcapng !== null;
    if (!started && left < 4) throw new CaptureError('FORMAT', 'not a pcap or pcapng capture', 0);
    const what = started ? 'a record' : 'its header';
    throw new CaptureError(
      'TRUNCATED',
      `the capture ends in the middle of ${what}, after ${left} bytes of it`,
      offset,
    );
  }
}
