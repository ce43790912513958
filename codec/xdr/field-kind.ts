/**
 * How values of a type are kept in a field of a dissector, ours or Wireshark's: containers as presence only, arrays
 * of plain values as their elements. Throws nothing.
 */
import { listIdiom, resolve } from './shape.ts';
import type { XdrType } from './types.ts';

export type FieldKind =
  | 'none'
  | 'boolean'
  | `${'' | 'u'}int${8 | 16 | 32 | 64}`
  | 'float'
  | 'double'
  | 'string'
  | 'bytes';

export function fieldKind(type: XdrType): FieldKind {
  const target = resolve(type);
  switch (target.kind) {
    case 'bool':
      return 'boolean';
    case 'integer':
      return `${target.signed ? '' : 'u'}int${target.bits}`;
    case 'enum':
      return 'int32';
    case 'float':
      return target.bits === 128 ? 'bytes' : target.bits === 64 ? 'double' : 'float';
    case 'opaque':
      return 'bytes';
    case 'string':
      return 'string';
    case 'array':
      return leafKind(target.element);
    case 'optional':
      return leafKind(listIdiom(target)?.items ?? target.element);
    default:
      return 'none';
  }
}

/** An array of plain values shares its elements' field; one of structs is presence. */
function leafKind(element: XdrType): FieldKind {
  const { kind } = resolve(element);
  if (kind === 'optional' || kind === 'array') return 'none';
  return fieldKind(element);
}
