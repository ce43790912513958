/**
 * The leaves of decoded values: every integer, string and opaque with the names it goes by in its description. What
 * state mapping reads and rewrites. Expects values of their type; depth is bounded by what the codec decodes.
 */
import {
  armKey,
  armOf,
  isBoxed,
  listIdiom,
  type ResolvedType,
  resolve,
  type StructType,
  type UnionType,
  type XdrType,
} from '../codec/xdr/index.ts';

/** `field`: of the nearest struct or union; `typedef`: the name of the type it is declared as, '' for none. */
export interface Leaf {
  readonly type: ResolvedType;
  readonly owner: string;
  readonly field: string;
  readonly typedef: string;
}

type Names = Omit<Leaf, 'type'>;

const ROOT: Names = { owner: '', field: '', typedef: '' };

/** The value with every leaf replaced by what `f` gives for it; the same object where nothing was. */
export function rewriteLeaves(
  type: XdrType,
  value: unknown,
  f: (leaf: Leaf, value: unknown) => unknown,
): unknown {
  return rewrite(type, value, f, ROOT);
}

function rewrite(
  type: XdrType,
  value: unknown,
  f: (leaf: Leaf, value: unknown) => unknown,
  names: Names,
): unknown {
  const parts = partsOf(type, value, names);
  if (parts === null) return isLeaf(resolve(type)) ? f(leafOf(type, names), value) : value;
  let copy: Record<string, unknown> | unknown[] | null = null;
  for (const { key, type: partType, names: partNames } of parts) {
    const old = (value as Record<string, unknown>)[key];
    const fresh = rewrite(partType, old, f, partNames);
    if (fresh === old) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...(value as object) };
    (copy as Record<string, unknown>)[key] = fresh;
  }
  return copy ?? value;
}

/**
 * Visits the leaves that stand at the same place in two values of a type. Elements of arrays belong together by the
 * first string in them where they have one (entries of a directory, domains by name), else by number.
 */
export function pairLeaves(
  type: XdrType,
  a: unknown,
  b: unknown,
  visit: (leaf: Leaf, a: unknown, b: unknown) => void,
): void {
  pair(type, a, b, visit, ROOT);
}

function pair(
  type: XdrType,
  a: unknown,
  b: unknown,
  visit: (leaf: Leaf, a: unknown, b: unknown) => void,
  names: Names,
): void {
  const parts = partsOf(type, a, names);
  if (parts === null) {
    if (isLeaf(resolve(type))) visit(leafOf(type, names), a, b);
    return;
  }
  if (typeof b !== 'object' || b === null) return;
  const partners = Array.isArray(a) && Array.isArray(b) ? alignedTo(a, b) : (b as Record<string, unknown>);
  for (const { key, type: partType, names: partNames } of parts) {
    if (!Object.hasOwn(partners, key)) continue;
    const partner = (partners as Record<string, unknown>)[key];
    // another arm of a union, an absent optional: nothing stands at the same place
    if (typeof partner !== typeof (a as Record<string, unknown>)[key] || partner === undefined) continue;
    pair(partType, (a as Record<string, unknown>)[key], partner, visit, partNames);
  }
}

/** The elements of `b` in the places of those of `a` that they belong to. */
function alignedTo(
  a: readonly unknown[],
  b: readonly unknown[],
): Record<string, unknown> | readonly unknown[] {
  if (nameIn(a[0]) === null) return b;
  const byName = new Map<string, unknown>();
  for (const element of b) {
    const name = nameIn(element);
    if (name !== null && !byName.has(name)) byName.set(name, element);
  }
  const aligned: Record<string, unknown> = {};
  for (const [i, element] of a.entries()) {
    const name = nameIn(element);
    if (name !== null && byName.has(name)) aligned[i] = byName.get(name);
  }
  return aligned;
}

/** The first string of a struct, also one step below. */
function nameIn(value: unknown, depth = 2): string | null {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth === 0) return null;
  for (const part of Object.values(value)) {
    if (typeof part === 'string') return part;
    const below = nameIn(part, depth - 1);
    if (below !== null) return below;
  }
  return null;
}

interface Part {
  readonly key: string;
  readonly type: XdrType;
  readonly names: Names;
}

/** What a value consists of; null for a leaf, and for what has no parts. */
function partsOf(type: XdrType, value: unknown, names: Names): readonly Part[] | null {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null;
  const at = resolve(type);
  switch (at.kind) {
    case 'struct':
      return fieldsOf(at);
    case 'union':
      return armsOf(at, value);
    case 'array':
      return elements(at.element, value as unknown[], {
        ...names,
        typedef: typedefOf(type) || names.typedef,
      });
    case 'optional': {
      const list = listIdiom(at);
      if (list !== null) return elements(list.items, value as unknown[], names);
      if (isBoxed(at)) return [{ key: 'value', type: at.element, names }];
      return partsOf(at.element, value, names);
    }
    default:
      return null;
  }
}

function elements(type: XdrType, value: readonly unknown[], names: Names): Part[] {
  return value.map((_, i) => ({ key: String(i), type, names }));
}

function fieldsOf(type: StructType): Part[] {
  return type.fields.map(({ name, type: fieldType }) => ({
    key: name,
    type: fieldType,
    names: { owner: type.name ?? '', field: name, typedef: '' },
  }));
}

function armsOf(type: UnionType, value: object): Part[] {
  const shown = (value as Record<string, unknown>)[type.discriminant.name];
  const arm = armOf(type, typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint));
  if (arm === undefined || resolve(arm.type).kind === 'void') return [];
  const key = armKey(type, arm);
  return [{ key, type: arm.type, names: { owner: type.name ?? '', field: key, typedef: '' } }];
}

function leafOf(type: XdrType, names: Names): Leaf {
  const at = resolve(type);
  return {
    ...names,
    type: at.kind === 'optional' ? resolve(at.element) : at,
    typedef: typedefOf(type) || names.typedef,
  };
}

/** The outermost name that a use of a type goes by. */
function typedefOf(type: XdrType): string {
  if (type.kind === 'ref') return type.name;
  return type.kind === 'optional' ? typedefOf(type.element) : '';
}

function isLeaf({ kind }: ResolvedType): boolean {
  return kind === 'integer' || kind === 'string' || kind === 'opaque' || kind === 'optional';
}
