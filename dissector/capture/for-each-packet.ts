/**
 * The shell around the readers: opens a capture file or standard input and calls back for each packet, never
 * holding more than one buffer of it. System errors (no such file, no permission) are thrown as Node gives them;
 * a capture that cannot be read to its end is told in the summary.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { CaptureError } from './errors.ts';
import { gunzip, isGzip } from './inflate.ts';
import type { CaptureInterface, CaptureSecrets } from './interface.ts';
import type { Packet } from './packet.ts';
import { type CaptureOptions, CaptureParser, DEFAULT_RECORD_LIMIT } from './parser.ts';
import { isClassicPcap, PcapStream } from './pcap-stream.ts';

const CHUNK = 1 << 20;

/** What is known of the capture beside its packets, as far as it was read. */
export interface CaptureInfo {
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets: readonly CaptureSecrets[];
}

/** Called for each packet, in order. `false` or 'stop' ends the reading; a promise is waited for. */
export type PacketHandler = (packet: Packet, capture: CaptureInfo) => PacketVerdict | Promise<PacketVerdict>;
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is the usual one
type PacketVerdict = void | false | 'stop';

export interface CaptureSummary {
  readonly packets: number;
  /** the handler asked to stop */
  readonly stopped: boolean;
  /** why the capture could not be read to its end, null if it could */
  readonly error: CaptureError | null;
  readonly secrets: readonly CaptureSecrets[];
}

/** An open capture; reading it closes it. */
export interface CaptureSource {
  readonly path: string;
  /** null: standard input as a stream */
  readonly fd: number | null;
}

/** Opens a capture file; '-' is standard input. Throws the system's error. */
export function openCapture(path: string): CaptureSource {
  if (path !== '-') return { path, fd: openSync(path, 'r') };
  return { path, fd: fstatSync(0).isFile() ? 0 : null };
}

interface PacketSupply extends CaptureInfo {
  next(): Packet | null;
}

/** Anything that bytes are pushed into and packets pulled out of. */
interface Reader extends PacketSupply {
  push(chunk: Buffer): void;
  end(): void;
}

/** Reads all packets of `source` (or of the file at that path). */
export async function forEachPacket(
  source: CaptureSource | string,
  handler: PacketHandler,
  options: CaptureOptions = {},
): Promise<CaptureSummary> {
  const opened = typeof source === 'string' ? openCapture(source) : source;
  const run = new Run(handler, options);
  try {
    if (opened.fd === null) await run.stream(process.stdin);
    else await run.file(opened.fd);
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e;
    run.error = e;
  } finally {
    if (opened.fd === null) process.stdin.destroy();
    else if (opened.fd !== 0) closeSync(opened.fd);
  }
  return run.summary();
}

/** Reads all packets of a stream of bytes, such as the output of a capturing program. */
export async function forEachPacketOf(
  chunks: AsyncIterable<Buffer>,
  handler: PacketHandler,
  options: CaptureOptions = {},
): Promise<CaptureSummary> {
  const run = new Run(handler, options);
  try {
    await run.stream(chunks);
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e;
    run.error = e;
  }
  return run.summary();
}

class Run {
  error: CaptureError | null = null;
  readonly #handler: PacketHandler;
  readonly #options: CaptureOptions;
  #reader: CaptureInfo | null = null;
  #packets = 0;
  #stopped = false;

  constructor(handler: PacketHandler, options: CaptureOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  summary(): CaptureSummary {
    const secrets = this.#reader?.secrets ?? [];
    return { packets: this.#packets, stopped: this.#stopped, error: this.error, secrets };
  }

  /** A file: read synchronously into the parser's own buffer. */
  async file(fd: number): Promise<void> {
    const parser = new CaptureParser(this.#options);
    this.#reader = parser;
    for (let first = true; !this.#stopped; first = false) {
      const space = parser.reserve(CHUNK);
      const got = readSync(fd, space, 0, space.length, null);
      if (first && isGzip(space.subarray(0, got))) {
        await this.#inflate(withStart(Buffer.from(space.subarray(0, got)), fileChunks(fd)));
        return;
      }
      if (got === 0) parser.end();
      else parser.commit(got);
      await this.#deliver(parser);
      if (got === 0) return;
    }
  }

  /** A stream: classic pcap goes through pcap-parser, everything else through our own reader. */
  async stream(chunks: AsyncIterable<Buffer>): Promise<void> {
    const iterator = chunks[Symbol.asyncIterator]();
    let start = Buffer.alloc(0);
    let over = false;
    while (start.length < 24 && !over) {
      const { value, done } = await iterator.next();
      if (done) over = true;
      else start = Buffer.concat([start, value]);
    }
    const all = withStart(start, { [Symbol.asyncIterator]: () => iterator });
    if (isGzip(start)) {
      await this.#inflate(all);
      return;
    }
    const reader: Reader = isClassicPcap(start)
      ? new PcapStream((await import('pcap-parser')).parse, this.#options.recordLimit ?? DEFAULT_RECORD_LIMIT)
      : new PushedParser(this.#options);
    this.#reader = reader;
    for await (const chunk of all) {
      reader.push(chunk);
      await this.#deliver(reader);
      if (this.#stopped) return;
    }
    reader.end();
    await this.#deliver(reader);
  }

  async #inflate(chunks: AsyncIterable<Buffer>): Promise<void> {
    const reader = new PushedParser(this.#options);
    this.#reader = reader;
    await gunzip(chunks, async (bytes) => {
      reader.push(bytes);
      await this.#deliver(reader);
      return !this.#stopped;
    });
    if (this.#stopped) return;
    reader.end();
    await this.#deliver(reader);
  }

  /** Hands on all packets that are there. */
  async #deliver(reader: PacketSupply): Promise<void> {
    for (let waiting = this.#handle(reader); waiting !== null; waiting = this.#handle(reader)) {
      if ((await waiting) !== undefined) this.#stopped = true;
    }
  }

  /** The same, up to the first packet whose handler gives a promise. */
  #handle(reader: PacketSupply): Promise<PacketVerdict> | null {
    while (!this.#stopped) {
      const packet = reader.next();
      if (packet === null) return null;
      this.#packets++;
      const verdict = this.#handler(packet, reader);
      if (verdict === undefined) continue;
      if (typeof verdict === 'object') return verdict;
      this.#stopped = true;
    }
    return null;
  }
}

/** CaptureParser for bytes that come in chunks of their own. */
class PushedParser implements Reader {
  readonly #parser: CaptureParser;

  constructor(options: CaptureOptions) {
    this.#parser = new CaptureParser(options);
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#parser.interfaces;
  }

  get secrets(): readonly CaptureSecrets[] {
    return this.#parser.secrets;
  }

  push(chunk: Buffer): void {
    this.#parser.reserve(chunk.length).set(chunk);
    this.#parser.commit(chunk.length);
  }

  end(): void {
    this.#parser.end();
  }

  next(): Packet | null {
    return this.#parser.next();
  }
}

async function* withStart(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* rest;
}

/** The rest of an open file. The descriptor stays open. */
function fileChunks(fd: number): AsyncIterable<Buffer> {
  return createReadStream('', { fd, autoClose: false, highWaterMark: CHUNK });
}
