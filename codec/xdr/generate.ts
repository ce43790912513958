/**
 * The one generator of straight-line codecs. It prints two functions for every type that needs its own, and is
 * used two ways: hosted (`new Function`, see codec.ts) and printed into `*.gen.ts` (see codec/idl).
 *
 * Contract for printing a module:
 *
 *     const { source, imports } = generateCodecSource(types, { style: 'module', expression });
 *
 * - `types`: the named types of the module. Everything they reach is generated along; each of `types` is attached.
 * - `expression(type)`: JavaScript text that evaluates, in the module and after its type objects exist, to that very
 *   type object (usually the name of a const). The caller vouches for it: it is the only text not made here.
 * - `source`: TypeScript statements, to be put after the type objects: functions `r0…`, `w0…`, then one
 *   `attachCodec(expression, { read, write });` for each of `types`. Locals are numbered, so the module must not use
 *   names of the form `r0`, `w0`, `$0`.
 * - `imports`: what `source` needs by name from `codec/xdr/index.ts` (`oncilla/codec`): values `attachCodec`,
 *   `codecRuntime`, and types `Reader`, `Writer`, `WriteLimits`; only those that are used.
 *
 * After that `codecOf(type)` uses the attached functions instead of compiling. The functions are strict and never say
 * why they refuse: they throw a constant, and codec.ts asks the walker. A refusal that the walker does not share is
 * allowed (it costs time only); an acceptance that it does not share is a bug.
 *
 * Throws TypeError for a description that is no type (a union over a string, a ref that names only itself).
 */

import { ReadPrinter } from './generate-read.ts';
import { WritePrinter } from './generate-write.ts';
import type { RuntimeName } from './runtime.ts';
import { fixedSize, listIdiom, minSize, resolve } from './shape.ts';
import type { StructType, XdrType } from './types.ts';

/** How to print. */
export interface GenerateOptions {
  /** 'function': the body of a function of `$` (helpers) and `x` (functions of known types). 'module': TypeScript */
  readonly style: 'function' | 'module';
  /** module style: text that evaluates to the type object */
  readonly expression?: (type: XdrType) => string;
  /** function style: types whose functions exist already and come in through `x` */
  readonly known?: (type: XdrType) => boolean;
}

/** What was printed. */
export interface GeneratedCodec {
  readonly source: string;
  /** module style: names to import from the codec; those of `typeImports` as types */
  readonly imports: readonly string[];
  readonly typeImports: readonly string[];
  /** function style: the types whose pairs `source` returns, in order */
  readonly types: readonly XdrType[];
  /** function style: the types whose pairs `x` must hold, in order */
  readonly known: readonly XdrType[];
}

const MAX_INLINE_BYTES = 64;
const MAX_INLINE_NODES = 12;
const MAX_INLINE_LEVELS = 8;

/** Which types have functions of their own, and what these are called. */
export class Plan {
  readonly typed: boolean;
  readonly helpers = new Set<RuntimeName>();
  readonly known: XdrType[] = [];
  readonly #isKnown: (type: XdrType) => boolean;
  readonly #numbers = new Map<XdrType, string>();
  readonly #todo: XdrType[] = [];
  readonly #inline: XdrType[] = [];

  constructor(typed: boolean, isKnown: (type: XdrType) => boolean) {
    this.typed = typed;
    this.#isKnown = isKnown;
  }

  /** The suffix of the names of a type's functions, which will be printed. */
  functionOf(type: XdrType): string {
    let number = this.#numbers.get(type);
    if (number === undefined) {
      if (this.#isKnown(type)) {
        number = `x${this.known.length}`;
        this.known.push(type);
      } else {
        number = String(this.#numbers.size - this.known.length);
        this.#todo.push(type);
      }
      this.#numbers.set(type, number);
    }
    return number;
  }

  /** Types in the order of their functions; grows while it is read. */
  get todo(): readonly XdrType[] {
    return this.#todo;
  }

  /** Whether a (resolved) type is printed in place. Structs and unions are not, unless small and fixed. */
  inlines(type: XdrType): boolean {
    if (type.kind === 'union') return false;
    if (type.kind === 'struct') return isSmall(type);
    if (type.kind !== 'array' && type.kind !== 'optional') return true;
    return this.#inline.length < MAX_INLINE_LEVELS && !this.#inline.includes(type);
  }

  /** Print the inside of a type in place. */
  inside<T>(type: XdrType, print: () => T): T {
    this.#inline.push(type);
    const result = print();
    this.#inline.pop();
    return result;
  }
}

function isSmall(type: StructType): boolean {
  const size = fixedSize(type);
  return (
    size !== undefined && size <= MAX_INLINE_BYTES && countNodes(type, MAX_INLINE_NODES) <= MAX_INLINE_NODES
  );
}

/** How many types a fixed-size type is made of, counted up to a little beyond `most`. */
function countNodes(type: XdrType, most: number): number {
  const at = resolve(type);
  // An array of no elements may be of the very struct that holds it.
  if (at.kind === 'array') return at.size === 0 ? 1 : 1 + countNodes(at.element, most);
  if (at.kind !== 'struct') return 1;
  let count = 1;
  for (const field of at.fields) {
    if (count > most) break;
    count += countNodes(field.type, most);
  }
  return count;
}

/** Bytes that one bounds check may cover for this type: all of a fixed-size inlined one, else its first word. */
export function checkedAhead(plan: Plan, type: XdrType): { bytes: number; more: boolean } {
  const at = resolve(type);
  if (!plan.inlines(at)) return { bytes: 0, more: false };
  if (at.kind === 'array' && minSize(at.element) === 0) return { bytes: 0, more: false };
  const size = fixedSize(at);
  if (size !== undefined && size <= MAX_INLINE_BYTES && at.kind !== 'opaque')
    return { bytes: size, more: true };
  const word = (at.kind === 'array' && !at.fixed) || (at.kind === 'optional' && listIdiom(at) === null);
  return { bytes: word ? 4 : 0, more: false };
}

/** Bytes that one bounds check may cover for consecutive types. */
export function runAhead(plan: Plan, types: readonly XdrType[], from: number): number {
  let sum = 0;
  for (let i = from; i < types.length; i++) {
    const { bytes, more } = checkedAhead(plan, types[i] as XdrType);
    sum += bytes;
    if (!more) break;
  }
  return sum;
}

/** Print the codecs of `types` and of what they reach. */
export function generateCodecSource(types: readonly XdrType[], options: GenerateOptions): GeneratedCodec {
  const module = options.style === 'module';
  const plan = new Plan(module, options.known ?? (() => false));
  const roots = types.map(resolve);
  for (const type of roots) plan.functionOf(type);
  const functions: string[] = [];
  for (let i = 0; i < plan.todo.length; i++) {
    const type = plan.todo[i] as XdrType;
    const number = plan.functionOf(type);
    functions.push(new ReadPrinter(plan).print(type, `r${number}`));
    functions.push(new WritePrinter(plan).print(type, `w${number}`));
  }
  const helpers = plan.helpers.size === 0 ? '' : `const { ${[...plan.helpers].sort().join(', ')} } = `;
  if (!module) {
    const known = plan.known.map((_, i) => `const rx${i} = x[${i}].read, wx${i} = x[${i}].write;\n`);
    const pairs = plan.todo.map((_, i) => `{ read: r${i}, write: w${i} }`);
    const head = `"use strict";\n${helpers === '' ? '' : `${helpers}$;\n`}${known.join('')}`;
    const source = `${head}${functions.join('')}return [${pairs.join(', ')}];\n`;
    return { source, imports: [], typeImports: [], types: plan.todo, known: plan.known };
  }
  const expression = options.expression;
  if (expression === undefined) throw new TypeError('a module needs an expression for each type');
  const attached = types.map((type) => {
    const number = plan.functionOf(resolve(type));
    return `attachCodec(${expression(type)}, { read: r${number}, write: w${number} });\n`;
  });
  const head = helpers === '' ? '' : `${helpers}codecRuntime;\n\n`;
  return {
    source: `${head}${functions.join('\n')}\n${attached.join('')}`,
    imports: helpers === '' ? ['attachCodec'] : ['attachCodec', 'codecRuntime'],
    typeImports: ['Reader', 'WriteLimits', 'Writer'],
    types: plan.todo,
    known: plan.known,
  };
}
