/**
 * A directory held by a listening socket inside of it, which is seen from every network name space that sees the
 * directory. It is stale when nobody listens any more, however that process ended. Rejects with the system's errors;
 * null says that another holds it.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { systemCode } from './error.ts';

const NAME = 'held';
/** Another may come between what is stale and its removal; no more often than this in a row. */
const TRIES = 8;

export interface Hold {
  release(): Promise<void>;
}

export async function holdDirectory(directory: string): Promise<Hold | null> {
  const folder = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  // A socket's path has room for 107 bytes, a directory's path may be longer.
  const at = (name: string) => `/proc/self/fd/${folder}/${name}`;
  const own = at(temporary());
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, own);
    if (await take(own, at)) {
      await rm(own, { force: true });
      return { release: () => release(server, folder, at(NAME)) };
    }
  } catch (e) {
    await release(server, folder, own);
    throw e;
  }
  await release(server, folder, own);
  return null;
}

/** Gives the listening socket the name that counts; false when another that lives has it. */
async function take(own: string, at: (name: string) => string): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    try {
      await link(own, at(NAME));
      return true;
    } catch (e) {
      if (systemCode(e) !== 'EEXIST') throw e;
    }
    if (await isAlive(at(NAME))) return false;
    const stale = at(temporary());
    try {
      await rename(at(NAME), stale);
    } catch (e) {
      if (systemCode(e) === 'ENOENT') continue;
      throw e;
    }
    // Another may have put its own there meanwhile: that one gets its name back.
    const lives = await isAlive(stale);
    if (lives) await link(stale, at(NAME)).catch(() => undefined);
    await rm(stale, { force: true });
    if (lives) return false;
  }
  return false;
}

function temporary(): string {
  return `.lock-${randomBytes(8).toString('hex')}`;
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (e: NodeJS.ErrnoException) => {
      if (e.code === 'ECONNREFUSED' || e.code === 'ENOENT') resolve(false);
      else if (e.code === 'EAGAIN') resolve(true);
      else reject(e);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}

async function release(server: Server, folder: number, path: string): Promise<void> {
  await rm(path, { force: true });
  await new Promise<void>((done) => {
    if (server.listening) server.close(() => done());
    else done();
  });
  closeSync(folder);
}
