/**
 * A live capture's bytes, as they come, into a pcapng, whole packets only and no more of them than were asked for.
 * Throws CaptureError for bytes that are no capture, and what `write` throws.
 */
import { CaptureParser, wallClock } from '../dissector/capture/index.ts';
import { CaptureCopy } from '../dissector/capture/write-copy.ts';
import { ByteWriter } from '../dissector/output/index.ts';
import type { LiveSource } from './live-source.ts';

export interface CaptureWriterOptions {
  /** takes whole blocks; may keep nothing of them */
  readonly write: (blocks: Uint8Array) => void;
  /** packets, at most */
  readonly limit?: number | undefined;
  /** what to say of the whole */
  readonly comment?: string | undefined;
}

export class CaptureWriter {
  readonly #parser = new CaptureParser();
  readonly #bytes: ByteWriter;
  readonly #copy: CaptureCopy;
  readonly #limit: number;
  #packets = 0;

  constructor({ write, limit, comment }: CaptureWriterOptions) {
    this.#bytes = new ByteWriter({ write });
    this.#copy = new CaptureCopy({
      write: (block) => this.#bytes.bytes(block),
      format: 'pcapng',
      keyLogs: null,
      ...(comment === undefined ? {} : { comment }),
    });
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Writes the packets that are whole now; false once there are as many as were asked for. */
  take(chunk: Uint8Array): boolean {
    const parser = this.#parser;
    parser.reserve(chunk.length).set(chunk);
    parser.commit(chunk.length);
    while (this.#packets < this.#limit) {
      const packet = parser.next();
      if (packet === null) break;
      this.#copy.packet(packet, parser);
      this.#packets++;
    }
    this.#bytes.flush();
    return this.#packets < this.#limit;
  }

  /** Writes what belongs at the end: what the system received and lost, where it told. */
  end({ received, dropped }: Pick<LiveSource, 'received' | 'dropped'>): void {
    if (received === null && dropped === null) this.#copy.end(this.#parser);
    else this.#copy.statistics(this.#parser, { received, dropped }, wallClock());
    this.#bytes.flush();
  }
}
