/**
 * The daemon's `--state-dir`: locked while it is open, with a store for each driver, named by the driver's URI, so
 * that no text from a URI becomes a path. Rejects with StoreError.
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type Disk, systemDisk } from './disk.ts';
import { lockDirectory } from './lock.ts';
import { FileStore, type ObjectStore } from './object-store.ts';

export interface StateDirectory {
  store(driverUri: string, kinds: readonly string[]): ObjectStore;
  close(): Promise<void>;
}

export async function openStateDirectory(path: string, disk: Disk = systemDisk): Promise<StateDirectory> {
  const directory = resolve(path);
  const lock = await lockDirectory(directory);
  return {
    store(driverUri, kinds) {
      const name = createHash('sha256').update(driverUri).digest('hex').slice(0, 16);
      return new FileStore(join(directory, `driver-${name}`), kinds, disk);
    },
    close: () => lock.release(),
  };
}
