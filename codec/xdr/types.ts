/**
 * The description of an XDR type (RFC 4506), as plain immutable data.
 *
 * Everything else derives from it: the generated codec, the walker, the zod schema, the field tree, random
 * values, JSON Schema. A type may be recursive: `element`, `fields`, `arms` and a ref's `target` may be getters,
 * so a consumer must not read them while it builds a type, and must guard against cycles by type identity.
 */

/** Every kind of XDR type. `ref` names another type (a typedef or a use by name) and has its wire form. */
export type XdrType =
  | VoidType
  | BoolType
  | IntegerType
  | FloatType
  | EnumType
  | OpaqueType
  | StringType
  | ArrayType
  | OptionalType
  | StructType
  | UnionType
  | RefType;

export interface VoidType {
  readonly kind: 'void';
}

export interface BoolType {
  readonly kind: 'bool';
}

/** `bits` 8 and 16 are rpcgen's char and short: 4 bytes on the wire, range-checked. 64 is hyper (a bigint). */
export interface IntegerType {
  readonly kind: 'integer';
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** `bits` 32 float, 64 double, 128 quadruple (16 raw bytes). */
export interface FloatType {
  readonly kind: 'float';
  readonly bits: 32 | 64 | 128;
}

/** Members in declaration order; several names may share a value (the first is the one shown). */
export interface EnumType {
  readonly kind: 'enum';
  readonly name?: string;
  readonly members: readonly (readonly [name: string, value: number])[];
}

/** `fixed`: exactly `size` bytes, no length word. Otherwise up to `size` bytes; `size` undefined: no limit declared. */
export interface OpaqueType {
  readonly kind: 'opaque';
  readonly fixed: boolean;
  readonly size: number | undefined;
}

/** `size`: the limit in bytes; undefined: no limit declared. */
export interface StringType {
  readonly kind: 'string';
  readonly size: number | undefined;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly fixed: boolean;
  readonly size: number | undefined;
  readonly element: XdrType;
}

export interface OptionalType {
  readonly kind: 'optional';
  readonly element: XdrType;
}

export interface Field {
  readonly name: string;
  readonly type: XdrType;
}

export interface StructType {
  readonly kind: 'struct';
  readonly name?: string;
  readonly fields: readonly Field[];
}

/** One arm, chosen by any of `cases`. `type` void: no member. Bool cases are 0 and 1; 64-bit ones bigint. */
export interface UnionArm {
  readonly cases: readonly (number | bigint)[];
  readonly name: string;
  readonly type: XdrType;
}

/** `default` undefined: no default arm, so any other discriminant is an error. */
export interface UnionType {
  readonly kind: 'union';
  readonly name?: string;
  readonly discriminant: Field;
  readonly arms: readonly UnionArm[];
  readonly default?: { readonly name: string; readonly type: XdrType } | undefined;
}

/** A use of a named type. `target` is read late, so forward references and recursion work. */
export interface RefType {
  readonly kind: 'ref';
  readonly name: string;
  readonly target: XdrType;
}
