/**
 * Type descriptions as Lua tables, for lua/body.lua to walk: `TYPES[n] = {k="struct",…}`, parts by number. A struct or
 * union has one number however often it is used, since the walk tells types within themselves by identity; plain
 * values that look alike share one. Names reach the text as quoted literals only. Throws nothing for types that
 * `parseIdl` gave.
 */
import { quoteLua } from '../escape/index.ts';
import { fieldKind } from '../xdr/field-kind.ts';
import type { RefinedBy, Refinement } from '../xdr/refine.ts';
import {
  armCases,
  discriminantType,
  fixedSize,
  integerRange,
  isBoxed,
  listIdiom,
  MAX_LENGTH,
  minSize,
  type ResolvedType,
  resolve,
  wholeStruct,
} from '../xdr/shape.ts';
import type { ArrayType, Field, IntegerType, StructType, UnionType, XdrType } from '../xdr/types.ts';

/** Numbers the types that programs use, and prints them. */
export class LuaTypes {
  readonly #refinements: ReadonlyMap<XdrType, readonly Refinement[]>;
  readonly #linked = new Map<XdrType, number>();
  readonly #numbers = new Map<ResolvedType, number>();
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #todo: ResolvedType[] = [];

  constructor(refinements: ReadonlyMap<XdrType, readonly Refinement[]> = new Map()) {
    this.#refinements = refinements;
  }

  /** The number of a type, which will be printed. */
  number(type: XdrType): number {
    const target = resolve(type);
    const known = this.#numbers.get(target);
    if (known !== undefined) return known;
    const number = isPlain(target) ? this.#plain(target) : this.#reserve();
    this.#numbers.set(target, number);
    if (!isPlain(target)) this.#todo.push(target);
    return number;
  }

  /** One table a line, in order of number. */
  lines(): string[] {
    // a queue, not recursion: a `.x` may nest deeper than the stack
    for (let next = this.#todo.pop(); next !== undefined; next = this.#todo.pop()) {
      this.#texts[this.#numbers.get(next)! - 1] = this.#describe(next);
    }
    return this.#texts.map((text, i) => `TYPES[${i + 1}] = ${text}`);
  }

  #reserve(): number {
    return this.#texts.push('');
  }

  #plain(type: ResolvedType): number {
    const text = this.#describe(type);
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#reserve();
      this.#texts[number - 1] = text;
      this.#byText.set(text, number);
    }
    return number;
  }

  #describe(type: ResolvedType): string {
    switch (type.kind) {
      case 'void':
        return '{k="void",f="none"}';
      case 'bool':
        return '{k="bool",f="boolean"}';
      case 'enum':
        return '{k="int",f="int32",signed=true}';
      case 'integer':
        return describeInteger(type);
      case 'float':
        return `{k="float",f=${quoteLua(fieldKind(type))},n=${type.bits / 8}}`;
      case 'opaque':
        return `{k="bytes",f="bytes",${extent(type)}}`;
      case 'string':
        return `{k="bytes",f="string",${extent({ fixed: false, size: type.size })}}`;
      case 'array':
        return this.#array(type);
      case 'optional': {
        const list = listIdiom(type);
        if (list !== null) return `{k="list",f="none",e=${this.number(list.items)}}`;
        const boxed = isBoxed(type) ? ',boxed=true' : '';
        return `{k="optional",f=${quoteLua(fieldKind(type))},e=${this.number(type.element)}${boxed}}`;
      }
      case 'struct':
        return this.#struct(type);
      case 'union':
        return this.#union(type);
    }
  }

  #array(type: ArrayType): string {
    const size = fixedSize(type.element);
    const parts = [
      'k="array"',
      `f=${quoteLua(fieldKind(type))}`,
      `e=${this.number(type.element)}`,
      `least=${minSize(type.element)}`,
      ...(size === undefined ? [] : [`size=${size}`]),
      extent(type),
    ];
    return `{${parts.join(',')}}`;
  }

  #field({ name, type }: Field): string {
    return `{${quoteLua(name)},${this.number(type)}}`;
  }

  #struct(type: StructType): string {
    const fields = type.fields.map((field) => this.#field(field)).join(',');
    const refinements = this.#refinements.get(wholeStruct(type)) ?? [];
    const held = refinements.map((refinement) => this.#held(refinement)).join(',');
    const extras = `${this.#same(type)}${held === '' ? '' : `held={${held}},`}`;
    return `{k="struct",f="none",${extras}${fields}}`;
  }

  /** What a struct with a link and the items of its list have in common, as they are one type within itself. */
  #same(type: StructType): string {
    const whole = wholeStruct(type);
    const link = type.fields.at(-1)?.type;
    if (whole === type && (link === undefined || listIdiom(link)?.struct !== type)) return '';
    let number = this.#linked.get(whole);
    if (number === undefined) {
      number = this.#linked.size + 1;
      this.#linked.set(whole, number);
    }
    return `same=${number},`;
  }

  #union(type: UnionType): string {
    const arms: string[] = [];
    const cases: string[] = [];
    const wide = isWide(type);
    for (const [arm, values] of armCases(type)) {
      arms.push(this.#field(arm));
      for (const value of values) cases.push(`[${luaKey(value, wide)}]=${arms.length}`);
    }
    let otherwise = '';
    if (type.default !== undefined) {
      arms.push(this.#field(type.default));
      otherwise = `,default=${arms.length}`;
    }
    const on = this.#field(type.discriminant);
    return `{k="union",f="none",on=${on},cases={${cases.join(',')}},arms={${arms.join(',')}}${otherwise}}`;
  }

  #held({ field, by }: Refinement): string {
    return `{field=${quoteLua(field)},${this.#chosen(by)}}`;
  }

  #chosen(by: RefinedBy): string {
    if (by.kind === 'type') return `by="type",always=${this.number(by.type)}`;
    const on = `by=${quoteLua(by.kind)},on=${quoteLua(by.on)}`;
    if (by.kind === 'bitmap') {
      const fields = [...by.fields].map(([bit, field]) => `[${bit}]=${this.#field(field)}`);
      return `${on},cases={${fields.join(',')}}`;
    }
    const cases = [...by.cases].map(
      ([value, type]) => `[${luaKey(value, typeof value === 'bigint')}]=${this.number(type)}`,
    );
    const otherwise = by.default === undefined ? '' : `,default=${this.number(by.default)}`;
    return `${on},cases={${cases.join(',')}}${otherwise}`;
  }
}

/** No container: such types are told apart by nothing but their text. */
function isPlain(type: ResolvedType): boolean {
  return !['array', 'optional', 'struct', 'union'].includes(type.kind);
}

function describeInteger(type: IntegerType): string {
  const kind = `f=${quoteLua(fieldKind(type))}`;
  if (type.bits === 64) return `{k="hyper",${kind}}`;
  const signed = type.signed ? ',signed=true' : '';
  if (type.bits === 32) return `{k="int",${kind}${signed}}`;
  const [least, greatest] = integerRange(type);
  return `{k="int",${kind}${signed},least=${least},greatest=${greatest}}`;
}

/** `n` bytes or elements, or at most `max`. */
function extent({ fixed, size }: { readonly fixed: boolean; readonly size: number | undefined }): string {
  return fixed ? `n=${size ?? 0}` : `max=${size ?? MAX_LENGTH}`;
}

function isWide(type: UnionType): boolean {
  const on = discriminantType(type);
  return on.kind === 'integer' && on.bits === 64;
}

/** A discriminant as a table key. 64-bit ones are "high:low": not every Lua has such numbers. */
function luaKey(value: number | bigint, wide: boolean): string {
  if (!wide) return `${value}`;
  const bits = BigInt.asUintN(64, BigInt(value));
  return quoteLua(`${bits >> 32n}:${bits & 0xffff_ffffn}`);
}
