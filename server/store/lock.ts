/**
 * One daemon to a state directory. The lock is a bound socket in Linux's abstract name space (Node has no flock):
 * it goes with the process, however that ends. Its name is drawn once for the directory and kept inside it, where
 * others cannot read it. Network name spaces have a name space of sockets each, so the lock holds inside one.
 * Rejects with StoreError LOCKED, or IO.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StoreError, systemCode } from './error.ts';

const TOKEN = /^[0-9a-f]{32}$/;

export interface Lock {
  release(): Promise<void>;
}

export async function lockDirectory(directory: string): Promise<Lock> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The inode too: a copy of the directory is another directory.
    const { dev, ino } = await stat(directory);
    const token = await tokenOf(directory);
    return await bind(`\0oncilla-${token}-${dev}-${ino}`);
  } catch (e) {
    if (systemCode(e) === 'EADDRINUSE')
      throw new StoreError('LOCKED', `${directory} is in use by another daemon`);
    throw new StoreError('IO', `${directory} cannot be locked: ${systemCode(e)}`, e);
  }
}

async function tokenOf(directory: string): Promise<string> {
  const path = join(directory, 'lock');
  const temporary = join(directory, `.lock-${randomBytes(8).toString('hex')}`);
  // Linked, not written in place: who loses the race reads a whole token.
  await writeFile(temporary, randomBytes(16).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
  } catch (e) {
    if (systemCode(e) !== 'EEXIST') throw e;
  } finally {
    await unlink(temporary);
  }
  const token = (await readFile(path, 'utf8')).trim();
  if (!TOKEN.test(token)) throw new Error(`${path} is damaged; remove it if no daemon runs`);
  return token;
}

function bind(name: string): Promise<Lock> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
