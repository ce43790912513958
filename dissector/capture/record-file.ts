/**
 * The file that a recording or a live capture goes to: this user's alone (0600), written by one process at a time, each
 * message's blocks in one write, so that a kill loses at most the last. A second writer, in this process or another,
 * gets an error; the lock of a process that died is taken over. What is no file (a pipe, /dev/null) is only written.
 */
import * as fs from 'node:fs';
import { Synthesiser } from './synthesise.ts';

export interface Recording {
  readonly synthesiser: Synthesiser;
  close(): void;
}

/** A recording that has begun only when its file may lose what it held. */
interface HeldRecording extends Recording {
  /** Empties the file and writes what has been recorded so far. Throws what the file system says. */
  begin(): void;
}

/** Takes whole blocks, in order. `write` throws what the file system says. */
export interface CaptureFile {
  write(blocks: Uint8Array): void;
  close(): void;
}

/**
 * Opens `file`, emptied, for recording. Throws Error with code EBUSY when somebody else writes it, and what the file
 * system says otherwise. `now` is for tests.
 */
export function openRecording(file: string, now = wallClock): Recording {
  const { write, close } = openCaptureFile(file);
  return { synthesiser: new Synthesiser({ write, now }), close };
}

/** As much is recorded in memory before a recording begins by itself. */
const MAX_HELD_BYTES = 1 << 20;

/**
 * As openRecording, but the file keeps what it holds until `begin`: whoever has yet to find out whether there will be
 * anything to record. Closed before that, it is left as it was (a new one: empty).
 */
export function openHeldRecording(file: string, now = wallClock): HeldRecording {
  const { empty, write, close } = openLocked(file);
  let held: Uint8Array[] | null = [];
  let bytes = 0;
  const begin = (): void => {
    if (held === null) return;
    const blocks = held;
    held = null;
    empty();
    for (const one of blocks) write(one);
  };
  const take = (blocks: Uint8Array): void => {
    if (held === null) {
      write(blocks);
      return;
    }
    // Copied: what it is made of is the caller's again afterwards.
    held.push(Uint8Array.from(blocks));
    bytes += blocks.length;
    if (bytes > MAX_HELD_BYTES) begin();
  };
  return { synthesiser: new Synthesiser({ write: take, now }), begin, close };
}

/** The file alone, emptied. Throws as openRecording does. */
export function openCaptureFile(file: string): CaptureFile {
  const { empty, write, close } = openLocked(file);
  try {
    empty();
  } catch (error) {
    close();
    throw error;
  }
  return { write, close };
}

/** The file with its lock, as it is; `empty` comes before the first `write`. */
function openLocked(file: string): CaptureFile & { empty(): void } {
  // Emptied only once the lock is ours. The lock is that of the file itself, whatever links lead to it.
  let fd = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o600);
  let lock: (() => void) | null = null;
  try {
    const isFile = fs.fstatSync(fd).isFile();
    if (isFile) lock = takeLock(fs.realpathSync(file));
    let length = 0;
    return {
      empty() {
        if (!isFile) return;
        fs.ftruncateSync(fd, 0);
        fs.fchmodSync(fd, 0o600);
      },
      write(blocks) {
        if (fd < 0) throw new Error(`the recording ${file} is closed`);
        if (isFile) length = writeWhole(fd, blocks, length);
        else for (let at = 0; at < blocks.length; ) at += fs.writeSync(fd, blocks, at, blocks.length - at);
      },
      close() {
        if (fd < 0) return;
        fs.closeSync(fd);
        fd = -1;
        lock?.();
      },
    };
  } catch (error) {
    fs.closeSync(fd);
    lock?.();
    throw error;
  }
}

/** Appends all of `blocks` at `length` and gives the new length; takes back a part of them that a full disk took. */
function writeWhole(fd: number, blocks: Uint8Array, length: number): number {
  let at = 0;
  try {
    while (at < blocks.length) at += fs.writeSync(fd, blocks, at, blocks.length - at, length + at);
  } catch (error) {
    fs.ftruncateSync(fd, length);
    throw error;
  }
  return length + blocks.length;
}

/** Now, since the epoch, from the clock that nobody sets. */
export function wallClock(): { sec: number; nsec: number } {
  const ms = performance.timeOrigin + performance.now();
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: Math.floor((ms - sec * 1000) * 1e6) };
}

/** Takes the lock beside `file`; the returned function gives it back. */
function takeLock(file: string): () => void {
  const lock = `${file}.lock`;
  // Written whole under another name and linked: nobody sees a lock without its owner in it.
  const mine = `${lock}.${process.pid}.${process.hrtime.bigint()}`;
  fs.writeFileSync(mine, owner(process.pid), { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        fs.linkSync(mine, lock);
        return () => fs.rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      removeDeadLock(lock, file);
    }
    throw busy(file);
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function removeDeadLock(lock: string, file: string): void {
  const text = readIfThere(lock);
  if (text === null) return;
  const pid = Number(text.split(' ')[0]);
  if (Number.isInteger(pid) && pid > 0 && owner(pid) === text) throw busy(file);
  // Moved aside first: of two who find the same dead lock only one moves it, and a live one moved by mistake is
  // put back.
  const aside = `${lock}.dead.${process.pid}`;
  try {
    fs.renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== text) fs.linkSync(aside, lock);
  fs.rmSync(aside, { force: true });
}

/** Who holds a lock: the process and when it started, since numbers are used again. */
function owner(pid: number): string {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === null) return isAlive(pid) ? `${pid} -` : '';
  // The command's name, in parentheses, may hold anything; the start time is the 20th field behind it.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${pid} ${started}`;
}

/** For systems without /proc. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

function busy(file: string): Error {
  return Object.assign(new Error(`somebody else records to ${file}`), { code: 'EBUSY' });
}
