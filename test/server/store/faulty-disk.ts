/**
 * A disk in memory that fails where a test says, and that can lose power: what was not made durable is gone, or half
 * there. Behaves as the store's Disk promises otherwise.
 */
import type { Disk } from '../../../server/store/disk.ts';

export type Operation = keyof Disk;

export class FaultyDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly log: string[] = [];
  /** asked before each operation: the system's code to fail with, `after` it took effect or before */
  fail: (operation: Operation, path: string) => { code: string; after?: boolean } | null = () => null;

  async makeDirectory(path: string): Promise<void> {
    this.#begin('makeDirectory', path)();
  }

  async list(path: string): Promise<string[]> {
    this.#begin('list', path)();
    const inside = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`));
    return inside.map((file) => file.slice(path.length + 1)).filter((name) => !name.includes('/'));
  }

  async read(path: string, limit: number): Promise<Uint8Array | null> {
    this.#begin('read', path)();
    const bytes = this.files.get(path);
    if (bytes === undefined) throw systemError('ENOENT');
    return bytes.length > limit ? null : bytes;
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const end = this.#begin('write', path, () => this.files.set(path, bytes.slice(0, bytes.length / 2)));
    if (this.files.has(path)) throw systemError('EEXIST');
    this.files.set(path, bytes.slice());
    end();
  }

  async rename(from: string, to: string): Promise<void> {
    const end = this.#begin('rename', to);
    const bytes = this.files.get(from);
    if (bytes === undefined) throw systemError('ENOENT');
    this.files.delete(from);
    this.files.set(to, bytes);
    end();
  }

  async remove(path: string): Promise<void> {
    const end = this.#begin('remove', path);
    if (!this.files.delete(path)) throw systemError('ENOENT');
    end();
  }

  async syncDirectory(path: string): Promise<void> {
    this.#begin('syncDirectory', path)();
  }

  /** Fails now, or gives what fails afterwards. `partly`: what a failure leaves behind. */
  #begin(operation: Operation, path: string, partly: () => void = () => undefined): () => void {
    this.log.push(operation);
    const failure = this.fail(operation, path);
    if (failure === null) return () => undefined;
    if (failure.after !== true) {
      partly();
      throw systemError(failure.code);
    }
    return () => {
      throw systemError(failure.code);
    };
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}
