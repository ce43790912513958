/**
 * What is registered with a port mapper: one address for each program, version and network identifier, with its
 * owner. Bounded. Who may set and unset is decided by the caller of this; here an owner only keeps its own.
 */

/** `address` is a universal address, or a path for netid `local`. */
export interface Registration {
  readonly program: number;
  readonly version: number;
  readonly netid: string;
  readonly address: string;
  readonly owner: string;
}

/** Whoever it is may replace and remove what anybody registered. */
export const SUPERUSER = 'superuser';

export const REGISTRY_LIMITS = { registrations: 4096, addressBytes: 256 } as const;

export class Registry {
  readonly #most: number;
  /** in the order of registration, which is the order of a dump */
  readonly #byKey = new Map<string, Registration>();

  constructor(most: number = REGISTRY_LIMITS.registrations) {
    this.#most = most;
  }

  get size(): number {
    return this.#byKey.size;
  }

  list(): readonly Registration[] {
    return [...this.#byKey.values()];
  }

  /** False when another address is registered there already, or there is no room, or the address is too long. */
  set(registration: Registration): boolean {
    const key = keyOf(registration.program, registration.version, registration.netid);
    const before = this.#byKey.get(key);
    if (before !== undefined) return before.address === registration.address;
    if (this.#byKey.size >= this.#most || registration.address.length > REGISTRY_LIMITS.addressBytes)
      return false;
    this.#byKey.set(key, registration);
    return true;
  }

  /**
   * Removes a program's version from one netid, or from all with ''. True when something was removed and nothing
   * of that belonged to others than `owner`.
   */
  unset(program: number, version: number, netid: string, owner: string): boolean {
    const found = [...this.#byKey.entries()].filter(
      ([, one]) =>
        one.program === program && one.version === version && (netid === '' || one.netid === netid),
    );
    const own = found.filter(([, one]) => owner === SUPERUSER || one.owner === owner);
    for (const [key] of own) this.#byKey.delete(key);
    return own.length > 0 && own.length === found.length;
  }

  /** Exactly this program, version and netid. */
  find(program: number, version: number, netid: string): Registration | undefined {
    return this.#byKey.get(keyOf(program, version, netid));
  }

  /** The highest version of a program with this netid: for callers that will learn the versions by asking it. */
  findAnyVersion(program: number, netid: string): Registration | undefined {
    let best: Registration | undefined;
    for (const one of this.#byKey.values()) {
      if (one.program !== program || one.netid !== netid) continue;
      if (best === undefined || one.version > best.version) best = one;
    }
    return best;
  }

  /** Every address of a program's version. */
  addresses(program: number, version: number): readonly Registration[] {
    return this.list().filter((one) => one.program === program && one.version === version);
  }
}

function keyOf(program: number, version: number, netid: string): string {
  return `${program} ${version} ${netid}`;
}
