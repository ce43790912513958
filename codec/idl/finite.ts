/**
 * Finds types that contain themselves by value in every way, such as `struct a { a x; }`: no bytes can hold one.
 * A union with a way out, or recursion through an optional or a variable array, is fine.
 */
import type { XdrType } from '../xdr/types.ts';

/** Names of endless types that are part of a circle, in the order of `types`. Linear in their size, nearly. */
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
  const waiting = [...types.keys()];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const type = types.get(name);
    if (type === undefined || finite.has(name) || !canEnd(type, finite)) continue;
    finite.add(name);
    waiting.push(...(usedBy.get(name) ?? []));
  }
  const endless = [...types.keys()].filter((name) => !finite.has(name));
  // Those that only contain a circle, and are not in one, would only repeat the finding.
  return endless.filter((name) => reaches(name, types, finite));
}

function reaches(start: string, types: ReadonlyMap<string, XdrType>, finite: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const type = types.get(name);
    if (type === undefined) continue;
    for (const used of byValue(type)) {
      if (used === start) return true;
      if (seen.has(used) || finite.has(used)) continue;
      seen.add(used);
      waiting.push(used);
    }
  }
  return false;
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
