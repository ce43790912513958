/**
 * Objects by UUID and by name, both unique. Plain Maps: no name from a peer is an object's key.
 */
import type { Uuid } from '../driver.ts';

export interface Named {
  readonly uuid: Uuid;
  readonly name: string;
}

export class Registry<T extends Named> {
  readonly #byUuid = new Map<Uuid, T>();
  readonly #byName = new Map<string, T>();

  get size(): number {
    return this.#byUuid.size;
  }

  uuid(uuid: Uuid): T | undefined {
    return this.#byUuid.get(uuid);
  }

  name(name: string): T | undefined {
    return this.#byName.get(name);
  }

  /** Who asks has made sure that neither is taken by another. */
  add(object: T): void {
    this.#byUuid.set(object.uuid, object);
    this.#byName.set(object.name, object);
  }

  delete(object: T): void {
    this.#byUuid.delete(object.uuid);
    this.#byName.delete(object.name);
  }

  values(): IterableIterator<T> {
    return this.#byUuid.values();
  }

  /** By name, by code units: the same order everywhere. */
  sorted(): T[] {
    return [...this.values()].sort(byName);
  }
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
