/**
 * Standard output and error over file descriptors: buffered, synchronous, in order. A full pipe that somebody
 * set non-blocking (EAGAIN) is waited for; a closed one (EPIPE) throws ClosedPipe, which main turns into a
 * silent end. Whatever else stops the writing (a full disk) is a CliError that names the output.
 */

import { fstatSync, writeSync } from 'node:fs';
import type { Output } from './command.ts';
import { CliError, ClosedPipe, systemReason } from './errors.ts';

const FLUSH_CHARS = 1 << 16;
const RETRY_MS = 2;

type WriteSync = (fd: number, bytes: Uint8Array, offset: number, length: number) => number;

/** An Output over a file descriptor. `write` is replaceable for tests. */
export class FdOutput implements Output {
  readonly #fd: number;
  readonly #writeSync: WriteSync;
  #isTty: boolean | undefined;
  #pending = '';
  #ended: Error | undefined;

  constructor(fd: number, options: { isTty?: boolean; writeSync?: WriteSync } = {}) {
    this.#fd = fd;
    this.#isTty = options.isTty;
    this.#writeSync = options.writeSync ?? writeSync;
  }

  get isTty(): boolean {
    this.#isTty ??= isTerminal(this.#fd);
    return this.#isTty;
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= FLUSH_CHARS) this.flush();
  }

  writeBytes(bytes: Uint8Array): void {
    this.flush();
    this.#writeAll(bytes);
  }

  flush(): void {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.#writeAll(bytes);
  }

  #writeAll(bytes: Uint8Array): void {
    if (this.#ended !== undefined) throw this.#ended;
    let done = 0;
    while (done < bytes.length) {
      try {
        done += this.#writeSync(this.#fd, bytes, done, bytes.length - done);
      } catch (e) {
        const code = (e as NodeJS.ErrnoException).code;
        if (code === 'EAGAIN') {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        } else {
          this.#ended = code === 'EPIPE' ? new ClosedPipe() : this.#failure(e);
          throw this.#ended;
        }
      }
    }
  }

  #failure(e: unknown): CliError {
    const name = this.#fd === 2 ? 'standard error' : 'standard output';
    return new CliError(name, systemReason(e), { cause: e });
  }
}

/** Files and pipes are told from terminals without node:tty, which brings all of node:net with it. */
function isTerminal(fd: number): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    // a closed descriptor is none
    return false;
  }
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** An Output that keeps what is written: for tests and for what is shown later. */
export class MemoryOutput implements Output {
  readonly isTty: boolean;
  readonly #parts: Buffer[] = [];

  constructor(isTty = false) {
    this.isTty = isTty;
  }

  write(text: string): void {
    this.#parts.push(Buffer.from(text, 'utf8'));
  }

  writeBytes(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes));
  }

  flush(): void {
    // nothing is held back
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }
}
