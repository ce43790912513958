/**
 * What a driver keeps across restarts: objects by kind and key, each in a file of its own. A promise that resolves
 * means durable; one that rejects (StoreError IO) means that everything is as it was: what took effect before the
 * failure is undone, at once or before anything else is written. Calls must not overlap. At start, what a crash left
 * behind is removed and files that are damaged are put aside, never in the way of starting.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { StoreError, systemCode } from './error.ts';
import { MAX_RECORD, parseRecord, printRecord, type RecordData } from './record.ts';

export interface StoredObject {
  readonly kind: string;
  readonly key: string;
  readonly data: RecordData;
}

/** A file that is not what was written; `movedTo` is null where not even moving it worked. */
export interface Damage {
  readonly file: string;
  readonly why: string;
  readonly movedTo: string | null;
}

export interface ObjectStore {
  /** everything that is kept, by kind and key; `fresh`: nothing was ever kept */
  load(): Promise<{
    readonly fresh: boolean;
    readonly objects: readonly StoredObject[];
    readonly damage: readonly Damage[];
  }>;
  /** from now on not fresh any more */
  settleIn(): Promise<void>;
  /** `previous`: what is kept until now under that key, null for nothing */
  put(kind: string, key: string, data: RecordData, previous: RecordData | null): Promise<void>;
  remove(kind: string, key: string, previous: RecordData): Promise<void>;
  /** puts aside an object that `load` gave and that its driver cannot use */
  quarantine(kind: string, key: string, why: string): Promise<Damage>;
}

const KEY = /^[0-9a-f][0-9a-f-]{15,63}$/;
const MARK = 'kept';
const DAMAGED = 'damaged';

export class FileStore implements ObjectStore {
  readonly #directory: string;
  readonly #kinds: readonly string[];
  readonly #disk: Disk;
  /** what took effect without being answered so, and could not be undone yet: file → what should be in it */
  readonly #unsettled = new Map<string, Uint8Array | null>();
  #sequence = 0;

  constructor(directory: string, kinds: readonly string[], disk: Disk) {
    this.#directory = directory;
    this.#kinds = kinds;
    this.#disk = disk;
  }

  async load(): Promise<{ fresh: boolean; objects: StoredObject[]; damage: Damage[] }> {
    const objects: StoredObject[] = [];
    const damage: Damage[] = [];
    try {
      for (const kind of [...this.#kinds, DAMAGED])
        await this.#disk.makeDirectory(join(this.#directory, kind));
      for (const directory of [this.#directory, join(this.#directory, '..')])
        await this.#disk.syncDirectory(directory);
      for (const kind of this.#kinds) await this.#loadKind(kind, objects, damage);
      const names = await this.#disk.list(this.#directory);
      return { fresh: !names.includes(MARK), objects, damage };
    } catch (e) {
      throw ioError(`${this.#directory} cannot be read`, e);
    }
  }

  async settleIn(): Promise<void> {
    try {
      await this.#disk.write(join(this.#directory, MARK), new Uint8Array(0));
      await this.#disk.syncDirectory(this.#directory);
    } catch (e) {
      throw ioError(`${this.#directory} cannot be written`, e);
    }
  }

  async put(kind: string, key: string, data: RecordData, previous: RecordData | null): Promise<void> {
    const undone = previous === null ? null : printRecord(kind, key, previous);
    await this.#change(kind, key, printRecord(kind, key, data), undone);
  }

  async remove(kind: string, key: string, previous: RecordData): Promise<void> {
    await this.#change(kind, key, null, printRecord(kind, key, previous));
  }

  async quarantine(kind: string, key: string, why: string): Promise<Damage> {
    return this.#quarantine(kind, this.#fileOf(kind, key), `${key}.json`, why);
  }

  async #loadKind(kind: string, objects: StoredObject[], damage: Damage[]): Promise<void> {
    const names = await this.#disk.list(join(this.#directory, kind));
    for (const name of names.sort()) {
      const file = join(this.#directory, kind, name);
      if (name.startsWith('.tmp-')) {
        await this.#disk.remove(file);
        continue;
      }
      const key = name.endsWith('.json') ? name.slice(0, -'.json'.length) : '';
      if (!KEY.test(key)) {
        damage.push({ file, why: 'the name is no UUID or checksum', movedTo: null });
        continue;
      }
      const found = await this.#read(file, kind, key);
      if (typeof found === 'string') damage.push(await this.#quarantine(kind, file, name, found));
      else objects.push({ kind, key, data: found });
    }
  }

  /** The data, or what is wrong. */
  async #read(file: string, kind: string, key: string): Promise<RecordData | string> {
    try {
      const bytes = await this.#disk.read(file, MAX_RECORD);
      if (bytes === null) return 'too large';
      return parseRecord(bytes, kind, key) ?? 'not what was written';
    } catch (e) {
      return systemCode(e);
    }
  }

  async #quarantine(kind: string, file: string, name: string, why: string): Promise<Damage> {
    const taken = new Set(await this.#disk.list(join(this.#directory, DAMAGED)));
    let n = 1;
    while (taken.has(`${kind}-${name}.${n}`)) n++;
    const movedTo = join(this.#directory, DAMAGED, `${kind}-${name}.${n}`);
    try {
      await this.#disk.rename(file, movedTo);
      return { file, why, movedTo };
    } catch (e) {
      return { file, why: `${why}; it cannot be moved: ${systemCode(e)}`, movedTo: null };
    }
  }

  #fileOf(kind: string, key: string): string {
    if (!this.#kinds.includes(kind) || !KEY.test(key))
      throw new TypeError(`no ${kind} can be kept as ${key}`);
    return join(this.#directory, kind, `${key}.json`);
  }

  async #change(
    kind: string,
    key: string,
    bytes: Uint8Array | null,
    previous: Uint8Array | null,
  ): Promise<void> {
    const file = this.#fileOf(kind, key);
    try {
      await this.#settle();
    } catch (e) {
      throw ioError('an earlier failure cannot be undone', e);
    }
    const progress = { effective: false };
    try {
      await this.#apply(file, bytes, progress);
    } catch (e) {
      if (progress.effective) {
        this.#unsettled.set(file, previous);
        // A failure here is met again, and reported, before the next change.
        await this.#settle().catch(() => undefined);
      }
      throw ioError(`${kind} ${key} cannot be kept`, e);
    }
  }

  async #settle(): Promise<void> {
    for (const [file, bytes] of this.#unsettled) {
      await this.#apply(file, bytes, { effective: false });
      this.#unsettled.delete(file);
    }
  }

  /** Makes the file hold `bytes`, or be gone; `effective` is set once that may be seen after a crash. */
  async #apply(file: string, bytes: Uint8Array | null, progress: { effective: boolean }): Promise<void> {
    const directory = join(file, '..');
    if (bytes === null) {
      await this.#removeFile(file, progress);
    } else {
      const temporary = join(directory, `.tmp-${process.pid}-${this.#sequence++}`);
      try {
        await this.#disk.write(temporary, bytes);
        await this.#disk.rename(temporary, file);
        progress.effective = true;
      } catch (e) {
        // Left behind it would only be removed at the next start.
        await this.#disk.remove(temporary).catch(() => undefined);
        throw e;
      }
    }
    await this.#disk.syncDirectory(directory);
  }

  async #removeFile(file: string, progress: { effective: boolean }): Promise<void> {
    try {
      await this.#disk.remove(file);
    } catch (e) {
      if (systemCode(e) !== 'ENOENT') throw e;
    }
    progress.effective = true;
  }
}

/** Keeps nothing: a daemon without a state directory. */
export const forgetfulStore: ObjectStore = {
  load: async () => ({ fresh: true, objects: [], damage: [] }),
  settleIn: async () => undefined,
  put: async () => undefined,
  remove: async () => undefined,
  quarantine: async (kind, key, why) => ({ file: `${kind} ${key}`, why, movedTo: null }),
};

function ioError(what: string, cause: unknown): StoreError {
  return new StoreError('IO', `${what}: ${systemCode(cause)}`, cause);
}
