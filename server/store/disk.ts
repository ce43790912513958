/**
 * The few things that the store asks of a file system, each durable when its promise resolves where it says so.
 * Tests put one in between that fails; here is the system's. Rejects with the system's errors.
 */
import { constants, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';

export interface Disk {
  /** with those above it, for the owner only; fine where it is there */
  makeDirectory(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  /** a regular file's bytes, never through a symbolic link; null where there are more than `limit` */
  read(path: string, limit: number): Promise<Uint8Array | null>;
  /** makes a new file for the owner only, durable but for its name */
  write(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** makes names in the directory durable */
  syncDirectory(path: string): Promise<void>;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export const systemDisk: Disk = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (path) => readdir(path),
  async read(path, limit) {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { size } = await regular(file, path);
      if (size > limit) return null;
      const bytes = new Uint8Array(size);
      let at = 0;
      while (at < size) {
        const { bytesRead } = await file.read(bytes, at, size - at, at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    } finally {
      await file.close();
    }
  },
  async write(path, bytes) {
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: unlink,
  async syncDirectory(path) {
    const directory = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

async function regular(file: Awaited<ReturnType<typeof open>>, path: string): Promise<{ size: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new Error(`${path} is no regular file`);
  return stat;
}
