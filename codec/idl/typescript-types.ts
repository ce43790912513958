/**
 * Prints the TypeScript type of a description's values (DESIGN section 2, Values): interfaces for structs, unions
 * of literals for enums, and for unions one object type for each arm, so that a `switch` narrows.
 */
import { armKey, discriminantType, isBoxed, listIdiom, resolve } from '../xdr/shape.ts';
import type { EnumType, StructType, UnionType, XdrType } from '../xdr/types.ts';

/** What the printed types are called: `of` a named type (by its `ref` name), `item` of a list's elements, if named. */
export interface TypeNames {
  of(name: string): string;
  item(struct: StructType): string | undefined;
}

/** The type of a value of `type`, as an expression. */
export function valueType(type: XdrType, names: TypeNames): string {
  switch (type.kind) {
    case 'void':
      return 'undefined';
    case 'bool':
      return 'boolean';
    case 'integer':
      return type.bits === 64 ? 'bigint' : 'number';
    case 'float':
      return type.bits === 128 ? 'Uint8Array' : 'number';
    case 'opaque':
      return 'Uint8Array';
    case 'string':
      return 'string';
    case 'enum':
      return literals(enumValues(type));
    case 'ref':
      return names.of(type.name);
    case 'array':
      return arrayOf(valueType(type.element, names));
    case 'optional': {
      const list = listIdiom(type);
      if (list !== null) return arrayOf(names.item(list.struct) ?? valueType(list.items, names));
      const element = valueType(type.element, names);
      return isBoxed(type) ? `{ "value": ${element} } | null` : `${element} | null`;
    }
    case 'struct':
      return type.fields.length === 0 ? 'object' : `{ ${fieldTypes(type, names).join(' ')} }`;
    case 'union':
      return unionType(type, names);
  }
}

/** One `"name": type;` for each field. */
export function fieldTypes(type: StructType, names: TypeNames): string[] {
  return type.fields.map((f) => `${JSON.stringify(f.name)}: ${valueType(f.type, names)};`);
}

function arrayOf(element: string): string {
  return /[ |]/.test(element) ? `(${element})[]` : `${element}[]`;
}

function enumValues(type: EnumType): number[] {
  return [...new Set(type.members.map(([, value]) => value))];
}

function literals(values: readonly (number | bigint | boolean)[]): string {
  if (values.length === 0) return 'never';
  return values.map((v) => (typeof v === 'bigint' ? `${v}n` : String(v))).join(' | ');
}

function unionType(union: UnionType, names: TypeNames): string {
  const discriminant = discriminantType(union);
  const isBool = discriminant.kind === 'bool';
  const key = JSON.stringify(union.discriminant.name);
  const arm = (values: string, name: string, type: XdrType) => {
    const member =
      resolve(type).kind === 'void'
        ? ''
        : ` ${JSON.stringify(armKey(union, { name, type }))}: ${valueType(type, names)};`;
    return `{ ${key}: ${values};${member} }`;
  };
  const parts = union.arms
    .filter((a) => a.cases.length > 0)
    .map((a) => arm(literals(isBool ? a.cases.map((c) => c !== 0) : a.cases), a.name, a.type));
  if (union.default !== undefined) {
    const taken = new Set(union.arms.flatMap((a) => a.cases));
    const all = isBool ? [0, 1] : discriminant.kind === 'enum' ? enumValues(discriminant) : undefined;
    const left = all?.filter((v) => !taken.has(v));
    // An integer has no type for "any other", so there the default arm does not narrow.
    const values =
      left === undefined
        ? valueType(discriminant, names)
        : literals(isBool ? left.map((v) => v !== 0) : left);
    if (left?.length !== 0) parts.push(arm(values, union.default.name, union.default.type));
  }
  return parts.length === 0 ? 'never' : parts.join(' | ');
}
