/**
 * A table of names in namespaces, looked up from the inside out.
 */
export class Scopes<T> {
  readonly #byKey = new Map<string, [T, ...T[]]>();
  readonly #byName = new Map<string, Set<string>>();

  /** Add a definition; the earlier ones of the same name and scope stay first. */
  add(scope: readonly string[], name: string, value: T): void {
    const key = [...scope, name].join('::');
    const same = this.#byKey.get(key);
    if (same !== undefined) {
      same.push(value);
      return;
    }
    this.#byKey.set(key, [value]);
    const keys = this.#byName.get(name);
    if (keys === undefined) this.#byName.set(name, new Set([key]));
    else keys.add(key);
  }

  /** The definitions of each name in each scope, in order. */
  groups(): IterableIterator<[T, ...T[]]> {
    return this.#byKey.values();
  }

  /**
   * The first definition that `path`, written inside `scope`, means. A name that only one other namespace has is
   * found without it: real files leave it out across includes, and Go packages are not resolved at all.
   */
  find(path: readonly string[], scope: readonly string[]): T | undefined {
    for (let depth = scope.length; depth >= 0; depth--) {
      const found = this.#byKey.get([...scope.slice(0, depth), ...path].join('::'));
      if (found !== undefined) return found[0];
    }
    const keys = this.#byName.get(path.at(-1)!);
    return keys?.size === 1 ? this.#byKey.get([...keys][0]!)![0] : undefined;
  }

  /** `name` alone if no other namespace has it, else with its namespaces. */
  shortName(scope: readonly string[], name: string): string {
    return this.#byName.get(name)!.size === 1 ? name : [...scope, name].join('::');
  }
}
