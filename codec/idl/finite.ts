/**
 * Finds types that contain themselves by value in every way, such as `struct a { a x; }`: no bytes can hold one.
 * A union with a way out, or recursion through an optional or a variable array, is fine.
 */
import type { XdrType } from '../xdr/types.ts';

/** Names of endless types that are part of a circle, in the order of `types`. */
export function findEndless(types: ReadonlyMap<string, XdrType>): string[] {
  const usedBy = new Map<string, string[]>();
  for (const [name, type] of types) {
    for (const used of byValue(type)) {
      const users = usedBy.get(used);
      if (users === undefined) usedBy.set(used, [name]);
      else users.push(name);
    }
  }
  const finite = new Set<string>();
  // First come, first served, and nobody twice at a time: a type is looked at again only after all others were.
  const waiting = new Set(types.keys());
  for (const name of waiting) {
    waiting.delete(name);
    const type = types.get(name);
    if (type === undefined || finite.has(name) || !canEnd(type, finite)) continue;
    finite.add(name);
    for (const user of usedBy.get(name) ?? []) waiting.add(user);
  }
  return circles(types, finite);
}

/** An endless type holds another endless one. Following the first of each leads into circles; these are named. */
function circles(types: ReadonlyMap<string, XdrType>, finite: ReadonlySet<string>): string[] {
  const walkOf = new Map<string, number>();
  const found = new Set<string>();
  let walk = 0;
  for (const start of types.keys()) {
    walk++;
    let at: string | undefined = start;
    while (at !== undefined && !finite.has(at) && !walkOf.has(at)) {
      walkOf.set(at, walk);
      at = nextEndless(types.get(at), finite);
    }
    if (at === undefined || walkOf.get(at) !== walk) continue;
    while (at !== undefined && !found.has(at)) {
      found.add(at);
      at = nextEndless(types.get(at), finite);
    }
  }
  return [...types.keys()].filter((name) => found.has(name));
}

function nextEndless(type: XdrType | undefined, finite: ReadonlySet<string>): string | undefined {
  return type === undefined ? undefined : byValue(type).find((name) => !finite.has(name));
}

/** Named types that a value of this type may hold inside itself. */
function byValue(type: XdrType): string[] {
  switch (type.kind) {
    case 'ref':
      return [type.name];
    case 'array':
      return type.fixed && type.size !== 0 ? byValue(type.element) : [];
    case 'struct':
      return type.fields.flatMap((f) => byValue(f.type));
    case 'union':
      return [
        ...type.arms.flatMap((a) => byValue(a.type)),
        ...(type.default ? byValue(type.default.type) : []),
      ];
    default:
      return [];
  }
}

function canEnd(type: XdrType, finite: ReadonlySet<string>): boolean {
  switch (type.kind) {
    case 'ref':
      return finite.has(type.name);
    case 'array':
      return !type.fixed || type.size === 0 || canEnd(type.element, finite);
    case 'struct':
      return type.fields.every((f) => canEnd(f.type, finite));
    case 'union': {
      const ways = type.default === undefined ? type.arms : [...type.arms, type.default];
      return ways.length === 0 || ways.some((a) => canEnd(a.type, finite));
    }
    default:
      return true;
  }
}
