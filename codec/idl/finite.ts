/**
 * Finds types that contain themselves by value in every way, such as `struct a { a x; }`: no bytes can hold one.
 * A union with a way out, or recursion through an optional or a variable array, is fine.
 */
import type { XdrType } from '../xdr/types.ts';

/** What a type needs before it can end: `missing` more of its parts (a struct: all; a union: any one). */
interface Need {
  missing: number;
  /** Those that count on this one. */
  readonly users: Need[];
}

/** Names of endless types that are part of a circle, in the order of `types`. Linear in their size. */
export function findEndless(types: ReadonlyMap<string, XdrType>): string[] {
  const named = new Map<string, Need>([...types.keys()].map((name) => [name, { missing: 1, users: [] }]));
  const ready: Need[] = [];
  for (const [name, type] of types) plan(type, named.get(name)!, named, ready);
  const done = new Set<Need>();
  for (let need = ready.pop(); need !== undefined; need = ready.pop()) {
    if (done.has(need)) continue;
    done.add(need);
    for (const user of need.users) if (--user.missing === 0) ready.push(user);
  }
  return circles(types, new Set([...named].filter(([, need]) => done.has(need)).map(([name]) => name)));
}

/** Let `user` count on `type`. */
function plan(type: XdrType, user: Need, named: ReadonlyMap<string, Need>, ready: Need[]): void {
  if (type.kind === 'ref') {
    named.get(type.name)?.users.push(user);
    return;
  }
  if (type.kind === 'array' && type.fixed && type.size !== 0) {
    plan(type.element, user, named, ready);
    return;
  }
  const parts =
    type.kind === 'struct'
      ? type.fields
      : type.kind === 'union'
        ? [...type.arms, ...(type.default === undefined ? [] : [type.default])]
        : [];
  const need: Need = {
    missing: type.kind === 'union' ? Math.min(1, parts.length) : parts.length,
    users: [user],
  };
  if (need.missing === 0) ready.push(need);
  for (const part of parts) plan(part.type, need, named, ready);
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
