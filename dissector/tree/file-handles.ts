/**
 * File handles and the names under which they were seen: learned from calls and their replies as the programs
 * declare it (codec/rpc/declarations.ts), told as a path up to the mount point or as far as it is known. Handles of
 * different servers are kept apart by the servers' addresses. Bounded by `MAX_HANDLES`, least recently used out, and
 * by `MAX_PENDING` calls without a reply. Names are as peers sent them: who shows them escapes them. Never throws.
 */
import type {
  Compound,
  DeclaredProcedure,
  HandleNaming,
  NamedEntries,
  OperationNaming,
} from '../../codec/rpc/declarations.ts';
import type { Refinements } from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';
import { decodedBody, heldAt, type Operation, operationsIn } from './compound-info.ts';

const MAX_HANDLES = 65_536;
const MAX_PENDING = 16_384;
/** operations of one compound that are followed */
const MAX_STEPS = 256;
const MAX_DEPTH = 64;
const MAX_NAME = 4096;

/** A handle, with the server that it is of. */
type Key = string;

/** A name in a directory; of a whole path the directory is the server, as an empty handle. */
interface Place {
  readonly dir: Key;
  readonly name: string;
}

/** What an operation works on, as far as it is known: by its handle, or by its name only. */
interface Spot {
  readonly handle: Key | null;
  readonly place: Place | null;
}

const NOWHERE: Spot = { handle: null, place: null };

/** What a call has to say of names once its reply says that it was carried out. */
interface PendingNames {
  readonly server: string;
  readonly naming: HandleNaming;
  readonly place: Place | null;
  readonly dir: Key | null;
  readonly to: Place | null;
}

/** The same of the operations of a compound, in order. */
interface PendingSteps {
  readonly server: string;
  readonly steps: readonly Step[];
}

interface Step {
  readonly number: number;
  readonly naming: OperationNaming | undefined;
  readonly argument: Key | null;
  readonly name: string | null;
  readonly to: string | null;
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
  readonly #handles = new Recent<Key>(MAX_HANDLES);
  readonly #pending = new Recent<PendingNames | PendingSteps>(MAX_PENDING);

  /** The path of a server's handle; null for one that was not named. */
  pathOf(server: string, handle: Uint8Array): string | null {
    return this.pathOfHex(server, hex(handle));
  }

  /** The same of a handle in hexadecimal. */
  pathOfHex(server: string, handle: string): string | null {
    let place = this.#places.get(keyOf(server, handle));
    if (place === undefined) return null;
    let path = place.name;
    for (let depth = 0; depth < MAX_DEPTH && path.length < MAX_NAME; depth++) {
      place = this.#places.get(place.dir);
      // the directory is the server, or has no name yet
      if (place === undefined) return path;
      path = joined(place.name, path);
    }
    return path.slice(0, MAX_NAME);
  }

  /** Learns from a message of a procedure whose naming is declared; call it once for each, in order. */
  note(declared: DeclaredProcedure, pdu: Pdu, server: string): void {
    const { names, compound } = declared.declared;
    if (pdu.call === null || pdu.dupOf !== 0) return;
    const key = String(pdu.call.ordinal);
    if (compound?.names !== undefined) this.#noteCompound(declared, compound, pdu, server, key);
    else if (names !== undefined) this.#noteNames(declared, names, pdu, server, key);
  }

  #noteNames(declared: DeclaredProcedure, naming: HandleNaming, pdu: Pdu, server: string, key: string): void {
    const body = decodedBody(declared, pdu);
    if (pdu.msgtyp === 0) {
      if (body !== undefined) this.#pending.set(key, pendingNames(server, naming, body));
      return;
    }
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    if (pending !== undefined && 'naming' in pending && succeeded(body)) {
      this.#learn(pending, body, declared.refinements);
    }
  }

  #noteCompound(
    declared: DeclaredProcedure,
    compound: Compound,
    pdu: Pdu,
    server: string,
    key: string,
  ): void {
    const operations = operationsIn(declared, compound, pdu).slice(0, MAX_STEPS);
    if (pdu.msgtyp === 0) {
      const steps = operations.map((operation) => stepOf(server, compound, operation));
      if (steps.some((step) => step.naming !== undefined)) this.#pending.set(key, { server, steps });
      return;
    }
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    if (pending !== undefined && 'steps' in pending) this.#follow(pending, operations, declared.refinements);
  }

  #learn(pending: PendingNames, result: unknown, refinements: Refinements | undefined): void {
    const { server, naming, place, dir, to } = pending;
    if (naming.removes && place !== null) this.#forget(place);
    if (place !== null && to !== null) this.#move(place, to);
    const handle = naming.handle === undefined ? null : keyAt(server, result, naming.handle, refinements);
    if (handle !== null && place !== null) this.#name(handle, place);
    if (naming.entries !== undefined && dir !== null) {
      this.#nameEntries(server, { handle: dir, place: null }, naming.entries, result, refinements);
    }
  }

  /** Goes through the operations that were carried out, with the current and the saved handle. */
  #follow(
    { server, steps }: PendingSteps,
    results: readonly Operation[],
    refinements: Refinements | undefined,
  ): void {
    let current = NOWHERE;
    let saved = NOWHERE;
    for (const [i, { number, naming, argument, name, to }] of steps.entries()) {
      const result = results[i];
      if (result === undefined || result.number !== number || !succeeded(result.value)) return;
      if (naming === undefined) continue;
      if (naming.argument !== undefined) current = { handle: argument, place: null };
      else if (naming.becomes === 'root')
        current = { handle: null, place: { dir: keyOf(server, ''), name: '/' } };
      else if (naming.becomes === 'parent') current = this.#above(current);
      else if (naming.becomes === 'saved') current = saved;
      else if (naming.becomes === 'unknown') current = NOWHERE;
      if (naming.saves) saved = current;
      if (name !== null && naming.to !== undefined) {
        const { place: from } = this.#within(saved, name);
        const { place: where } = to === null ? NOWHERE : this.#within(current, to);
        if (from !== null && where !== null) this.#move(from, where);
      } else if (name !== null && naming.removes) {
        const { place } = this.#within(current, name);
        if (place !== null) this.#forget(place);
      } else if (name !== null) current = this.#within(current, name);
      if (naming.handle !== undefined)
        current = this.#told(server, current, naming.handle, result.value, refinements);
      if (naming.entries !== undefined) {
        this.#nameEntries(server, current, naming.entries, result.value, refinements);
      }
    }
  }

  /** The result has the handle of what is current. */
  #told(
    server: string,
    current: Spot,
    path: string,
    result: unknown,
    refinements: Refinements | undefined,
  ): Spot {
    const handle = keyAt(server, result, path, refinements);
    if (handle === null) return current;
    if (current.place !== null) this.#name(handle, current.place);
    return { handle, place: current.place };
  }

  #nameEntries(
    server: string,
    dir: Spot,
    entries: NamedEntries,
    result: unknown,
    refinements: Refinements | undefined,
  ): void {
    const list = heldAt(result, entries.list, refinements);
    for (const entry of Array.isArray(list) ? list : []) {
      const name = heldAt(entry, entries.name, refinements);
      const handle = keyAt(server, entry, entries.handle, refinements);
      const place = typeof name === 'string' ? this.#within(dir, name).place : null;
      if (handle !== null && place !== null) this.#name(handle, place);
    }
  }

  /** What a name in a directory stands for. */
  #within(dir: Spot, name: string): Spot {
    let place: Place;
    if (dir.handle !== null) place = { dir: dir.handle, name };
    else if (dir.place !== null) place = { dir: dir.place.dir, name: joined(dir.place.name, name) };
    else return NOWHERE;
    return place.name.length > MAX_NAME
      ? NOWHERE
      : { handle: this.#handles.get(placeKey(place)) ?? null, place };
  }

  #above({ handle, place }: Spot): Spot {
    const here = place ?? (handle === null ? undefined : this.#places.get(handle));
    if (here === undefined) return NOWHERE;
    const slash = here.name.lastIndexOf('/');
    // a name of more than one word: the directory is in it
    if (slash >= 0) return { handle: null, place: { dir: here.dir, name: here.name.slice(0, slash) || '/' } };
    return { handle: here.dir, place: this.#places.get(here.dir) ?? null };
  }

  /** `.` and `..` are other names of what has one. */
  #name(handle: Key, place: Place): void {
    if (place.name === '.' || place.name === '..' || handle === place.dir) return;
    this.#places.set(handle, place);
    this.#handles.set(placeKey(place), handle);
  }

  #forget(place: Place): void {
    const handle = this.#handles.get(placeKey(place));
    if (handle === undefined) return;
    this.#handles.delete(placeKey(place));
    this.#places.delete(handle);
  }

  #move(from: Place, to: Place): void {
    const handle = this.#handles.get(placeKey(from));
    this.#forget(to);
    if (handle === undefined) return;
    this.#handles.delete(placeKey(from));
    this.#name(handle, to);
  }
}

function keyOf(server: string, handle: string): Key {
  return `${server} ${handle}`;
}

function placeKey({ dir, name }: Place): string {
  return `${dir}/${name}`;
}

function joined(dir: string, name: string): string {
  return dir.endsWith('/') ? dir + name : `${dir}/${name}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** An empty handle is none: it stands for the server. */
function keyAt(
  server: string,
  value: unknown,
  path: string,
  refinements: Refinements | undefined,
): Key | null {
  const bytes = heldAt(value, path, refinements);
  return bytes instanceof Uint8Array && bytes.length > 0 ? keyOf(server, hex(bytes)) : null;
}

function placeAt(
  server: string,
  value: unknown,
  dir: string | undefined,
  name: string | undefined,
): Place | null {
  const word = name === undefined ? undefined : heldAt(value, name);
  if (typeof word !== 'string') return null;
  if (dir === undefined) return { dir: keyOf(server, ''), name: word };
  const handle = keyAt(server, value, dir, undefined);
  return handle === null ? null : { dir: handle, name: word };
}

function pendingNames(server: string, naming: HandleNaming, args: unknown): PendingNames {
  const { dir, name, to } = naming;
  return {
    server,
    naming,
    place: placeAt(server, args, dir, name),
    dir: dir === undefined ? null : keyAt(server, args, dir, undefined),
    to: to === undefined ? null : placeAt(server, args, to.dir, to.name),
  };
}

function stepOf(server: string, { names }: Compound, { number, name, value }: Operation): Step {
  const naming = names !== undefined && Object.hasOwn(names, name) ? names[name] : undefined;
  const word = naming?.name?.map((path) => heldAt(value, path)).find((found) => typeof found === 'string');
  const to = naming?.to === undefined ? undefined : heldAt(value, naming.to);
  return {
    number,
    naming,
    argument: naming?.argument === undefined ? null : keyAt(server, value, naming.argument, undefined),
    name: typeof word === 'string' ? word : null,
    to: typeof to === 'string' ? to : null,
  };
}

/** Results are a status, or begin with one; 0 is success. */
function succeeded(result: unknown): boolean {
  if (typeof result === 'number') return result === 0;
  if (typeof result !== 'object' || result === null) return false;
  return Object.values(result)[0] === 0;
}
