/**
 * A capture file, read where it stands; one that is still written is followed. The bytes of packets stay in the file.
 * Opening throws the system's errors; all else is told in the state.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isGzip } from '../../dissector/capture/inflate.ts';
import { CaptureParser } from '../../dissector/capture/parser.ts';
import type { ByteStore } from '../trace/scratch.ts';
import { deliver, endReason, type PacketSource, type SourceState, type TakePacket } from './source.ts';

/** Small, so that one read does not hold up a key. */
const CHUNK = 1 << 18;
/** How often a file is asked whether it has grown. */
const POLL_MS = 200;

/** An open capture file. */
class OpenFile implements ByteStore {
  readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, 'r');
  }

  read(at: number, into: Uint8Array): number {
    return readSync(this.fd, into, 0, into.length, at);
  }
}

export class FileSource implements PacketSource {
  readonly name: string;
  readonly store: ByteStore;
  readonly #fd: number;
  readonly #parser = new CaptureParser();
  #read = 0;
  #size: number;
  /** packets may be left in what was read */
  #unparsed = false;
  #note: string | null = null;
  #broken = false;
  #timer: NodeJS.Timeout | null = null;
  #listener: () => void = () => undefined;

  constructor(path: string, name: string) {
    const file = new OpenFile(path);
    this.store = file;
    this.#fd = file.fd;
    this.name = name;
    this.#size = fstatSync(file.fd).size;
  }

  get state(): SourceState {
    const ready = !this.#broken && (this.#unparsed || this.#read < this.#size);
    return {
      ready,
      ended: this.#broken,
      live: true,
      progress: this.#size === 0 ? 1 : this.#read / this.#size,
      dropped: 0,
      note: this.#note,
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
      const reason = endReason(e);
      if (reason === null) throw e;
      this.#broken = true;
      this.#note = reason;
    }
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
    this.#timer ??= setInterval(() => this.#look(), POLL_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#broken = true;
    closeSync(this.#fd);
  }

  #fill(): boolean {
    const space = this.#parser.reserve(CHUNK).subarray(0, CHUNK);
    const got = readSync(this.#fd, space, 0, space.length, this.#read);
    this.#read += got;
    this.#size = Math.max(this.#size, this.#read);
    this.#parser.commit(got);
    this.#unparsed ||= got > 0;
    return got > 0;
  }

  #look(): void {
    const { size } = fstatSync(this.#fd);
    if (size < this.#read) {
      this.#broken = true;
      this.#note = 'the file was cut while it was read';
    }
    if (size === this.#size && !this.#broken) return;
    this.#size = size;
    this.#listener();
  }
}

/** Whether the file at `path` begins as gzip does, so that it has to be read as a stream. */
export function isGzipFile(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(4);
    return isGzip(start.subarray(0, readSync(fd, start, 0, 4, 0)));
  } finally {
    closeSync(fd);
  }
}
