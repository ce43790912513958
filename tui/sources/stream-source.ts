/**
 * Captures that come as a stream: standard input, gzip, a capturing process, a proxy that writes what passes. The
 * bytes go to a scratch file as they come, so that every packet can be read again; what comes faster than it is taken
 * waits outside. Read by our own reader throughout, which alone tells where a packet stands. Nothing is thrown: what
 * ends the stream early is told in the state.
 */
import { gunzip, isGzip } from '../../dissector/capture/inflate.ts';
import { CaptureParser } from '../../dissector/capture/parser.ts';
import { type ByteStore, Scratch } from '../trace/scratch.ts';
import { deliver, endReason, type PacketSource, type SourceState, type TakePacket } from './source.ts';

/** Bytes that wait to be parsed. */
const MAX_WAITING = 8 << 20;

export interface StreamOptions {
  readonly name: string;
  /** packets come as they happen */
  readonly live: boolean;
  /** packets lost before they came here */
  readonly dropped?: () => number;
  /** what is worth telling of where the bytes come from; null for nothing */
  readonly note?: () => string | null;
  /** ends what gives the bytes */
  readonly stop?: () => void;
}

export class StreamSource implements PacketSource {
  readonly name: string;
  readonly store: ByteStore;
  readonly #scratch = new Scratch();
  readonly #options: StreamOptions;
  readonly #parser = new CaptureParser();
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #unparsed = false;
  /** no more bytes will come; the parser was told so */
  #over = false;
  #told = false;
  #note: string | null = null;
  #broken = false;
  #closed = false;
  #listener: () => void = () => undefined;
  #drained: () => void = () => undefined;

  constructor(chunks: AsyncIterable<Uint8Array>, options: StreamOptions) {
    this.#options = options;
    this.name = options.name;
    this.store = this.#scratch;
    void this.#read(chunks);
  }

  get state(): SourceState {
    const ready =
      !this.#broken && (this.#unparsed || this.#waiting.length > 0 || (this.#over && !this.#told));
    return {
      ready,
      ended: this.#broken || (this.#over && !ready),
      live: this.#options.live,
      progress: 1,
      dropped: this.#options.dropped?.() ?? 0,
      note: this.#note ?? this.#options.note?.() ?? null,
    };
  }

  pump(take: TakePacket, until: number): void {
    try {
      while (!this.#broken) {
        this.#unparsed = deliver(this.#parser, take, until);
        if (this.#unparsed) return;
        if (!this.#fill()) return;
        if (performance.now() >= until) return;
      }
    } catch (e) {
      this.#fail(e);
    }
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#broken = true;
    this.#drained();
    this.#options.stop?.();
    this.#scratch.close();
  }

  async #read(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      const iterator = chunks[Symbol.asyncIterator]();
      let start = Buffer.alloc(0);
      while (start.length < 2) {
        const { value, done } = await iterator.next();
        if (done) break;
        start = Buffer.concat([start, value]);
      }
      const all = joined(start, iterator);
      if (isGzip(start)) await gunzip(all, (bytes) => this.#push(Buffer.from(bytes)));
      else {
        for await (const chunk of all) if (!(await this.#push(chunk))) break;
      }
    } catch (e) {
      // what came before is still to be shown
      const reason = endReason(e);
      if (reason === null) throw e;
      this.#note = reason;
    }
    this.#over = true;
    this.#listener();
  }

  /** Whether more is wanted. */
  async #push(chunk: Buffer): Promise<boolean> {
    if (this.#broken) return false;
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    this.#listener();
    while (this.#bytes > MAX_WAITING && !this.#broken) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    return !this.#broken;
  }

  #fill(): boolean {
    const chunk = this.#waiting.shift();
    if (chunk === undefined) {
      if (!this.#over || this.#told) return false;
      this.#told = true;
      this.#parser.end();
      this.#unparsed = true;
      return true;
    }
    this.#bytes -= chunk.length;
    this.#scratch.append(chunk);
    this.#parser.reserve(chunk.length).set(chunk);
    this.#parser.commit(chunk.length);
    this.#unparsed = true;
    this.#drained();
    return true;
  }

  #fail(e: unknown): void {
    const reason = endReason(e);
    if (reason === null) throw e;
    this.#broken = true;
    this.#note = reason;
    this.#drained();
    this.#listener();
  }
}

async function* joined(start: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield Buffer.from(next.value);
}
