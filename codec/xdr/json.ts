/**
 * Values as every command shows and takes them in JSON (DESIGN section 2). `toJson` expects a value of the type;
 * `fromJson` takes anything and refuses with an XdrError (BAD_VALUE, RANGE, LIMIT, DEPTH…, with the path) what does
 * not stand for one. What `toJson` gives, `fromJson` takes back, without loss (NaN payloads live only in bytes).
 */

import { checkValue } from './check.ts';
import { decodeAt } from './codec.ts';
import { isXdrError, XdrError } from './errors.ts';
import { type CodecOptions, limitsOf } from './limits.ts';
import { type PathKey, pathText } from './path.ts';
import { type Refinements, refinedType } from './refine.ts';
import {
  armKey,
  armOf,
  discriminantType,
  enumNames,
  getField,
  isBoxed,
  type ListIdiom,
  listIdiom,
  type ResolvedType,
  resolve,
  setOwn,
  wholeStruct,
} from './shape.ts';
import type { EnumType, FloatType, IntegerType, StructType, UnionType, XdrType } from './types.ts';

/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Options of {@link toJson}. */
export interface ToJsonOptions {
  /** show what an opaque holds, where declared and where it decodes; hex otherwise */
  readonly refinements?: Refinements;
}

const SPECIAL = new Map<string, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** A value as JSON. */
export function toJson(type: XdrType, value: unknown, options: ToJsonOptions = {}): Json {
  const at = resolve(type);
  switch (at.kind) {
    case 'void':
      return null;
    case 'bool':
    case 'string':
      return value as boolean | string;
    case 'integer':
      return at.bits === 64 ? String(value) : (value as number);
    case 'float':
      return at.bits === 128 ? hex(value as Uint8Array) : floatToJson(value as number);
    case 'enum':
      return enumNames(at).get(value as number) ?? (value as number);
    case 'opaque':
      return hex(value as Uint8Array);
    case 'array':
      return (value as unknown[]).map((element) => toJson(at.element, element, options));
    case 'struct':
      return structToJson(at, value as object, options);
    case 'union':
      return unionToJson(at, value as object, options);
    case 'optional': {
      const list = listIdiom(at);
      if (list !== null) return (value as object[]).map((item) => structToJson(list.items, item, options));
      if (value === null) return null;
      if (!isBoxed(at)) return toJson(at.element, value, options);
      return { value: toJson(at.element, getField(value as object, 'value'), options) };
    }
  }
}

function floatToJson(value: number): Json {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function structToJson(type: StructType, value: object, options: ToJsonOptions): Json {
  const json: { [key: string]: Json } = {};
  for (const field of type.fields) {
    setOwn(json, field.name, toJson(field.type, getField(value, field.name), options));
  }
  for (const refinement of options.refinements?.get(wholeStruct(type)) ?? []) {
    const [last = '', ...parts] = refinement.field.split('.').reverse();
    const holder = partAt(value, parts);
    const bytes = holder && getField(holder, last);
    const inner = refinedType(refinement, value);
    if (inner === undefined || !(bytes instanceof Uint8Array)) continue;
    try {
      const { value: held, consumed } = decodeAt(inner, bytes, 0, bytes.length, { lenient: true });
      const shown = partAt(json, parts);
      if (consumed === bytes.length && shown !== undefined) setOwn(shown, last, toJson(inner, held, options));
    } catch (error) {
      if (!isXdrError(error)) throw error; // it does not hold what was declared: its hex stays
    }
  }
  return json;
}

/** The struct or union at a path of names, the last name first. */
function partAt(whole: object, names: readonly string[]): { [key: string]: Json } | undefined {
  let at: unknown = whole;
  for (const name of names.toReversed()) {
    at = typeof at === 'object' && at !== null ? getField(at, name) : undefined;
  }
  return typeof at === 'object' && at !== null ? (at as { [key: string]: Json }) : undefined;
}

function unionToJson(type: UnionType, value: object, options: ToJsonOptions): Json {
  const { name, type: switched } = type.discriminant;
  const json: { [key: string]: Json } = {};
  const shown = getField(value, name);
  setOwn(json, name, toJson(switched, shown));
  const arm = armOf(type, typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint));
  if (arm === undefined || resolve(arm.type).kind === 'void') return json;
  const key = armKey(type, arm);
  setOwn(json, key, toJson(arm.type, getField(value, key), options));
  return json;
}

/** The value that JSON stands for. Keys that the type does not know are ignored. */
export function fromJson(type: XdrType, json: unknown, options: CodecOptions = {}): unknown {
  const value = new JsonReader(limitsOf(options.limits).depth).read(resolve(type), json, 1);
  const error = checkValue(type, value, options);
  if (error !== undefined) throw error;
  return value;
}

class JsonReader {
  readonly #path: PathKey[] = [];
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  read(type: ResolvedType, json: unknown, depth: number): unknown {
    switch (type.kind) {
      case 'void':
        if (json !== null && json !== undefined) this.#refuse('null');
        return undefined;
      case 'bool':
        if (typeof json !== 'boolean') this.#refuse('true or false');
        return json;
      case 'string':
        if (typeof json !== 'string') this.#refuse('a string');
        return json;
      case 'integer':
        return this.#integer(type, json);
      case 'float':
        return this.#float(type, json);
      case 'enum':
        return this.#enum(type, json);
      case 'opaque':
        return this.#bytes(json);
      case 'array':
        return this.#many(resolve(type.element), json, depth);
      case 'struct':
        return this.#struct(type, json, depth);
      case 'union':
        return this.#union(type, json, depth);
      case 'optional': {
        const list: ListIdiom | null = listIdiom(type);
        if (list !== null) return this.#many(list.items, json, depth);
        if (json === null) return null;
        if (!isBoxed(type)) return this.read(resolve(type.element), json, depth);
        this.#descend(depth);
        const box = this.#object(json);
        return { value: this.#child('value', type.element, box, 'value', depth) };
      }
    }
  }

  #fail(code: 'BAD_VALUE' | 'DEPTH', message: string): never {
    throw new XdrError(code, message, 0, pathText(this.#path));
  }

  #refuse(expected: string): never {
    this.#fail('BAD_VALUE', `${expected} expected`);
  }

  #descend(depth: number): void {
    if (depth > this.#depth) this.#fail('DEPTH', `nested deeper than ${this.#depth}`);
  }

  #object(json: unknown): object {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) this.#refuse('an object');
    return json;
  }

  #child(key: PathKey, type: XdrType, within: object, name: string, depth: number): unknown {
    this.#path.push(key);
    if (!Object.hasOwn(within, name) && resolve(type).kind !== 'void') this.#refuse('a value');
    const value = this.read(resolve(type), getField(within, name), depth + 1);
    this.#path.pop();
    return value;
  }

  #integer(type: IntegerType, json: unknown): number | bigint {
    if (type.bits !== 64) {
      if (typeof json !== 'number') this.#refuse('a number');
      return json;
    }
    if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
    if (typeof json !== 'string' || !/^-?\d{1,20}$/.test(json)) this.#refuse('a decimal string');
    return BigInt(json);
  }

  #float(type: FloatType, json: unknown): number | Uint8Array {
    if (type.bits === 128) return this.#bytes(json);
    if (typeof json === 'number') return json;
    const special = typeof json === 'string' ? SPECIAL.get(json) : undefined;
    if (special === undefined) this.#refuse('a number, "NaN", "Infinity", "-Infinity" or "-0"');
    return special;
  }

  #enum(type: EnumType, json: unknown): number {
    if (typeof json === 'number') return json;
    const member = type.members.find(([name]) => name === json);
    if (member === undefined) this.#refuse(`a member of ${type.name ?? 'the enum'}, or its number,`);
    return member[1];
  }

  #bytes(json: unknown): Uint8Array {
    if (typeof json !== 'string' || json.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(json)) {
      this.#refuse('hex digits, two for a byte,');
    }
    return new Uint8Array(Buffer.from(json, 'hex'));
  }

  #many(element: ResolvedType, json: unknown, depth: number): unknown[] {
    this.#descend(depth);
    if (!Array.isArray(json)) this.#refuse('an array');
    return json.map((item: unknown, i) => {
      this.#path.push(i);
      const value = this.read(element, item, depth + 1);
      this.#path.pop();
      return value;
    });
  }

  #struct(type: StructType, json: unknown, depth: number): object {
    this.#descend(depth);
    const object = this.#object(json);
    const value: Record<string, unknown> = {};
    for (const { name, type: fieldType } of type.fields) {
      setOwn(value, name, this.#child(name, fieldType, object, name, depth));
    }
    return value;
  }

  #union(type: UnionType, json: unknown, depth: number): object {
    this.#descend(depth);
    const object = this.#object(json);
    const { name } = type.discriminant;
    const shown = this.#child(name, discriminantType(type), object, name, depth);
    const value: Record<string, unknown> = {};
    setOwn(value, name, shown);
    const arm = armOf(type, typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint));
    // Without an arm the discriminant is refused below, with the walker's reason.
    if (arm === undefined || resolve(arm.type).kind === 'void') return value;
    const key = armKey(type, arm);
    setOwn(value, key, this.#child(key, arm.type, object, key, depth));
    return value;
  }
}
