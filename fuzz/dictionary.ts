/**
 * What a `.x` says of its values: the members of enums and unions, the limits of texts and lists with their
 * neighbours, and constants, whose names say nothing but whose values a server compares with. Pure and bounded.
 */
import {
  type ArrayType,
  childrenOf,
  type OpaqueType,
  type StringType,
  type XdrType,
} from '../codec/xdr/index.ts';

/** Texts for strings and opaques, numbers for integers; each once, in a stable order. */
export interface Dictionary {
  readonly words: readonly Uint8Array[];
  readonly numbers: readonly bigint[];
}

/** Numbers, and texts, that are taken from a `.x`. */
const MOST = 1024;

/** The words of these types and all that they hold, and of the constants beside them. */
export function dictionaryOf(
  types: Iterable<XdrType>,
  constants: Iterable<number | bigint | string> = [],
): Dictionary {
  const words = new Set<string>();
  const numbers = new Set<bigint>();
  const add = (value: number | bigint | string): void => {
    if (typeof value !== 'string') {
      if (numbers.size < MOST) numbers.add(BigInt(value));
    } else if (value !== '' && words.size < MOST) words.add(value);
  };
  for (const constant of constants) add(constant);
  for (const type of reachableTypes(types)) for (const number of numbersOf(type)) add(number);
  return {
    words: [...words].map((word) => new Uint8Array(Buffer.from(word, 'utf8'))),
    numbers: [...numbers],
  };
}

/** Every type that these hold, each once. */
export function* reachableTypes(types: Iterable<XdrType>): Generator<XdrType> {
  const seen = new Set<XdrType>();
  const todo = [...types];
  for (let type = todo.shift(); type !== undefined; type = todo.shift()) {
    if (seen.has(type)) continue;
    seen.add(type);
    yield type;
    todo.push(...childrenOf(type));
  }
}

function numbersOf(type: XdrType): readonly (number | bigint)[] {
  switch (type.kind) {
    case 'enum':
      return type.members.map(([, value]) => value);
    case 'union':
      return type.arms.flatMap((arm) => arm.cases);
    case 'opaque':
    case 'string':
    case 'array':
      return sizesOf(type);
    default:
      return [];
  }
}

function sizesOf({ size }: OpaqueType | StringType | ArrayType): number[] {
  return size === undefined ? [] : [size, size + 1];
}
