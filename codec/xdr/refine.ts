/**
 * What XDR cannot say about an opaque: which type its bytes hold, chosen by values beside it. Declared as data next
 * to a program's `.x`, and honoured by annotated decoding and by JSON. Nothing here throws: bytes that do not hold
 * what was declared stay bytes.
 */
import { getField, resolve } from './shape.ts';
import type { Field, StructType, XdrType } from './types.ts';

/** How the type is chosen. `on` names a field of the same struct, or one inside it: `mask`, `header.kind`. */
export type RefinedBy =
  /** always this type */
  | { readonly kind: 'type'; readonly type: XdrType }
  /** by the value of an integer, enum or bool (as 0 or 1) */
  | {
      readonly kind: 'switch';
      readonly on: string;
      readonly cases: ReadonlyMap<number | bigint, XdrType>;
      readonly default?: XdrType;
    }
  /** one field after the other for each bit set in an array of 32-bit words, low bits of the first word first */
  | { readonly kind: 'bitmap'; readonly on: string; readonly fields: ReadonlyMap<number, Field> };

/** `field`, an opaque of the struct `within` or of a part of it (`body`, `update.body`), holds a value. */
export interface Refinement {
  readonly within: StructType;
  readonly field: string;
  readonly by: RefinedBy;
}

/** Refinements by struct, for quick finding. */
export type Refinements = ReadonlyMap<XdrType, readonly Refinement[]>;

/** Index refinements by the struct they are within. */
export function refinementsOf(list: readonly Refinement[]): Refinements {
  const index = new Map<XdrType, Refinement[]>();
  for (const refinement of list) {
    const type = resolve(refinement.within);
    const known = index.get(type);
    if (known === undefined) index.set(type, [refinement]);
    else known.push(refinement);
  }
  return index;
}

/** The type that the bytes hold in this value of the struct, or undefined where nothing is declared for it. */
export function refinedType(refinement: Refinement, struct: object): XdrType | undefined {
  const { by } = refinement;
  if (by.kind === 'type') return by.type;
  const chosen = valueAt(struct, by.on);
  if (by.kind === 'switch') {
    const key = typeof chosen === 'boolean' ? Number(chosen) : (chosen as number | bigint);
    return by.cases.get(key) ?? by.default;
  }
  return Array.isArray(chosen) ? bitmapType(by.fields, chosen) : undefined;
}

function valueAt(struct: object, path: string): unknown {
  let at: unknown = struct;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = getField(at, name);
  }
  return at;
}

/** A struct of the fields whose bits are set; what follows an unknown bit cannot be told, so it ends there. */
function bitmapType(fields: ReadonlyMap<number, Field>, words: readonly unknown[]): StructType {
  const chosen: Field[] = [];
  for (const [index, word] of words.entries()) {
    if (typeof word !== 'number') break;
    for (let bit = 0; bit < 32; bit++) {
      if (((word >>> bit) & 1) === 0) continue;
      const field = fields.get(index * 32 + bit);
      if (field === undefined) return { kind: 'struct', fields: chosen };
      chosen.push(field);
    }
  }
  return { kind: 'struct', fields: chosen };
}
