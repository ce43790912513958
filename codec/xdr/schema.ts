/**
 * The zod schema of a type, made when first asked for. zod itself is loaded by `loadZod`, once, so that nothing
 * pays for it that does not use it: `await loadZod()` first, then `schemaOf(type)` is synchronous.
 *
 * For acyclic plain data `schemaOf(type, { limits }).safeParse(v).success` exactly when `encode(type, v, { limits })`
 * succeeds. Where zod alone would differ (floats take NaN, strings are limited in bytes, structs with names that
 * every object inherits, recursion, limits on the whole message) the part is one custom check by the walker, with its
 * depth count; so every schema also passes `z.compile`. Parsing gives back the same value, unknown keys kept.
 */
import type * as Zod from 'zod';
import { checkValue } from './check.ts';
import { type Limits, limitsOf } from './limits.ts';
import {
  type Arm,
  armCases,
  armKey,
  childrenOf,
  type DiscriminantType,
  discriminantType,
  enumNames,
  hyperRange,
  integerRange,
  isBoxed,
  isInheritedName,
  isRecursive,
  listIdiom,
  minSize,
  type ResolvedType,
  resolve,
} from './shape.ts';
import type { IntegerType, StructType, UnionType, XdrType } from './types.ts';

type ZodModule = typeof Zod;
type Schema = Zod.ZodType;

/** Options of {@link schemaOf}. */
export interface SchemaOptions {
  readonly limits?: Partial<Limits>;
}

// The one module that is loaded late; a promise, so that those who ask at once wait for the same.
let loading: Promise<ZodModule> | undefined;
let loaded: ZodModule | undefined;

/** Load zod. Needed once before {@link schemaOf}. */
export async function loadZod(): Promise<ZodModule> {
  loading ??= import('zod');
  loaded = await loading;
  return loaded;
}

const schemas = new WeakMap<XdrType, Map<string, Schema>>();
const MAX_SCHEMAS = 16;

/** The schema of a type, made once for each set of limits. Throws where zod is not loaded yet. */
export function schemaOf(type: XdrType, options: SchemaOptions = {}): Schema {
  if (loaded === undefined) throw new Error('loadZod() has to be awaited before schemaOf()');
  let known = schemas.get(type);
  if (known === undefined) {
    known = new Map();
    schemas.set(type, known);
  }
  const limits = limitsOf(options.limits);
  const key = Object.values(limits).join();
  let schema = known.get(key);
  if (schema === undefined) {
    schema = new SchemaBuilder(loaded, limits).whole(type);
    if (known.size >= MAX_SCHEMAS) known.clear();
    known.set(key, schema);
  }
  return schema;
}

/** What a value of the type may hold directly, where a list holds its items. */
function heldBy(type: ResolvedType): readonly XdrType[] {
  const list = listIdiom(type);
  return list === null ? childrenOf(type) : [list.items];
}

function* everyTypeIn(type: XdrType): Generator<ResolvedType> {
  const seen = new Set<XdrType>();
  const todo = [resolve(type)];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    yield at;
    todo.push(...heldBy(at).map(resolve));
  }
}

/** Whether a value may hold a value of the same type other than as the items of a list. */
function isTrulyRecursive(type: ResolvedType): boolean {
  if (!isRecursive(type)) return false;
  return heldBy(type).some((held) => [...everyTypeIn(held)].includes(type));
}

/** Whether plain zod and plain objects see the same fields. */
function isPlainStruct(type: StructType): boolean {
  return type.fields.every(({ name, type: held }) => !isInheritedName(name) && resolve(held).kind !== 'void');
}

class SchemaBuilder {
  readonly #z: ZodModule;
  readonly #limits: Limits;
  readonly #made = new Map<ResolvedType, Map<number, Schema>>();

  constructor(z: ZodModule, limits: Limits) {
    this.#z = z;
    this.#limits = limits;
  }

  whole(type: XdrType): Schema {
    for (const part of everyTypeIn(type)) {
      // Elements without bytes share one budget for the whole message, which only the walker keeps.
      if (part.kind === 'array' && minSize(part.element) === 0) return this.#walked(type, 1);
    }
    return this.#schema(type, 1);
  }

  #schema(type: XdrType, depth: number): Schema {
    const at = resolve(type);
    let byDepth = this.#made.get(at);
    if (byDepth === undefined) {
      byDepth = new Map();
      this.#made.set(at, byDepth);
    }
    let schema = byDepth.get(depth);
    if (schema === undefined) {
      schema = isTrulyRecursive(at) ? this.#walked(at, depth) : this.#build(at, depth);
      byDepth.set(depth, schema);
    }
    return schema;
  }

  /** A check by the walker, which reports where inside the value it refused. */
  #walked(type: XdrType, depth: number): Schema {
    return this.#z.unknown().superRefine((value, context) => {
      const error = checkValue(type, value, { limits: this.#limits }, depth);
      if (error === undefined) return;
      context.addIssue({ code: 'custom', message: error.message, path: keysOf(error.path) });
    });
  }

  #predicate(accepts: (value: unknown) => boolean, expected: string): Schema {
    return this.#z.custom(accepts, `Invalid input: expected ${expected}`);
  }

  #build(type: ResolvedType, depth: number): Schema {
    const z = this.#z;
    switch (type.kind) {
      case 'void':
        return z.undefined();
      case 'bool':
        return z.boolean();
      case 'integer':
        return this.#integer(type);
      case 'float':
        return this.#predicate((value) => checkValue(type, value) === undefined, floatName(type.bits));
      case 'enum':
        return this.#oneOf([...enumNames(type).keys()]);
      case 'opaque': {
        const { fixed, size } = type;
        const limit = size ?? (fixed ? 0 : this.#limits.opaque);
        const fits = (n: number): boolean => (fixed ? n === limit : n <= limit);
        return this.#predicate(
          (value) => value instanceof Uint8Array && fits(value.length),
          `${fixed ? '' : 'up to '}${limit} bytes`,
        );
      }
      case 'string': {
        const options = { limits: this.#limits };
        return this.#predicate(
          (value) => checkValue(type, value, options) === undefined,
          `a string of up to ${type.size ?? this.#limits.string} bytes`,
        );
      }
      case 'array': {
        if (depth > this.#limits.depth) return z.never();
        const elements = z.array(this.#schema(type.element, depth + 1));
        if (type.fixed) return elements.length(type.size ?? 0);
        return elements.max(type.size ?? this.#limits.array);
      }
      case 'struct':
        return this.#struct(type, depth);
      case 'union':
        return this.#union(type, depth);
      case 'optional': {
        const list = listIdiom(type);
        if (list !== null) {
          if (depth > this.#limits.depth) return z.never();
          return z.array(this.#schema(list.items, depth + 1)).max(this.#limits.list);
        }
        if (isBoxed(type)) return this.#walked(type, depth);
        return z.nullable(this.#schema(type.element, depth));
      }
    }
  }

  #integer(type: IntegerType): Schema {
    const z = this.#z;
    if (type.bits === 64) {
      const [least, greatest] = hyperRange(type);
      return z.bigint().min(least).max(greatest);
    }
    const [least, greatest] = integerRange(type);
    return z.number().int().min(least).max(greatest);
  }

  #oneOf(values: readonly (number | bigint | boolean)[]): Schema {
    return values.length === 0 ? this.#z.never() : this.#z.literal([...values]);
  }

  #struct(type: StructType, depth: number): Schema {
    if (depth > this.#limits.depth) return this.#z.never();
    if (!isPlainStruct(type)) return this.#walked(type, depth);
    const shape = type.fields.map(({ name, type: held }) => [name, this.#schema(held, depth + 1)] as const);
    return this.#z.object(Object.fromEntries(shape));
  }

  /** One object for each arm, told apart by the discriminant. */
  #union(type: UnionType, depth: number): Schema {
    const z = this.#z;
    if (depth > this.#limits.depth) return z.never();
    const { name } = type.discriminant;
    const arms = [...type.arms, ...(type.default == null ? [] : [type.default])];
    const names = [name, ...arms.map((arm) => armKey(type, arm))];
    if (names.some(isInheritedName)) return this.#walked(type, depth);
    const switched = discriminantType(type);
    const named = new Set<number | bigint>();
    const options: Zod.ZodObject[] = [];
    for (const [arm, cases] of armCases(type)) {
      const values = cases.filter((value) => isDiscriminant(switched, value));
      for (const value of cases) named.add(value);
      if (values.length === 0) continue;
      const literals = switched.kind === 'bool' ? values.map((value) => value === 1) : values;
      options.push(this.#arm(type, arm, this.#oneOf(literals), depth));
    }
    let listable = true;
    if (type.default != null) {
      const left = discriminantValues(switched)?.filter((value) => !named.has(Number(value)));
      listable = left !== undefined;
      const rest =
        left === undefined
          ? this.#build(switched, depth + 1).refine((value) => !named.has(value as number | bigint))
          : this.#oneOf(left);
      if (left === undefined || left.length > 0) options.push(this.#arm(type, type.default, rest, depth));
    }
    const [first, ...others] = options;
    if (first === undefined) return z.never();
    return listable ? z.discriminatedUnion(name, [first, ...others]) : z.union([first, ...others]);
  }

  #arm(type: UnionType, arm: Arm, discriminant: Schema, depth: number): Zod.ZodObject {
    const shape: [string, Schema][] = [[type.discriminant.name, discriminant]];
    if (resolve(arm.type).kind !== 'void') {
      shape.push([armKey(type, arm), this.#schema(arm.type, depth + 1)]);
    }
    return this.#z.object(Object.fromEntries(shape));
  }
}

function floatName(bits: number): string {
  if (bits === 128) return '16 bytes';
  return bits === 32 ? 'a number that a float can hold' : 'a number';
}

/** All values of a discriminant, where they can be listed. */
function discriminantValues(type: DiscriminantType): (number | boolean)[] | undefined {
  if (type.kind === 'bool') return [false, true];
  return type.kind === 'enum' ? [...enumNames(type).keys()] : undefined;
}

function isDiscriminant(type: DiscriminantType, value: number | bigint): boolean {
  if (type.kind === 'bool') return value === 0 || value === 1;
  if (type.kind === 'enum') return enumNames(type).has(Number(value));
  const [least, greatest] = type.bits === 64 ? hyperRange(type) : integerRange(type);
  return typeof value === typeof least && value >= least && value <= greatest;
}

/** The keys of an XdrError's path: names, and numbers in brackets. */
function keysOf(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[]+)/g)].map(([, index, name]) =>
    index === undefined ? (name as string) : Number(index),
  );
}
