/**
 * Bytes that are written once and read again: a temporary file, mode 0600, without a name as soon as it is open, so
 * that nothing is left of it whatever ends the process. `append` collects small writes; system errors (no room) are
 * thrown as Node gives them.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes by their place. What lies beyond the end reads as nothing. */
export interface ByteStore {
  /** Fills `into` from the byte at `at` on; how much of it there was. */
  read(at: number, into: Uint8Array): number;
}

const BUFFER = 1 << 18;

export class Scratch implements ByteStore {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER);
  #fd = -1;
  /** bytes in the file; those of the buffer stand behind them */
  #written = 0;
  #pending = 0;

  /** How many bytes there are. */
  get size(): number {
    return this.#written + this.#pending;
  }

  /** Where the bytes now stand. */
  append(bytes: Uint8Array): number {
    const at = this.size;
    if (bytes.length > BUFFER - this.#pending) this.#flush();
    if (bytes.length > BUFFER) {
      this.#written += this.#write(bytes, this.#written);
    } else {
      this.#buffer.set(bytes, this.#pending);
      this.#pending += bytes.length;
    }
    return at;
  }

  /** Puts bytes in the place of others; the place must be there. */
  overwrite(at: number, bytes: Uint8Array): void {
    this.#flush();
    this.#write(bytes, at);
  }

  read(at: number, into: Uint8Array): number {
    let got = 0;
    if (at < this.#written) {
      const inFile = Math.min(into.length, this.#written - at);
      while (got < inFile) {
        const n = readSync(this.#fd, into, got, inFile - got, at + got);
        if (n === 0) return got;
        got += n;
      }
    }
    const from = at + got - this.#written;
    if (got === into.length || from >= this.#pending) return got;
    const n = Math.min(into.length - got, this.#pending - from);
    into.set(this.#buffer.subarray(from, from + n), got);
    return got + n;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#pending = 0;
  }

  #flush(): void {
    if (this.#pending === 0) return;
    this.#written += this.#write(this.#buffer.subarray(0, this.#pending), this.#written);
    this.#pending = 0;
  }

  #write(bytes: Uint8Array, at: number): number {
    if (this.#fd < 0) this.#fd = openNameless();
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
    }
    return bytes.length;
  }
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
  try {
    return openSync(join(folder, 'scratch'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
