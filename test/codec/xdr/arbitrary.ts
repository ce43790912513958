/**
 * Random types for property tests, plain and recursive, with hostile names. The same seed gives the same type.
 */
import type { Rng } from '../../../codec/xdr/random.ts';
import type { EnumType, StructType, UnionType, XdrType } from '../../../codec/xdr/types.ts';

const NAMES = [
  'a',
  'b',
  'value',
  'value_',
  'name',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'class',
  'return',
  'default',
  'x"y',
  '\u2028',
  '</script>',
];

export interface TypeOptions {
  /** let structs and unions refer to enclosing ones (default true) */
  readonly recursive?: boolean;
  /** elements that take no bytes (default true) */
  readonly zeroSized?: boolean;
  readonly depth?: number;
}

/** A random type. */
export function randomType(rng: Rng, options: TypeOptions = {}): XdrType {
  const { recursive = true, zeroSized = true, depth = 4 } = options;
  const enclosing: XdrType[] = [];
  const below = (n: number): number => rng() % n;
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const maybe = (n: number): number | undefined => (below(3) === 0 ? undefined : below(n));

  function names(count: number): string[] {
    const left = [...NAMES];
    return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] as string);
  }

  function enumeration(): EnumType {
    const start = below(5) - 2;
    const step = pick([1, 1, 3, 1000]);
    const members = names(1 + below(9)).map((name, i) => [name, start + i * step] as const);
    return { kind: 'enum', members: below(4) === 0 ? [...members, ['again', start]] : members };
  }

  function scalar(): XdrType {
    switch (below(zeroSized ? 12 : 11)) {
      case 0:
        return { kind: 'bool' };
      case 1:
      case 2:
        return { kind: 'integer', bits: pick([8, 16, 32, 32, 64]), signed: below(2) === 0 };
      case 3:
        return { kind: 'integer', bits: 64, signed: below(2) === 0 };
      case 4:
        return { kind: 'float', bits: pick([32, 64, 128]) };
      case 5:
        return enumeration();
      case 6:
        return { kind: 'opaque', fixed: true, size: (zeroSized ? 0 : 1) + below(9) };
      case 7:
        return { kind: 'opaque', fixed: false, size: maybe(12) };
      case 8:
      case 9:
        return { kind: 'string', size: maybe(16) };
      case 10:
        return { kind: 'integer', bits: 32, signed: true };
      default:
        return { kind: 'void' };
    }
  }

  function struct(level: number): StructType {
    const fields: { name: string; type: XdrType }[] = [];
    const type: StructType = { kind: 'struct', fields };
    enclosing.push(type);
    for (const name of names((zeroSized ? 0 : 1) + below(5))) fields.push({ name, type: make(level - 1) });
    if (below(3) === 0 && recursive) {
      fields.push({
        name: 'next',
        type: { kind: 'optional', element: { kind: 'ref', name: 'self', target: type } },
      });
    }
    enclosing.pop();
    return type;
  }

  function union(level: number): UnionType {
    const switched = pick<() => XdrType>([
      () => ({ kind: 'bool' }),
      enumeration,
      () => ({ kind: 'integer', bits: pick([8, 32]), signed: true }),
      () => ({ kind: 'integer', bits: 64, signed: true }),
    ])();
    const values: (number | bigint)[] =
      switched.kind === 'enum'
        ? [...new Set(switched.members.map(([, value]) => value))]
        : switched.kind === 'bool'
          ? [0, 1]
          : switched.kind === 'integer' && switched.bits === 64
            ? [0n, 5n, -1n]
            : [0, 5, -1];
    const arms: UnionType['arms'][number][] = [];
    const [discriminant, ...armNames] = names(5) as [string, ...string[]];
    const type: UnionType = {
      kind: 'union',
      discriminant: { name: discriminant, type: switched },
      arms,
      default: below(2) === 0 ? undefined : { name: pick([discriminant, 'other']), type: make(level - 2) },
    };
    enclosing.push(type);
    for (const [i, name] of armNames.entries()) {
      const value = values[i];
      if (value === undefined) break;
      const arm = i === 0 ? { kind: 'void' as const } : make(level - 1);
      arms.push({ cases: [value], name: below(4) === 0 ? discriminant : name, type: arm });
    }
    enclosing.pop();
    return type;
  }

  function make(level: number): XdrType {
    if (level <= 0) return scalar();
    switch (below(9)) {
      case 0:
        return { kind: 'array', fixed: true, size: (zeroSized ? 0 : 1) + below(4), element: make(level - 1) };
      case 1:
        return { kind: 'array', fixed: false, size: maybe(5), element: make(level - 1) };
      case 2: {
        const target =
          enclosing.length > 0 && recursive && below(2) === 0 ? pick(enclosing) : make(level - 1);
        return { kind: 'optional', element: { kind: 'ref', name: 'late', target } };
      }
      case 3:
      case 4:
        return struct(level);
      case 5:
        return union(level);
      case 6:
        return { kind: 'ref', name: 'alias', target: make(level - 1) };
      case 7:
        return { kind: 'optional', element: make(level - 1) };
      default:
        return scalar();
    }
  }

  return make(depth);
}

const JUNK: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -0,
  () => 1.5,
  () => -1,
  () => 127,
  () => 200,
  () => 2 ** 31,
  () => 2 ** 32,
  () => 1e300,
  () => 5n,
  () => 2n ** 63n,
  () => 2n ** 64n,
  () => -1n,
  () => '',
  () => 'text',
  () => '\ud800',
  () => '\udc80',
  () => '\udcc3\udca9',
  () => 'é'.repeat(9),
  () => true,
  () => [],
  () => ({}),
  () => [0, 0, 0],
  () => new Uint8Array(3),
  () => new Uint8Array(16),
  () => ({ value: null }),
  () => ({ value: undefined }),
];

/** The same value with one part replaced, left out, doubled or added; plain data stays plain data. */
export function damageValue(value: unknown, rng: Rng): unknown {
  const junk = (): unknown => (JUNK[rng() % JUNK.length] as () => unknown)();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || rng() % 8 === 0)
    return junk();
  if (Array.isArray(value)) {
    if (value.length === 0 || rng() % 4 === 0) return [...value, value.length > 0 ? value[0] : junk()];
    const at = rng() % value.length;
    if (rng() % 4 === 0) return value.toSpliced(at, 1);
    return value.with(at, damageValue(value[at], rng));
  }
  const entries = Object.entries(value);
  const at = rng() % (entries.length + 1);
  const chosen = entries[at];
  if (chosen === undefined) entries.push([NAMES[rng() % NAMES.length] as string, junk()]);
  else if (rng() % 4 === 0) entries.splice(at, 1);
  else entries[at] = [chosen[0], damageValue(chosen[1], rng)];
  return Object.fromEntries(entries);
}
