/**
 * XDR types written in TypeScript, with the TypeScript type of their values inferred. A struct that needs itself
 * refers to itself from a getter; getters are read late and once. Throws TypeError or RangeError for what cannot be
 * a type.
 */
import { MAX_LENGTH } from './shape.ts';
import type {
  ArrayType,
  BoolType,
  EnumType,
  Field,
  FloatType,
  IntegerType,
  OpaqueType,
  OptionalType,
  RefType,
  StringType,
  StructType,
  UnionType,
  VoidType,
  XdrType,
} from './types.ts';

declare const VALUE: unique symbol;
declare const FIELDS: unique symbol;
declare const ELEMENT: unique symbol;

/** A type whose values are `T`. The mark exists for the compiler only. */
export type Of<D extends XdrType, T> = D & { readonly [VALUE]: T };

/** What {@link struct} returns. */
export interface StructOf<F> extends StructType {
  readonly [FIELDS]: F;
  readonly [VALUE]: StructValue<F>;
}

/** What {@link optional} returns. */
export interface OptionalOf<E> extends OptionalType {
  readonly [ELEMENT]: E;
  readonly [VALUE]: OptionalValue<E>;
}

/** The values of a type made by the builder; `unknown` for any other. */
export type Infer<D> = D extends { readonly [VALUE]: infer T } ? T : unknown;

type StructValue<F> = { -readonly [K in keyof F]: Infer<F[K]> };

type IsOne<K> = [K] extends [never] ? false : [K] extends [UnionToIntersection<K>] ? true : false;

type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void
  ? I
  : never;

/** The fields of F that point back to the struct with the fields F. */
type Links<F> = {
  [K in keyof F]: F[K] extends { readonly [ELEMENT]: { readonly [FIELDS]: F } } ? K : never;
}[keyof F];

type OptionalValue<E> = E extends { readonly [FIELDS]: infer F }
  ? IsOne<Links<F>> extends true
    ? StructValue<Omit<F, Links<F>>>[]
    : Infer<E> | null
  : E extends { readonly [ELEMENT]: unknown }
    ? Infer<E> extends readonly unknown[]
      ? Infer<E> | null
      : { value: Infer<E> } | null
    : E extends VoidType
      ? { value: undefined } | null
      : Infer<E> | null;

/** One arm as {@link union} takes it: the cases that choose it, and its member unless void. */
export interface ArmOf<C, N extends string, T extends XdrType> {
  readonly cases: readonly C[];
  readonly name: N;
  readonly type: T;
}

type ArmKey<D extends string, N extends string> = N extends D ? (D extends 'value' ? 'value_' : 'value') : N;

type ArmValue<D extends string, C, N extends string, T> = T extends VoidType
  ? { [K in D]: C }
  : { [K in D]: C } & { [K in ArmKey<D, N>]: Infer<T> };

type ArmsValue<D extends string, A> =
  A extends ArmOf<infer C, infer N, infer T> ? ArmValue<D, C, N, T> : never;

type CasesOf<A> = A extends ArmOf<infer C, string, XdrType> ? C : never;

type DefaultValue<D extends string, S, C, A> =
  A extends ArmOf<unknown, infer N, infer T>
    ? ArmValue<D, number extends S ? S : Exclude<S, C>, N, T>
    : never;

const VOID: VoidType = Object.freeze({ kind: 'void' });
const BOOL: BoolType = Object.freeze({ kind: 'bool' });

function integerType(bits: IntegerType['bits'], signed: boolean): IntegerType {
  return Object.freeze({ kind: 'integer', bits, signed });
}

const INT = integerType(32, true);
const UINT = integerType(32, false);
const HYPER = integerType(64, true);
const UHYPER = integerType(64, false);
const SHORT = integerType(16, true);
const USHORT = integerType(16, false);
const CHAR = integerType(8, true);
const UCHAR = integerType(8, false);
const FLOAT: FloatType = Object.freeze({ kind: 'float', bits: 32 });
const DOUBLE: FloatType = Object.freeze({ kind: 'float', bits: 64 });
const QUADRUPLE: FloatType = Object.freeze({ kind: 'float', bits: 128 });

/** The compiler's mark is not there at run time, so a plain description is what the marked type says it is. */
function mark<T>(type: XdrType): T {
  return type as unknown as T;
}

function checkSize(size: number | undefined): void {
  if (size !== undefined && !(Number.isInteger(size) && size >= 0 && size <= MAX_LENGTH)) {
    throw new RangeError('a size is an integer of 0 to 2^32 - 1');
  }
}

function checkInt32(number: number): void {
  if (number !== (number | 0)) throw new RangeError('an enum value is an integer of 32 bits');
}

/** No value: takes no bytes. */
function voidType(): Of<VoidType, undefined> {
  return mark(VOID);
}

/** 32 bits, signed. */
function int(): Of<IntegerType, number> {
  return mark(INT);
}

/** 32 bits, unsigned. */
function uint(): Of<IntegerType, number> {
  return mark(UINT);
}

/** 64 bits, signed. */
function hyper(): Of<IntegerType, bigint> {
  return mark(HYPER);
}

/** 64 bits, unsigned. */
function uhyper(): Of<IntegerType, bigint> {
  return mark(UHYPER);
}

/** rpcgen's short: 16 bits in four bytes. */
function short(): Of<IntegerType, number> {
  return mark(SHORT);
}

/** rpcgen's unsigned short: 16 bits in four bytes. */
function ushort(): Of<IntegerType, number> {
  return mark(USHORT);
}

/** rpcgen's char: 8 bits, signed, in four bytes. */
function char(): Of<IntegerType, number> {
  return mark(CHAR);
}

/** rpcgen's unsigned char: 8 bits in four bytes. */
function uchar(): Of<IntegerType, number> {
  return mark(UCHAR);
}

function bool(): Of<BoolType, boolean> {
  return mark(BOOL);
}

function float(): Of<FloatType, number> {
  return mark(FLOAT);
}

function double(): Of<FloatType, number> {
  return mark(DOUBLE);
}

/** 128 bits, as 16 raw bytes. */
function quadruple(): Of<FloatType, Uint8Array> {
  return mark(QUADRUPLE);
}

/** An enum; `values` is the frozen object from name to value. */
function enumeration<const M extends Record<string, number>>(
  members: M,
  name?: string,
): Of<EnumType, M[keyof M]> & { readonly values: Readonly<M> } {
  const entries = Object.entries(members);
  for (const [, number] of entries) checkInt32(number);
  const values = Object.freeze(Object.fromEntries(entries));
  const type = { kind: 'enum' as const, members: entries, values };
  return mark(Object.freeze(name === undefined ? type : { ...type, name }));
}

/** Exactly `size` bytes. */
function opaque(size: number): Of<OpaqueType, Uint8Array> {
  checkSize(size);
  return mark(Object.freeze({ kind: 'opaque', fixed: true, size }));
}

/** Up to `max` bytes. */
function varOpaque(max?: number): Of<OpaqueType, Uint8Array> {
  checkSize(max);
  return mark(Object.freeze({ kind: 'opaque', fixed: false, size: max }));
}

/** A string of up to `max` bytes. */
function string(max?: number): Of<StringType, string> {
  checkSize(max);
  return mark(Object.freeze({ kind: 'string', size: max }));
}

/** Exactly `size` elements. */
function array<E extends XdrType>(element: E, size: number): Of<ArrayType, Infer<E>[]> {
  checkSize(size);
  return mark(Object.freeze({ kind: 'array', fixed: true, size, element }));
}

/** Up to `max` elements. */
function varArray<E extends XdrType>(element: E, max?: number): Of<ArrayType, Infer<E>[]> {
  checkSize(max);
  return mark(Object.freeze({ kind: 'array', fixed: false, size: max, element }));
}

/** A value or null; a linked list where the element is a struct that ends in a pointer to itself. */
function optional<E extends XdrType>(element: E): OptionalOf<E> {
  return mark(Object.freeze({ kind: 'optional', element }));
}

/**
 * A struct with these fields, in this order (names that are whole numbers would not keep theirs, and are refused).
 * A field given by a getter is read when the type is first used, so it may name the struct itself.
 */
// biome-ignore lint/suspicious/noExplicitAny: a tighter bound makes TypeScript look into getters too early
function struct<F extends Record<string, any>>(fields: F, name?: string): StructOf<F> {
  const names = Object.keys(fields);
  const number = names.find((key) => /^\d+$/.test(key));
  if (number !== undefined) throw new TypeError('a field name cannot be a number');
  let read: readonly Field[] | undefined;
  const type = {
    kind: 'struct' as const,
    get fields(): readonly Field[] {
      read ??= names.map((key) => ({ name: key, type: fields[key] as XdrType }));
      return read;
    },
  };
  if (name !== undefined) Object.defineProperty(type, 'name', { value: name, enumerable: true });
  return mark(Object.freeze(type));
}

/** An arm: `arm([0], 'ok', type)`, or `arm([1, 2])` for a void one. Bool cases may be given as false and true. */
function arm<const C extends number | bigint | boolean>(cases: readonly C[]): ArmOf<C, '', VoidType>;
function arm<const C extends number | bigint | boolean, const N extends string, T extends XdrType>(
  cases: readonly C[],
  name: N,
  type: T,
): ArmOf<C, N, T>;
function arm(cases: readonly (number | bigint | boolean)[], name = '', type: XdrType = VOID): unknown {
  return {
    cases,
    name,
    get type(): XdrType {
      return type;
    },
  };
}

/** The arm for every other discriminant. */
function otherwise(): ArmOf<never, '', VoidType>;
function otherwise<const N extends string, T extends XdrType>(name: N, type: T): ArmOf<never, N, T>;
function otherwise(name = '', type: XdrType = VOID): unknown {
  return { cases: [], name, type };
}

/** A union that switches on `discriminant`, a field name and its type. */
function union<
  const D extends string,
  S extends XdrType,
  const A extends readonly ArmOf<number | bigint | boolean, string, XdrType>[],
  B extends ArmOf<never, string, XdrType> = never,
>(
  discriminant: readonly [name: D, type: S],
  arms: A,
  other?: B,
  name?: string,
): Of<UnionType, ArmsValue<D, A[number]> | DefaultValue<D, Infer<S>, CasesOf<A[number]>, B>> {
  const type: UnionType = {
    kind: 'union',
    discriminant: { name: discriminant[0], type: discriminant[1] },
    arms: arms.map((a) => ({
      cases: a.cases.map((value) => (typeof value === 'boolean' ? Number(value) : value)),
      name: a.name,
      type: a.type,
    })),
    default: other,
  };
  return mark(Object.freeze(name === undefined ? type : { ...type, name }));
}

/** Another type by a name, which may be defined later. */
function ref<T extends XdrType>(name: string, target: () => T): Of<RefType, Infer<T>> {
  let read: T | undefined;
  return mark(
    Object.freeze({
      kind: 'ref',
      name,
      get target(): XdrType {
        read ??= target();
        return read;
      },
    }),
  );
}

/** A typedef: the same type under a name. */
function named<T extends XdrType>(name: string, type: T): Of<RefType, Infer<T>> {
  return mark(Object.freeze({ kind: 'ref', name, target: type }));
}

/** The builder. */
export const xdr = Object.freeze({
  void: voidType,
  int,
  uint,
  hyper,
  uhyper,
  short,
  ushort,
  char,
  uchar,
  bool,
  float,
  double,
  quadruple,
  enumeration,
  opaque,
  varOpaque,
  string,
  array,
  varArray,
  optional,
  struct,
  arm,
  otherwise,
  union,
  ref,
  named,
});
