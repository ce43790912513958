/**
 * Facts about a type that every use of it needs: what a ref stands for, how small and how big its wire form is,
 * whether it is a list, under which key a union's arm lives. Computed once per type and remembered by identity.
 * A type that cannot exist (a ref that only names itself, a union over a string) is a TypeError here.
 */
import type {
  BoolType,
  EnumType,
  FloatType,
  IntegerType,
  OptionalType,
  RefType,
  StructType,
  UnionType,
  XdrType,
} from './types.ts';

/** A type with its refs followed. */
export type ResolvedType = Exclude<XdrType, RefType>;

/** What a union may switch on. */
export type DiscriminantType = BoolType | EnumType | IntegerType;

/** The struct of a linked list, and its fields without the link. */
export interface ListIdiom {
  readonly struct: StructType;
  readonly items: StructType;
}

/** The most bytes or elements that a length word can say. */
export const MAX_LENGTH = 0xffffffff;

/** More typedefs of typedefs than a `.x` may have tokens for. */
const MAX_REFS = 1 << 20;

/** Follow refs (typedefs, uses by name) to the type they stand for. */
export function resolve(type: XdrType): ResolvedType {
  let at = type;
  for (let hops = 0; at.kind === 'ref'; hops++) {
    if (hops > MAX_REFS) throw new TypeError(`type ${at.name} only refers to itself`);
    at = at.target;
  }
  return at;
}

/** The types that a type holds directly, in wire order. */
export function childrenOf(type: XdrType): readonly XdrType[] {
  switch (type.kind) {
    case 'ref':
      return [type.target];
    case 'array':
    case 'optional':
      return [type.element];
    case 'struct':
      return type.fields.map((f) => f.type);
    case 'union': {
      const arms = type.arms.map((a) => a.type);
      return [type.discriminant.type, ...arms, ...(type.default ? [type.default.type] : [])];
    }
    default:
      return [];
  }
}

/** Whether `from`, or anything it holds, is or resolves to `wanted`. */
export function reaches(from: readonly XdrType[], wanted: XdrType): boolean {
  const seen = new Set<XdrType>();
  const todo = [...from];
  for (let type = todo.pop(); type !== undefined; type = todo.pop()) {
    if (type === wanted) return true;
    if (seen.has(type)) continue;
    seen.add(type);
    todo.push(...childrenOf(type));
  }
  return false;
}

const recursive = new WeakMap<XdrType, boolean>();

/** Whether a value of this type may hold another value of this very type. */
export function isRecursive(type: XdrType): boolean {
  let known = recursive.get(type);
  if (known === undefined) {
    known = reaches(childrenOf(type), type);
    recursive.set(type, known);
  }
  return known;
}

const lists = new WeakMap<OptionalType, ListIdiom | null>();

/**
 * The list that an optional stands for, or null. A list is a pointer to a struct whose last field points to the
 * same struct (both seen through refs) and which refers to itself nowhere else; its value is an array.
 */
export function listIdiom(type: XdrType): ListIdiom | null {
  const optional = resolve(type);
  if (optional.kind !== 'optional') return null;
  let known = lists.get(optional);
  if (known === undefined) {
    known = findList(optional);
    lists.set(optional, known);
  }
  return known;
}

/** Whether the type is a linked list, whose value is an array of items. */
export function isListIdiom(type: XdrType): boolean {
  return listIdiom(type) !== null;
}

const itemStructs = new WeakMap<StructType, StructType>();
const wholeStructs = new WeakMap<XdrType, StructType>();

/** For the struct of a list's items, the struct with its link; any other type itself. */
export function wholeStruct(type: XdrType): XdrType {
  return wholeStructs.get(type) ?? type;
}

function findList(optional: OptionalType): ListIdiom | null {
  const struct = resolve(optional.element);
  if (struct.kind !== 'struct') return null;
  const last = struct.fields.at(-1);
  if (last === undefined) return null;
  const link = resolve(last.type);
  if (link.kind !== 'optional' || resolve(link.element) !== struct) return null;
  const others = struct.fields.slice(0, -1);
  const types = others.map((f) => f.type);
  if (reaches(types, struct)) return null;
  let items = itemStructs.get(struct);
  if (items === undefined) {
    const fields: StructType['fields'] = others;
    items =
      struct.name === undefined ? { kind: 'struct', fields } : { kind: 'struct', name: struct.name, fields };
    itemStructs.set(struct, items);
    wholeStructs.set(items, struct);
  }
  return { struct, items };
}

/**
 * Whether an optional's present value is boxed as `{value: …}`: where the element itself could be null (an
 * optional that is no list) or has no value of its own (void).
 */
export function isBoxed(type: OptionalType): boolean {
  const element = resolve(type.element);
  return element.kind === 'void' || (element.kind === 'optional' && listIdiom(element) === null);
}

/** `fixed`: whether every value takes exactly `least` bytes. */
interface Size {
  readonly least: number;
  readonly fixed: boolean;
}

const sizes = new WeakMap<XdrType, Size>();

/** What fixed arrays of fixed arrays, and types without an end, are said to take: more than any message has. */
const MAX_SIZE = Number.MAX_SAFE_INTEGER;

/** Whether no value of the type has an end: it holds itself in every way. */
export function isEndless(type: XdrType): boolean {
  return sizeOf(type).least === Number.POSITIVE_INFINITY;
}

/** The fewest bytes that a value of this type takes; whichever type is asked about first, the same. */
export function minSize(type: XdrType): number {
  return Math.min(sizeOf(type).least, MAX_SIZE);
}

/** The number of bytes that every value of this type takes, or undefined where it varies. */
export function fixedSize(type: XdrType): number | undefined {
  const { least, fixed } = sizeOf(type);
  return fixed ? Math.min(least, MAX_SIZE) : undefined;
}

function sizeOf(type: XdrType): Size {
  return sizes.get(type) ?? factOf(type, sizes, ENDLESS, computeSize, (a, b) => a.least < b.least);
}

/**
 * A fact about a type that follows from the same fact about its parts; found once for the type and all its parts, and
 * kept in `facts`. Within circles a fact is known only when those it rests on are, so it starts as `unknown`, and we
 * go round until nothing gets less.
 */
export function factOf<T>(
  type: XdrType,
  facts: WeakMap<XdrType, T>,
  unknown: T,
  compute: (part: XdrType, factIn: (part: XdrType) => T) => T,
  isLess: (a: T, b: T) => boolean,
): T {
  const found = new Map<XdrType, T>();
  const factIn = (part: XdrType): T => facts.get(part) ?? found.get(part) ?? unknown;
  const parts = partsOf(type, (part) => facts.has(part));
  for (let changed = true; changed; ) {
    changed = false;
    for (const part of parts) {
      const fact = compute(part, factIn);
      if (isLess(fact, factIn(part))) changed = true;
      found.set(part, fact);
    }
  }
  for (const [part, fact] of found) facts.set(part, fact);
  return factIn(type);
}

const ENDLESS: Size = { least: Number.POSITIVE_INFINITY, fixed: false };

/** What is too large to count exactly is not endless. */
function counted(least: number): number {
  return least === Number.POSITIVE_INFINITY ? least : Math.min(least, MAX_SIZE);
}

/**
 * The type and all that it is made of, but for what is known; parts first where there is no circle. Not recursive:
 * `.x` files may be deep.
 */
function partsOf(type: XdrType, known: (part: XdrType) => boolean): XdrType[] {
  const parts: XdrType[] = [];
  const seen = new Set<XdrType>([type]);
  const open = [{ type, children: childrenOf(type), next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = top.children[top.next++];
    if (child === undefined) {
      parts.push(top.type);
      open.pop();
    } else if (!seen.has(child) && !known(child)) {
      seen.add(child);
      open.push({ type: child, children: childrenOf(child), next: 0 });
    }
  }
  return parts;
}

function computeSize(type: XdrType, sizeIn: (part: XdrType) => Size): Size {
  switch (type.kind) {
    case 'void':
      return { least: 0, fixed: true };
    case 'string':
    case 'optional':
      return { least: 4, fixed: false };
    case 'opaque':
      return type.fixed ? { least: padded(type.size ?? 0), fixed: true } : { least: 4, fixed: false };
    case 'array': {
      if (!type.fixed) return { least: 4, fixed: false };
      const { least, fixed } = sizeIn(type.element);
      const { size = 0 } = type;
      return { least: size === 0 ? 0 : counted(size * least), fixed: fixed || size === 0 };
    }
    case 'struct': {
      const fields = type.fields.map((field) => sizeIn(field.type));
      const least = fields.reduce((sum, field) => sum + field.least, 0);
      return { least: counted(least), fixed: fields.every((field) => field.fixed) };
    }
    case 'union': {
      const arms = [...type.arms, ...(type.default ? [type.default] : [])];
      const least = arms.reduce(
        (least, arm) => Math.min(least, sizeIn(arm.type).least),
        Number.POSITIVE_INFINITY,
      );
      const word = scalarSize(discriminantType(type));
      return { least: arms.length === 0 ? word : counted(word + least), fixed: false };
    }
    case 'ref':
      return sizeIn(type.target);
    default:
      return { least: scalarSize(type), fixed: true };
  }
}

function scalarSize(type: DiscriminantType | FloatType): number {
  if (type.kind === 'integer') return type.bits === 64 ? 8 : 4;
  return type.kind === 'float' ? type.bits / 8 : 4;
}

/** A byte count rounded up to the next multiple of 4. */
export function padded(bytes: number): number {
  return bytes + (-bytes & 3);
}

/** The type that a union switches on, or a TypeError. */
export function discriminantType(union: UnionType): DiscriminantType {
  const type = resolve(union.discriminant.type);
  if (type.kind === 'bool' || type.kind === 'enum' || type.kind === 'integer') return type;
  throw new TypeError(`a union cannot switch on a ${type.kind}`);
}

/** An arm as it is met in a value. */
export interface Arm {
  readonly name: string;
  readonly type: XdrType;
}

const armTables = new WeakMap<UnionType, Map<number | bigint, Arm>>();

/** The arm that a discriminant (a bool as 0 or 1) chooses, the default one, or undefined. */
export function armOf(union: UnionType, discriminant: number | bigint): Arm | undefined {
  let table = armTables.get(union);
  if (table === undefined) {
    table = new Map();
    for (const arm of union.arms) {
      for (const value of arm.cases) if (!table.has(value)) table.set(value, arm);
    }
    armTables.set(union, table);
  }
  return table.get(discriminant) ?? union.default ?? undefined;
}

/** The cases of a union's arms, each value once, with the first arm that has it. */
export function armCases(type: UnionType): Map<Arm, (number | bigint)[]> {
  const seen = new Set<number | bigint>();
  const cases = new Map<Arm, (number | bigint)[]>();
  for (const arm of type.arms) {
    const own = arm.cases.filter((value) => !seen.has(value));
    for (const value of own) seen.add(value);
    if (own.length > 0) cases.set(arm, own);
  }
  return cases;
}

/** The key of an arm in the union's value: its name, or `value`, then `value_`, where the discriminant has it. */
export function armKey(union: UnionType, arm: Arm): string {
  const taken = union.discriminant.name;
  if (arm.name !== taken) return arm.name;
  return taken === 'value' ? 'value_' : 'value';
}

/** Whether plain objects inherit something under this name, so that only an own property counts as present. */
export function isInheritedName(name: string): boolean {
  return name in Object.prototype;
}

const enumTables = new WeakMap<EnumType, Map<number, string>>();

/** Value to name; of several names for a value, the first. */
export function enumNames(type: EnumType): ReadonlyMap<number, string> {
  let names = enumTables.get(type);
  if (names === undefined) {
    names = new Map();
    for (const [name, value] of type.members) if (!names.has(value)) names.set(value, name);
    enumTables.set(type, names);
  }
  return names;
}

/** The least and the greatest value of an integer of up to 32 bits. */
export function integerRange(type: IntegerType): readonly [least: number, greatest: number] {
  const half = 2 ** (type.bits - 1);
  return type.signed ? [-half, half - 1] : [0, 2 * half - 1];
}

/** The least and the greatest value of a 64-bit integer. */
export function hyperRange(type: IntegerType): readonly [least: bigint, greatest: bigint] {
  return type.signed ? [-(1n << 63n), (1n << 63n) - 1n] : [0n, (1n << 64n) - 1n];
}

/** Set a property as a plain one, whatever its name (`__proto__` too). */
export function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else object[name] = value;
}

/** A property of a value; what is only inherited from Object.prototype does not count. */
export function getField(object: object, name: string): unknown {
  if (isInheritedName(name) && !Object.hasOwn(object, name)) return undefined;
  return (object as Record<string, unknown>)[name];
}
