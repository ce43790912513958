/**
 * Walks the record lengths of a classic pcap stream before another parser buffers it: tells how many bytes of
 * each chunk are safe to pass on, and what is wrong with the rest. Holds at most one header.
 */
import { CaptureError } from './errors.ts';
import { type PcapHeader, parsePcapHeader, pcapRecordLimit } from './read-pcap.ts';

const LONGEST_HEADER = 28;

export class PcapGuard {
  readonly #limit: number;
  readonly #partial = Buffer.alloc(LONGEST_HEADER);
  readonly #view = new DataView(this.#partial.buffer, this.#partial.byteOffset, LONGEST_HEADER);
  #gathered = 0;
  #body = 0;
  #offset = 0;
  #header: PcapHeader | null = null;
  #recordLimit = 0;
  #error: CaptureError | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The file header, once it has passed. */
  get header(): PcapHeader | null {
    return this.#header;
  }

  /** Why the stream must not be read on, null while all is well. */
  get error(): CaptureError | null {
    return this.#error;
  }

  /** How many bytes at the start of `chunk` may be passed on: all of them, unless `error` is set now. */
  admit(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.#error === null) {
      if (this.#body > 0) {
        const step = Math.min(this.#body, chunk.length - at);
        this.#body -= step;
        this.#offset += step;
        at += step;
        continue;
      }
      const want = this.#header === null ? 24 : this.#header.recordHeaderLength;
      const step = Math.min(want - this.#gathered, chunk.length - at);
      this.#partial.set(chunk.subarray(at, at + step), this.#gathered);
      this.#gathered += step;
      if (this.#gathered === want) {
        this.#measure();
        if (this.#error !== null) return at;
        this.#gathered = 0;
      }
      this.#offset += step;
      at += step;
    }
    return at;
  }

  /** The stream is over: sets `error` if that cuts something. */
  end(): void {
    if (this.#error !== null || (this.#header !== null && this.#body === 0 && this.#gathered === 0)) return;
    if (this.#header === null && this.#gathered === 0) return;
    const message = 'the capture ends in the middle of a record';
    this.#error = new CaptureError('TRUNCATED', message, this.#offset);
  }

  #measure(): void {
    const header = this.#header;
    if (header === null) {
      try {
        this.#header = parsePcapHeader(this.#view, 0, this.#gathered);
      } catch (e) {
        if (!(e instanceof CaptureError)) throw e;
        this.#error = e;
        return;
      }
      this.#recordLimit = pcapRecordLimit(this.#header!, this.#limit);
      return;
    }
    const length = this.#view.getUint32(8, header.littleEndian);
    if (length > this.#recordLimit) {
      const message = `a record claims ${length} bytes, above the limit of ${this.#recordLimit}`;
      this.#error = new CaptureError('LENGTH', message, this.#offset);
      return;
    }
    this.#body = length;
  }
}
