/**
 * Random values of a type, the smallest value of a type, and smaller versions of a value: for property tests and
 * the fuzzer. The same seed gives the same value. Values made here always encode at the limits they were made for;
 * a type that has no finite value is a TypeError, one whose values are all huge a RangeError.
 */
import { DEFAULT_LIMITS } from './limits.ts';
import { hollowElements, hollowValue, isHollow } from './memory.ts';
import {
  type Arm,
  armKey,
  armOf,
  discriminantType,
  enumNames,
  factOf,
  getField,
  hyperRange,
  integerRange,
  isBoxed,
  isEndless,
  listIdiom,
  minSize,
  type ResolvedType,
  resolve,
  setOwn,
} from './shape.ts';
import { textOf } from './text.ts';
import type { IntegerType, StructType, UnionType, XdrType } from './types.ts';

/** A source of whole numbers, each 0 to 2^32 - 1. */
export type Rng = () => number;

/** A deterministic source (xorshift over a mixed seed). */
export function rngOf(seed: number): Rng {
  let a = mix(seed >>> 0);
  let b = mix(a ^ 0x9e3779b9);
  return () => {
    const t = a ^ (a << 11);
    a = b;
    b = (b ^ (b >>> 19) ^ (t ^ (t >>> 8))) >>> 0;
    return mix(b + a);
  };
}

function mix(n: number): number {
  let h = Math.imul(n ^ (n >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0 || 1;
}

/** What random values may look like. */
export interface RandomOptions {
  /** most elements of an array or list, and most bytes of a string or opaque (where the type allows; default 8) */
  readonly elements?: number;
  /** containers within one another before only the smallest choices are made (default 12) */
  readonly depth?: number;
  /** values in all before only the smallest choices are made (default 1000) */
  readonly nodes?: number;
  /** strings of printable ASCII only, for peers that know no other (default false) */
  readonly plainText?: boolean;
  /** NaN among the floats (default true) */
  readonly nan?: boolean;
}

/** A random value of the type. */
export function randomValue(type: XdrType, rng: Rng, options: RandomOptions = {}): unknown {
  return new Maker(rng, options).make(sized(type), 1);
}

/** The smallest value of the type: zeros, empty, null, the first member, the shallowest arm. */
export function smallestValue(type: XdrType): unknown {
  const zero: Rng = () => 0;
  return new Maker(zero, { elements: 0, depth: 0, nodes: 0 }).make(sized(type), 1);
}

/** The largest smallest value that is made. */
const MAX_LEAST = 1 << 24;

function sized(type: XdrType): ResolvedType {
  if (isEndless(type)) throw new TypeError('a type that can only hold itself has no value');
  if (leastDepth(type) > DEFAULT_LIMITS.depth) {
    throw new RangeError(`no random values that are nested deeper than ${DEFAULT_LIMITS.depth}`);
  }
  const least = minSize(type);
  if (least > MAX_LEAST) throw new RangeError(`no random values of at least ${least} bytes`);
  return resolve(type);
}

/** The largest fixed array or opaque that values are made for. */
const MAX_FIXED = 1 << 20;

/** Whether a value of the type, `depth` levels down, can keep the default limit of depth, and is not huge. */
function fits(type: XdrType, depth: number): boolean {
  return depth - 1 + effortOf(type) <= DEFAULT_LIMITS.depth;
}

class Maker {
  readonly #rng: Rng;
  readonly #elements: number;
  readonly #depth: number;
  readonly #plainText: boolean;
  readonly #nan: boolean;
  #nodes: number;
  #zeroSized: number = DEFAULT_LIMITS.zeroSized;

  constructor(rng: Rng, options: RandomOptions) {
    this.#rng = rng;
    this.#elements = options.elements ?? 8;
    this.#depth = options.depth ?? 12;
    this.#nodes = options.nodes ?? 1000;
    this.#plainText = options.plainText ?? false;
    this.#nan = options.nan ?? true;
  }

  make(type: ResolvedType, depth: number): unknown {
    this.#nodes--;
    if (isHollow(type)) {
      const elements = hollowElements(type);
      this.#nodes -= elements;
      this.#zeroSized -= elements;
      if (this.#zeroSized < 0) throw new RangeError('no random values of so many elements without bytes');
      return hollowValue(type);
    }
    switch (type.kind) {
      case 'void':
        return undefined;
      case 'bool':
        return this.#below(2) === 1;
      case 'integer':
        return type.bits === 64 ? this.#hyper(type) : this.#integer(type);
      case 'float':
        return type.bits === 128 ? this.#bytes(16) : this.#float(type.bits);
      case 'enum':
        return this.#pick([...enumNames(type).keys()]);
      case 'opaque':
        return this.#bytes(type.fixed ? this.#fixed(type.size) : this.#count(type.size));
      case 'string':
        return this.#text(this.#count(type.size));
      case 'array': {
        const count = this.#arrayCount(type.element, type.fixed, type.size, depth);
        return this.#many(count, resolve(type.element), depth + 1);
      }
      case 'struct':
        return this.#struct(type, depth);
      case 'union':
        return this.#union(type, depth);
      case 'optional': {
        const list = listIdiom(type);
        if (list !== null) {
          const none = this.#isTired(depth) || !fits(list.items, depth + 1);
          return this.#many(none ? 0 : this.#count(undefined), list.items, depth + 1);
        }
        const boxed = isBoxed(type);
        const inside = boxed ? depth + 1 : depth;
        if (this.#isTired(depth) || !fits(type.element, inside) || this.#below(3) === 0) return null;
        const value = this.make(resolve(type.element), inside);
        return boxed ? { value } : value;
      }
    }
  }

  #isTired(depth: number): boolean {
    const few = this.#zeroSized < DEFAULT_LIMITS.zeroSized / 2;
    return this.#nodes <= 0 || few || depth > this.#depth;
  }

  #below(n: number): number {
    return this.#rng() % n;
  }

  #pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new TypeError('an enum or union without members has no value');
    return from[this.#below(from.length)] as T;
  }

  #count(limit: number | undefined): number {
    const most = Math.min(limit ?? this.#elements, this.#elements);
    // Now and then exactly at the limit, where mistakes are.
    return most === 0 ? 0 : this.#below(8) === 0 ? most : this.#below(most + 1);
  }

  #fixed(size = 0): number {
    if (size > MAX_FIXED) throw new RangeError(`no random values of ${size} elements`);
    return size;
  }

  #arrayCount(element: XdrType, fixed: boolean, size: number | undefined, depth: number): number {
    if (!fixed && (this.#isTired(depth) || !fits(element, depth + 1))) return 0;
    const wanted = fixed ? this.#fixed(size) : this.#count(size);
    if (minSize(element) > 0) return wanted;
    const count = fixed ? wanted : Math.min(wanted, this.#zeroSized);
    this.#zeroSized -= count;
    return count;
  }

  #many(count: number, element: ResolvedType, depth: number): unknown[] {
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.make(element, depth));
    return values;
  }

  #integer(type: IntegerType): number {
    const [least, greatest] = integerRange(type);
    switch (this.#below(8)) {
      case 0:
        return 0;
      case 1:
        return least;
      case 2:
        return greatest;
      case 3:
      case 4:
        return this.#below(100);
      default:
        return least + (this.#rng() % (greatest - least + 1));
    }
  }

  #hyper(type: IntegerType): bigint {
    const [least, greatest] = hyperRange(type);
    switch (this.#below(8)) {
      case 0:
        return 0n;
      case 1:
        return least;
      case 2:
        return greatest;
      case 3:
        return BigInt(this.#below(100));
      default: {
        const bits = (BigInt(this.#rng()) << 32n) | BigInt(this.#rng());
        return type.signed ? BigInt.asIntN(64, bits) : bits;
      }
    }
  }

  #float(bits: 32 | 64): number {
    switch (this.#below(12)) {
      case 0:
        return 0;
      case 1:
        return -0;
      case 2:
        return Number.POSITIVE_INFINITY;
      case 3:
        return Number.NEGATIVE_INFINITY;
      case 4:
        return this.#nan ? Number.NaN : 1;
      case 5:
        return this.#below(1000);
      default: {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, this.#rng());
        view.setUint32(4, this.#rng());
        const value = bits === 32 ? view.getFloat32(0) : view.getFloat64(0);
        return Number.isNaN(value) ? 0.5 : value;
      }
    }
  }

  #bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#rng();
    return bytes;
  }

  #text(length: number): string {
    const bytes = new Uint8Array(length);
    const wild = !this.#plainText && this.#below(4) === 0;
    for (let i = 0; i < length; i++) bytes[i] = wild ? this.#rng() : 0x20 + this.#below(95);
    if (!this.#plainText && length >= 3 && this.#below(4) === 0) bytes.set([0xe2, 0x82, 0xac]); // a euro sign
    return textOf(bytes, 0, length);
  }

  #struct(type: StructType, depth: number): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const field of type.fields) setOwn(value, field.name, this.make(resolve(field.type), depth + 1));
    return value;
  }

  #union(type: UnionType, depth: number): Record<string, unknown> {
    const choices = discriminants(type);
    const fitting = choices.filter((choice) => fits((armOf(type, choice) as Arm).type, depth + 1));
    let raw = this.#pick(fitting.length === 0 ? choices : fitting);
    if (this.#isTired(depth) || fitting.length === 0) raw = easiest(type, choices);
    else if (type.default != null && fits(type.default.type, depth + 1) && this.#below(4) === 0) {
      raw = this.#stranger(type, raw);
    }
    const arm = armOf(type, raw) as Arm;
    const value: Record<string, unknown> = {};
    const shown = discriminantType(type).kind === 'bool' ? raw === 1 : raw;
    setOwn(value, type.discriminant.name, shown);
    const held = resolve(arm.type);
    if (held.kind !== 'void') setOwn(value, armKey(type, arm), this.make(held, depth + 1));
    return value;
  }

  /** A discriminant for the default arm, where there are too many to list. */
  #stranger(type: UnionType, otherwise: number | bigint): number | bigint {
    const switched = discriminantType(type);
    if (switched.kind !== 'integer') return otherwise;
    return switched.bits === 64 ? this.#hyper(switched) : this.#integer(switched);
  }
}

/** Discriminants that choose an arm; of those for the default arm of an integer, one that no case names. */
function discriminants(type: UnionType): (number | bigint)[] {
  const switched = discriminantType(type);
  if (switched.kind === 'bool') return [0, 1].filter((value) => armOf(type, value) !== undefined);
  if (switched.kind === 'enum') {
    return [...enumNames(switched).keys()].filter((value) => armOf(type, value) !== undefined);
  }
  const [least, greatest] = switched.bits === 64 ? hyperRange(switched) : integerRange(switched);
  const named = type.arms.flatMap((arm) => arm.cases);
  const cases = named.filter((value) => value >= least && value <= greatest);
  if (type.default == null) return cases;
  const taken = new Set(named);
  const one = switched.bits === 64 ? 1n : 1;
  let free: number | bigint = switched.bits === 64 ? 0n : 0;
  while (taken.has(free)) free = (free as number) + (one as number);
  return free <= greatest ? [...cases, free] : cases;
}

/** Of the arms that these choose, the one whose values need least depth; one of few bytes where there is any. */
function easiest(type: UnionType, choices: readonly (number | bigint)[]): number | bigint {
  let best: number | bigint | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    const { type: held } = armOf(type, choice) as Arm;
    const effort = effortOf(held);
    if (effort >= least) continue;
    least = effort;
    best = choice;
  }
  if (best === undefined) throw new TypeError('a type that can only hold itself has no value');
  return best;
}

const efforts = new WeakMap<XdrType, number>();

/** The depth that a value needs at least, {@link BULKY} more where it is too large; infinite where it has no end. */
function effortOf(type: XdrType): number {
  const most = Number.POSITIVE_INFINITY;
  return efforts.get(type) ?? factOf(type, efforts, most, computeEffort, (a, b) => a < b);
}

/** More than any depth that a description can have. */
const BULKY = 2 ** 40;

function computeEffort(type: XdrType, effortIn: (part: XdrType) => number): number {
  const bulk = isBulky(type) ? BULKY : 0;
  switch (type.kind) {
    case 'ref':
      return effortIn(type.target);
    case 'array':
      return 1 + (type.fixed && type.size !== 0 ? Math.max(bulk, effortIn(type.element)) : 0);
    case 'struct':
      return 1 + type.fields.reduce((most, field) => Math.max(most, effortIn(field.type)), bulk);
    case 'union': {
      const arms = discriminants(type).map((choice) => (armOf(type, choice) as Arm).type);
      return 1 + arms.reduce((least, arm) => Math.min(least, effortIn(arm)), Number.POSITIVE_INFINITY);
    }
    case 'optional':
      return listIdiom(type) !== null || isBoxed(type) ? 1 : 0;
    default:
      return bulk;
  }
}

/** Whether every value of the type is larger than we make any. */
function isBulky(type: XdrType): boolean {
  const fixed = (type.kind === 'opaque' || type.kind === 'array') && type.fixed;
  return minSize(type) > MAX_LEAST || (fixed && (type.size ?? 0) > MAX_FIXED);
}

/** Containers within one another in any value of the type, at least. */
function leastDepth(type: XdrType): number {
  return effortOf(type) % BULKY;
}

/**
 * Smaller versions of a value of the type, the boldest first; each is a value of the type. To shrink a failing
 * value, take the first that still fails and start again from it.
 */
export function* shrinkValue(type: XdrType, value: unknown): Generator<unknown> {
  const at = resolve(type);
  switch (at.kind) {
    case 'void':
      return;
    case 'bool':
      if (value === true) yield false;
      return;
    case 'integer':
      if (at.bits === 64) yield* smallerHypers(value as bigint);
      else yield* smallerIntegers(value as number);
      return;
    case 'float':
      if (at.bits === 128) yield* zeroed(value as Uint8Array);
      else if (!Object.is(value, 0)) {
        yield 0;
        const whole = Math.trunc(value as number);
        if (Number.isFinite(whole) && whole !== value && whole !== 0) yield whole;
      }
      return;
    case 'enum': {
      const [first] = enumNames(at).keys();
      if (first !== undefined && first !== value) yield first;
      return;
    }
    case 'opaque':
      if (!at.fixed) {
        const bytes = value as Uint8Array;
        for (const length of shorter(bytes.length)) yield bytes.slice(0, length);
      }
      yield* zeroed(value as Uint8Array);
      return;
    case 'string': {
      // Cut at well-formed places only: a cut escape is still an escape, a cut pair is not.
      const text = value as string;
      for (const length of shorter(text.length)) {
        const cut = text.slice(0, length);
        if (!/[\ud800-\udbff]$/.test(cut)) yield cut;
      }
      return;
    }
    case 'array':
      yield* smallerArrays(at.element, value as unknown[], at.fixed);
      return;
    case 'struct':
      for (const field of at.fields) {
        const held = getField(value as object, field.name);
        for (const smaller of shrinkValue(field.type, held))
          yield changed(value as object, field.name, smaller);
      }
      return;
    case 'union':
      yield* smallerUnions(at, value as object);
      return;
    case 'optional': {
      const list = listIdiom(at);
      if (list !== null) {
        yield* smallerArrays(list.items, value as unknown[], false);
        return;
      }
      if (value === null) return;
      yield null;
      if (!isBoxed(at)) yield* shrinkValue(at.element, value);
      else {
        const held = getField(value as object, 'value');
        for (const smaller of shrinkValue(at.element, held)) yield { value: smaller };
      }
    }
  }
}

function changed(object: object, name: string, value: unknown): object {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(object)) setOwn(copy, key, key === name ? value : getField(object, key));
  return copy;
}

function* smallerIntegers(value: number): Generator<number> {
  if (value === 0) return;
  yield 0;
  const half = Math.trunc(value / 2);
  if (half !== 0) yield half;
  if (Math.abs(value) > 2) yield value - Math.sign(value);
}

function* smallerHypers(value: bigint): Generator<bigint> {
  if (value === 0n) return;
  yield 0n;
  const half = value / 2n;
  if (half !== 0n) yield half;
  if (value > 2n) yield value - 1n;
  if (value < -2n) yield value + 1n;
}

function* shorter(length: number): Generator<number> {
  if (length === 0) return;
  yield 0;
  if (length > 3) yield length >> 1;
  if (length > 1) yield length - 1;
}

function* zeroed(bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.some((byte) => byte !== 0)) yield new Uint8Array(bytes.length);
}

const MOST_ELEMENTS = 100;

function* smallerArrays(element: XdrType, values: readonly unknown[], fixed: boolean): Generator<unknown[]> {
  if (!fixed) {
    for (const length of shorter(values.length)) yield values.slice(0, length);
    if (values.length > 1) yield values.slice(values.length >> 1);
    for (let i = 0; i < Math.min(values.length - 1, MOST_ELEMENTS); i++) {
      yield [...values.slice(0, i), ...values.slice(i + 1)];
    }
  }
  for (let i = 0; i < Math.min(values.length, MOST_ELEMENTS); i++) {
    for (const smaller of shrinkValue(element, values[i])) {
      yield [...values.slice(0, i), smaller, ...values.slice(i + 1)];
    }
  }
}

function* smallerUnions(type: UnionType, value: object): Generator<object> {
  const { name } = type.discriminant;
  const shown = getField(value, name);
  const raw = typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint);
  const arm = armOf(type, raw);
  if (arm === undefined) return;
  const smallest = smallestValue(type) as object;
  const least = getField(smallest, name);
  if (least !== shown) yield smallest;
  if (resolve(arm.type).kind === 'void') return;
  const key = armKey(type, arm);
  for (const smaller of shrinkValue(arm.type, getField(value, key))) yield changed(value, key, smaller);
}
