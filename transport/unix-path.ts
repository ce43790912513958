/**
 * The file behind a listening UNIX socket: private, and taken over from a process that died. The only place where
 * transport touches the file system for listening.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { TransportError } from './errors.ts';

/** Where the daemon of the whole machine listens: root's, outside of a session. */
export const SYSTEM_SOCKET = '/run/oncilla/virt.sock';

/**
 * Where a daemon listens, and a client on the same machine looks for it, when nobody says: in the session's runtime
 * folder, which only its user may enter; without one root's is in /run, another user's below the home.
 */
export function defaultSocket(
  env: Readonly<Record<string, string | undefined>>,
  uid: number | undefined = process.getuid?.(),
): string {
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime?.startsWith('/')) return path.join(runtime, 'oncilla', 'virt.sock');
  return uid === 0 ? SYSTEM_SOCKET : path.join(homedir(), '.cache', 'oncilla', 'virt.sock');
}

/** The kernel's room for a path, the final NUL not counted. */
const MAX_PATH_BYTES = 107;

/** Makes the missing directories above a socket, for this user only. Throws TransportError BAD_TARGET. */
export function prepareSocketDirectory(socketPath: string): void {
  if (Buffer.byteLength(socketPath) > MAX_PATH_BYTES) {
    throw new TransportError(
      'BAD_TARGET',
      `a socket's path has at most ${MAX_PATH_BYTES} bytes: ${socketPath}`,
    );
  }
  fs.mkdirSync(path.dirname(socketPath), { recursive: true, mode: 0o700 });
}

/** Runs `bind` so that the socket it makes is for this user only, from its first moment on. */
export function privately<T>(bind: () => T): T {
  const before = process.umask(0o177);
  try {
    return bind();
  } finally {
    process.umask(before);
  }
}

/**
 * Removes a socket that nobody listens on any more. Throws TransportError IN_USE when somebody does, or when the
 * path is no socket.
 */
export async function removeStaleSocket(socketPath: string): Promise<void> {
  const before = fs.lstatSync(socketPath, { throwIfNoEntry: false });
  if (before === undefined) return;
  if (!before.isSocket()) throw new TransportError('IN_USE', `${socketPath} exists and is no socket`);
  if (await answers(socketPath)) throw new TransportError('IN_USE', `somebody listens on ${socketPath}`);
  const now = fs.lstatSync(socketPath, { throwIfNoEntry: false });
  if (now === undefined) return;
  // Another newcomer may have been faster: its socket is not ours to remove.
  if (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs) {
    throw new TransportError('IN_USE', `somebody listens on ${socketPath}`);
  }
  fs.unlinkSync(socketPath);
}

/** Which file a listener's socket is; null when there is none. Nobody else gets its number while it is listened on. */
export function socketFile(socketPath: string): SocketFile | null {
  return fs.lstatSync(socketPath, { throwIfNoEntry: false, bigint: true }) ?? null;
}

export interface SocketFile {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Runs `close`, which must close the listener at once: the runtime unlinks whatever is at the listener's path then. What
 * is not `own` any more, another listener's socket say, is moved aside in the meantime.
 */
export function closeKeeping(socketPath: string, own: SocketFile | null, close: () => void): void {
  const now = socketFile(socketPath);
  if (now === null || (now.dev === own?.dev && now.ino === own.ino)) {
    close();
    return;
  }
  const aside = `${socketPath}.${process.pid}.kept`;
  try {
    fs.renameSync(socketPath, aside);
  } catch {
    // Who may not rename it may not unlink it either: it stays.
    close();
    return;
  }
  try {
    close();
  } finally {
    fs.renameSync(aside, socketPath);
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: socketPath });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(new TransportError('IN_USE', `cannot tell who listens on ${socketPath}`, error));
    });
  });
}
