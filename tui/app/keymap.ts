/**
 * Keys to actions: one table, the actions' own keys changed by what the user bound. Keys that are typed one after
 * another (`gg`, `12G`) are collected until they mean something. Nothing throws but `bind`, for what cannot be.
 */
import { ACTIONS, type Action } from './actions.ts';
import type { App } from './app.ts';

const MAX_COUNT = 1e9;

export class Keymap {
  readonly #bindings = new Map<string, Action>();
  #typed = '';
  #count = '';

  constructor() {
    for (const action of ACTIONS) for (const key of action.keys) this.#bindings.set(key, action);
  }

  /** Gives a key another meaning; '' takes its meaning away. Throws RangeError for an action that is not. */
  bind(key: string, id: string): void {
    if (id === '') {
      this.#bindings.delete(key);
      return;
    }
    const action = ACTIONS.find((a) => a.id === id);
    if (action === undefined) throw new RangeError(`there is no action ${id}`);
    this.#bindings.set(key, action);
  }

  /** The keys of an action as they are now. */
  keysOf(action: Action): string[] {
    return this.keysOfId(action.id);
  }

  keysOfId(id: string): string[] {
    return [...this.#bindings].filter(([, bound]) => bound.id === id).map(([key]) => key);
  }

  /** Keys typed so far that mean nothing yet. */
  get pending(): string {
    return this.#count + this.#typed;
  }

  key(key: string, app: App): void {
    if (this.#typed === '' && (/^[1-9]$/.test(key) || (this.#count !== '' && key === '0'))) {
      this.#count += key;
      return;
    }
    const typed = this.#typed + key;
    const action = this.#bindings.get(typed);
    if (action !== undefined) {
      const count = this.#count === '' ? undefined : Math.min(Number(this.#count), MAX_COUNT);
      this.#reset();
      action.run(app, count);
      return;
    }
    if ([...this.#bindings.keys()].some((bound) => bound.startsWith(typed))) {
      this.#typed = typed;
      return;
    }
    const known = this.#typed === '' && this.#count === '' && key !== 'escape';
    this.#reset();
    if (known) app.message = `${key} means nothing here; ? lists the keys`;
  }

  #reset(): void {
    this.#typed = '';
    this.#count = '';
  }
}

export function newKeymap(): Keymap {
  return new Keymap();
}
