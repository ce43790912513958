/**
 * File handles and the names under which they were seen: learned from calls and their replies as the programs
 * declare it (codec/rpc/declarations.ts), told as a path up to the mount point or as far as it is known. Handles of
 * different servers are told apart by their bytes only. Bounded by `MAX_HANDLES`, least recently used out, and by
 * `MAX_PENDING` calls without a reply. Names are as peers sent them: who shows them escapes them. Never throws.
 */
import type { DeclaredProcedure, HandleNaming } from '../../codec/rpc/declarations.ts';
import type { Pdu } from '../session/pdu.ts';
import { decodedBody, valueAt } from './compound-info.ts';

const MAX_HANDLES = 65_536;
const MAX_PENDING = 16_384;
const MAX_DEPTH = 64;
const MAX_NAME = 4096;

/** A name in a directory; `dir` null: a path of its own. */
interface Place {
  readonly dir: string | null;
  readonly name: string;
}

/** What a call has to say of names once its reply says that it was carried out. */
interface PendingNames {
  readonly naming: HandleNaming;
  readonly place: Place | null;
  readonly dir: string | null;
  readonly to: Place | null;
}

/** Two generations of entries: when the young are many enough the old ones go. What is used becomes young again. */
class Recent<V> {
  readonly #half: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2);
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}

export class FileHandles {
  readonly #places = new Recent<Place>(MAX_HANDLES);
  /** by directory and name, to find what is removed or moved */
  readonly #handles = new Recent<string>(MAX_HANDLES);
  readonly #pending = new Recent<PendingNames>(MAX_PENDING);

  /** The path of a handle; null for one that was not named. */
  pathOf(handle: Uint8Array): string | null {
    let place = this.#places.get(hex(handle));
    if (place === undefined) return null;
    let path = place.name;
    for (let depth = 0; place.dir !== null && depth < MAX_DEPTH && path.length < MAX_NAME; depth++) {
      place = this.#places.get(place.dir);
      // the directory itself has no name yet
      if (place === undefined) return path;
      path = place.name.endsWith('/') ? place.name + path : `${place.name}/${path}`;
    }
    return path.slice(0, MAX_NAME);
  }

  /** Learns from a message of a procedure whose naming is declared; call it once for each, in order. */
  note(declared: DeclaredProcedure, pdu: Pdu): void {
    const naming = declared.declared.names;
    if (naming === undefined || pdu.call === null || pdu.dupOf !== 0) return;
    const key = String(pdu.call.ordinal);
    const body = decodedBody(declared, pdu);
    if (pdu.msgtyp === 0) {
      if (body !== undefined) this.#pending.set(key, pendingNames(naming, body));
      return;
    }
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    if (pending !== undefined && succeeded(body)) this.#learn(pending, body);
  }

  #learn({ naming, place, dir, to }: PendingNames, result: unknown): void {
    if (naming.removes && place !== null) this.#forget(place);
    if (place !== null && to !== null) this.#move(place, to);
    const handle = naming.handle === undefined ? null : bytesAt(result, naming.handle);
    if (handle !== null && place !== null) this.#name(handle, place);
    if (naming.entries === undefined || dir === null) return;
    const list = valueAt(result, naming.entries.list);
    for (const entry of Array.isArray(list) ? list : []) {
      const name = valueAt(entry, naming.entries.name);
      const own = bytesAt(entry, naming.entries.handle);
      if (own !== null && typeof name === 'string') this.#name(own, { dir, name });
    }
  }

  /** `.` and `..` are other names of what has one. */
  #name(handle: string, place: Place): void {
    if (place.name === '.' || place.name === '..' || handle === place.dir) return;
    this.#places.set(handle, place);
    this.#handles.set(keyOf(place), handle);
  }

  #forget(place: Place): void {
    const handle = this.#handles.get(keyOf(place));
    if (handle === undefined) return;
    this.#handles.delete(keyOf(place));
    this.#places.delete(handle);
  }

  #move(from: Place, to: Place): void {
    const handle = this.#handles.get(keyOf(from));
    this.#forget(to);
    if (handle === undefined) return;
    this.#handles.delete(keyOf(from));
    this.#name(handle, to);
  }
}

function keyOf({ dir, name }: Place): string {
  return `${dir ?? ''}/${name}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** '' is the value itself. */
function partOf(value: unknown, path: string): unknown {
  return path === '' ? value : valueAt(value, path);
}

function bytesAt(value: unknown, path: string): string | null {
  const bytes = partOf(value, path);
  return bytes instanceof Uint8Array ? hex(bytes) : null;
}

function placeAt(value: unknown, dir: string | undefined, name: string | undefined): Place | null {
  const word = name === undefined ? undefined : partOf(value, name);
  if (typeof word !== 'string') return null;
  if (dir === undefined) return { dir: null, name: word };
  const handle = bytesAt(value, dir);
  return handle === null ? null : { dir: handle, name: word };
}

function pendingNames(naming: HandleNaming, args: unknown): PendingNames {
  const { dir, name, to } = naming;
  return {
    naming,
    place: placeAt(args, dir, name),
    dir: dir === undefined ? null : bytesAt(args, dir),
    to: to === undefined ? null : placeAt(args, to.dir, to.name),
  };
}

/** Results are a status, or begin with one; 0 is success. */
function succeeded(result: unknown): boolean {
  if (typeof result === 'number') return result === 0;
  if (typeof result !== 'object' || result === null) return false;
  return Object.values(result)[0] === 0;
}
