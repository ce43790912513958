/**
 * What the target calls what the recording called otherwise. `learn` compares a recorded result with the target's and
 * remembers, for every value that is a name of the server's state, what stands in its place; `apply` rewrites the
 * arguments of a call; `explains` tells whether a difference is only such a name. Bytes (handles, verifiers, UUIDs,
 * binary or in text) are known wherever they stand, integers within fields of one name. Never throws.
 */
import type { Json, XdrType } from '../codec/xdr/index.ts';
import { type Leaf, pairLeaves, rewriteLeaves } from './leaves.ts';
import {
  classOf,
  couldBeState,
  type FixedValue,
  isNamedAsState,
  kindOf,
  type MapRule,
  type MapRules,
  type StateKind,
} from './map-rules.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** What may stand for state inside a text: UUIDs, and numbers for comparison only. */
const TOKENS = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d+)/i;
const TIME = /(?:^|\.)\w*time\w*\.(?:tv_)?(u|n|m)?sec(?:onds)?$/i;

export const CLOCK_SECONDS = 3600;

export interface StateMapOptions {
  /** null: found by type and content */
  readonly rules?: MapRules | null;
  /** bytes (as hex) that calls use after replies gave them: see find-state.ts */
  readonly reused?: ReadonlySet<string>;
  /** seconds since the epoch when the recording and the replay began */
  readonly recordedAt?: number;
  readonly replayedAt?: number;
}

interface Counts {
  readonly kind: StateKind;
  learned: number;
  used: number;
}

export class StateMap {
  readonly #rules: ReadonlyMap<string, StateKind> | null;
  readonly #options: StateMapOptions;
  readonly #clockSeconds: number;
  /** recorded to target; bytes as hex, integers as `field value` */
  readonly #bytes = new Map<string, string>();
  readonly #integers = new Map<string, string>();
  readonly #images = new Set<string>();
  readonly #classes = new Map<string, Counts>();
  /** pairs that contradict what was learnt before, of the last result learnt from */
  readonly #conflicts = new Set<string>();
  #moved = 0;

  constructor(options: StateMapOptions = {}) {
    const rules = options.rules ?? null;
    this.#options = options;
    this.#rules = rules === null ? null : new Map(rules.rules.map((rule) => [rule.class, rule.kind]));
    this.#clockSeconds = rules === null ? CLOCK_SECONDS : rules.clockSeconds;
    for (const value of rules?.values ?? []) this.#preset(value);
  }

  /** Everything has the name that it had in the recording, so far. */
  get isIdentity(): boolean {
    return this.#moved === 0;
  }

  /** What was found, as a rules file holds it. */
  get rules(): MapRules {
    const rules: MapRule[] = [...this.#classes].map(([name, counts]) => ({ class: name, ...counts }));
    return { version: 1, rules, values: [], clockSeconds: this.#clockSeconds };
  }

  /** Whether bytes stand in the place of other ones, by what was learnt. */
  isImage(bytes: Uint8Array): boolean {
    return this.#images.has(hexOf(bytes));
  }

  /** Whether a value is a name of state at all, whoever's. */
  isState(leaf: Leaf, value: unknown): boolean {
    return this.#kind(leaf, value) !== null;
  }

  learn(type: XdrType, recorded: unknown, target: unknown): void {
    this.#conflicts.clear();
    pairLeaves(type, recorded, target, (leaf, a, b) => this.#pair(leaf, a, b));
  }

  /** The value with the target's names in it; the same object where nothing changes. */
  apply(type: XdrType, value: unknown): unknown {
    if (this.isIdentity) return value;
    return rewriteLeaves(type, value, (leaf, old) => this.#rewrite(leaf, old));
  }

  /** Whether `b` of the target stands for `a` of the recording, at a path of a result's JSON. */
  explains(path: string, a: Json | undefined, b: Json | undefined): boolean {
    if (typeof a !== typeof b || (typeof a !== 'string' && typeof a !== 'number')) return false;
    const [left, right] = [String(a), String(b)];
    if (this.#maps(path, left, right) || this.#isClock(path, Number(a), Number(b))) return true;
    return typeof a === 'string' && this.#mapsText(path, left, right);
  }

  #kind(leaf: Leaf, value: unknown): StateKind | null {
    const kind = kindOf(leaf);
    if (kind === null) return null;
    if (this.#rules !== null) return this.#rules.get(classOf(leaf)) === kind ? kind : null;
    if (kind === 'integer') return isNamedAsState(leaf) && Number(value) > 0 ? kind : null;
    if (typeof value === 'string') return wholeUuid(value) === null ? null : kind;
    const bytes = value as Uint8Array;
    if (!couldBeState(bytes)) return null;
    return isNamedAsState(leaf) || this.#options.reused?.has(hexOf(bytes)) === true ? kind : null;
  }

  #pair(leaf: Leaf, a: unknown, b: unknown): void {
    if (typeof a !== typeof b || a === null || b === null) return;
    const kind = this.#kind(leaf, a);
    if (kind === null) return;
    const map = kind === 'bytes' ? this.#bytes : this.#integers;
    const value = kind === 'bytes' ? bytesText(b) : String(b);
    for (const key of kind === 'bytes' ? [bytesText(a)] : integerKeys(leaf, String(a))) {
      const known = map.get(key);
      if (known === value) continue;
      const before = kind === 'bytes' ? key : String(a);
      // a name of the server's stays what it was; numbers are used again
      if (known !== undefined && kind === 'bytes') this.#conflicts.add(`${before} ${value}`);
      if (known !== undefined && known !== before) this.#moved--;
      if (value !== before) this.#moved++;
      map.set(key, value);
      if (kind === 'bytes') this.#images.add(value);
      if (known === undefined) this.#counts(leaf, kind).learned++;
    }
  }

  #rewrite(leaf: Leaf, old: unknown): unknown {
    if (old === null) return old;
    const kind = kindOf(leaf);
    if (kind === 'integer') {
      for (const key of integerKeys(leaf, String(old))) {
        const value = this.#integers.get(key);
        if (value === undefined || value === String(old)) continue;
        this.#counts(leaf, kind).used++;
        return typeof old === 'bigint' ? BigInt(value) : Number(value);
      }
      return old;
    }
    if (typeof old === 'string') {
      const text = old.replace(UUID, (uuid) => {
        const value = this.#bytes.get(bytesText(uuid));
        return value === undefined || value.length !== 32 ? uuid : uuidText(value);
      });
      if (text === old) return old;
      this.#counts(leaf, 'bytes').used++;
      return text;
    }
    if (!(old instanceof Uint8Array)) return old;
    const value = this.#bytes.get(hexOf(old));
    if (value === undefined || value === hexOf(old)) return old;
    this.#counts(leaf, 'bytes').used++;
    return new Uint8Array(Buffer.from(value, 'hex'));
  }

  #maps(path: string, a: string, b: string): boolean {
    const key = bytesText(a);
    const value = bytesText(b);
    if (this.#conflicts.has(`${key} ${value}`)) return false;
    return this.#bytes.get(key) === value || this.#integers.get(`${lastName(path)} ${a}`) === b;
  }

  /** Texts that differ in nothing but names of state: an XML document with its UUID and id. */
  #mapsText(path: string, a: string, b: string): boolean {
    const [left, right] = [a.split(TOKENS), b.split(TOKENS)];
    if (left.length !== right.length || left.length === 1) return false;
    return left.every((part, i) => {
      const other = right[i]!;
      if (part === other) return true;
      return i % 2 === 1 && (this.#maps(path, part, other) || this.#integers.get(`id ${part}`) === other);
    });
  }

  /** Times of the run itself: each about as old as its run. Parts of a second follow the second. */
  #isClock(path: string, a: number, b: number): boolean {
    const found = TIME.exec(path);
    if (found === null || this.#clockSeconds === 0) return false;
    if (Number.isNaN(a) || Number.isNaN(b)) return false;
    if (found[1] !== undefined) return true;
    const { recordedAt = 0, replayedAt = 0 } = this.#options;
    return Math.abs(a - recordedAt) <= this.#clockSeconds && Math.abs(b - replayedAt) <= this.#clockSeconds;
  }

  #counts(leaf: Leaf, kind: StateKind): Counts {
    const name = classOf(leaf);
    let counts = this.#classes.get(name);
    if (counts === undefined) {
      counts = { kind, learned: 0, used: 0 };
      this.#classes.set(name, counts);
    }
    return counts;
  }

  #preset({ class: name, from, to }: FixedValue): void {
    const isBytes = this.#rules?.get(name) !== 'integer';
    if (isBytes) this.#bytes.set(bytesText(String(from)), bytesText(String(to)));
    else this.#integers.set(`${name.slice(name.lastIndexOf('.') + 1)} ${from}`, String(to));
    if (from !== to) this.#moved++;
  }
}

/** What tells a name of state from others: bytes wherever they stand, integers within their field. */
export function identityOf(leaf: Leaf, value: unknown): string {
  const isBytes = typeof value === 'string' || value instanceof Uint8Array;
  return isBytes ? bytesText(value) : integerKeys(leaf, String(value))[0]!;
}

/** Whether a path of a value's JSON is that of a time, or of a part of one. */
export function isTimePath(path: string): boolean {
  return TIME.test(path);
}

/** The names under which an integer is known: its typedef's and its field's. */
function integerKeys({ typedef, field }: Leaf, value: string): string[] {
  const names = typedef === '' || typedef === field ? [field] : [field, typedef];
  return names.map((name) => `${name.replace(/s$/, '')} ${value}`);
}

/** `result.resok.entries[3].fileid` to fileid. */
function lastName(path: string): string {
  const name = path.replace(/\[\d+\]/g, '');
  return name.slice(name.lastIndexOf('.') + 1).replace(/s$/, '');
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Hex of an opaque, or of the UUID that a text is; JSON's hex of an opaque is that already. */
function bytesText(value: unknown): string {
  if (value instanceof Uint8Array) return hexOf(value);
  return wholeUuid(String(value)) ?? String(value);
}

function wholeUuid(text: string): string | null {
  return text.length === 36 && text.match(UUID) !== null ? text.replaceAll('-', '').toLowerCase() : null;
}

function uuidText(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
