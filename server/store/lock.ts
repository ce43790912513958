/**
 * One daemon to a state directory. The lock is a bound socket in Linux's abstract name space (Node has no flock):
 * it goes with the process, however that ends. Its name is drawn once for the directory and kept inside it, where
 * others cannot read it. Network name spaces have a name space of such sockets each; between those, as between two
 * containers with one volume, `holdDirectory` sees to it. Rejects with StoreError LOCKED, or IO.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StoreError, systemCode } from './error.ts';
import { holdDirectory } from './hold.ts';

const TOKEN = /^[0-9a-f]{32}$/;

/** A token on its way to its name. */
const TEMPORARY = '.lock-';
const LEFTOVER = /^\.lock-[0-9a-f]{16}$/;

export interface Lock {
  release(): Promise<void>;
}

export async function lockDirectory(directory: string): Promise<Lock> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The inode too: a copy of the directory is another directory.
    const { dev, ino } = await stat(directory);
    const token = await tokenOf(directory);
    const lock = await bind(`\0oncilla-${token}-${dev}-${ino}`);
    try {
      const hold = await holdDirectory(directory);
      if (hold === null) throw inUse(directory);
      await removeLeftovers(directory);
      return { release: () => hold.release().finally(lock.release) };
    } catch (e) {
      await lock.release();
      throw e;
    }
  } catch (e) {
    if (e instanceof StoreError) throw e;
    if (systemCode(e) === 'EADDRINUSE') throw inUse(directory);
    throw new StoreError('IO', `${directory} cannot be locked: ${systemCode(e)}`, e);
  }
}

function inUse(directory: string): StoreError {
  return new StoreError('LOCKED', `${directory} is in use by another daemon`);
}

/** The directory's token; one is drawn only where there is none, so that a full disk can be locked again. */
async function tokenOf(directory: string): Promise<string> {
  const path = join(directory, 'lock');
  const token = (await readToken(path)) ?? (await drawToken(directory, path));
  if (!TOKEN.test(token)) throw new Error(`${path} is damaged; remove it if no daemon runs`);
  return token;
}

async function readToken(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (e) {
    if (systemCode(e) === 'ENOENT') return null;
    throw e;
  }
}

async function drawToken(directory: string, path: string): Promise<string> {
  const temporary = join(directory, `${TEMPORARY}${randomBytes(8).toString('hex')}`);
  const token = randomBytes(16).toString('hex');
  try {
    // Linked, not written in place: who loses the race reads a whole token.
    await writeFile(temporary, token, { mode: 0o600, flag: 'wx' });
    await link(temporary, path);
    return token;
  } catch (e) {
    // Another was first, and may have taken ours for a leftover.
    const theirs = ['EEXIST', 'ENOENT'].includes(systemCode(e)) ? await readToken(path) : null;
    if (theirs === null) throw e;
    return theirs;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** What those left who were killed while they drew a token. Failing to remove it hurts nobody. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => LEFTOVER.test(name));
  await Promise.allSettled(names.map((name) => rm(join(directory, name), { force: true })));
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
