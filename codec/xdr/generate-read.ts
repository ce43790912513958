/**
 * Prints the decoder of one type. The printed code accepts only what strict decoding accepts, checks a count
 * against the bytes left before it makes an array, and takes a linked list in a loop.
 */

import { type Plan, runAhead } from './generate.ts';
import { Body, literal, literalKey } from './generate-body.ts';
import { ITEM, isHeavy, isHollow, SLOT } from './memory.ts';
import {
  type Arm,
  armCases,
  armKey,
  discriminantType,
  enumNames,
  fixedSize,
  integerRange,
  isBoxed,
  type ListIdiom,
  listIdiom,
  minSize,
  type ResolvedType,
  resolve,
} from './shape.ts';
import type {
  ArrayType,
  EnumType,
  IntegerType,
  OptionalType,
  StructType,
  UnionType,
  XdrType,
} from './types.ts';

const FEW_MEMBERS = 6;

/** Print what refuses a local that is no member of an enum. */
export function refuseNonMembers(body: Body, type: EnumType, local: string): void {
  const values = [...enumNames(type).keys()].sort((a, b) => a - b);
  const [least] = values;
  const greatest = values.at(-1);
  if (least === undefined || greatest === undefined) {
    body.failIf('true');
    return;
  }
  if (greatest - least === values.length - 1) {
    body.failIf(`${local} < ${literal(least)} || ${local} > ${literal(greatest)}`);
    return;
  }
  if (values.length <= FEW_MEMBERS) {
    body.failIf(values.map((value) => `${local} !== ${literal(value)}`).join(' && '));
    return;
  }
  const cases = values.map((value) => `case ${literal(value)}:`).join(' ');
  body.emit(`switch (${local}) { ${cases} break; default: ${body.helper('fail')}(); }`);
}

/** Whether the arms alone refuse every discriminant that the discriminant's type refuses. */
export function armsRefuse(type: UnionType): boolean {
  const switched = discriminantType(type);
  if (switched.kind !== 'enum') return false;
  return (
    type.default == null &&
    type.arms.every((arm) => arm.cases.every((v) => enumNames(switched).has(Number(v))))
  );
}

/** Prints one function. */
export class ReadPrinter {
  readonly #plan: Plan;
  readonly #body: Body;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#body = new Body(plan.helpers, plan.typed, (body, size) => {
      body.usesEnd = true;
      body.failIf(`p + ${size} > e`);
    });
  }

  /** The function that decodes `type`, as text. */
  print(type: ResolvedType | XdrType, name: string): string {
    const body = this.#body;
    const at = resolve(type);
    if (isHollow(at)) this.#leave();
    const result = this.#plan.inside(at, () => this.#content(at, 0));
    body.flush();
    if (result !== '') {
      body.emit('r.p = p;');
      body.emit(`return ${result};`);
    }
    const depth = body.levels < 0 ? '_d' : 'd';
    const head = [`function ${name}(r${body.as('Reader')}, ${depth}${body.as('number')})${body.as('any')} {`];
    if (body.levels >= 0) {
      const deepest = body.levels === 0 ? 'd' : `d + ${body.levels}`;
      head.push(`  if (${deepest} > r.maxDepth) ${body.helper('fail')}();`);
    }
    head.push('  let p = r.p;');
    if (body.usesView) head.push('  const v = r.v;');
    if (body.usesEnd) head.push('  const e = r.e;');
    return `${[...head, ...body.finished(), '}'].join('\n')}\n`;
  }

  /** Print the decoding of a part; returns an expression for its value. */
  #value(type: XdrType, level: number): string {
    const at = resolve(type);
    if (isHollow(at)) this.#leave();
    if (this.#plan.inlines(at)) return this.#plan.inside(at, () => this.#content(at, level));
    return this.#call(at, level);
  }

  /** A part that the message may repeat: it has to pay for its own memory. */
  #unit(type: XdrType, level: number): string {
    if (isHeavy(type)) this.#leave();
    return this.#value(type, level);
  }

  /**
   * Leave the message to the walker, which alone keeps count of what takes memory but few bytes, or none. What would
   * follow is printed nevertheless: it has no effect, and the functions that it names are printed for encoding, too.
   */
  #leave(): void {
    this.#body.failIf('true');
  }

  #call(type: XdrType, level: number): string {
    const body = this.#body;
    body.reset();
    body.emit('r.p = p;');
    const value = body.keep(this.#callText(type, level));
    body.emit('p = r.p;');
    return value;
  }

  #callText(type: XdrType, level: number): string {
    return `r${this.#plan.functionOf(type)}(r, ${this.#depth(level)})`;
  }

  #depth(level: number): string {
    // What this function passes on as a depth, it must have been given as one.
    if (this.#body.levels < 0) this.#body.levels = 0;
    return level === 0 ? 'd' : `d + ${level}`;
  }

  #descend(level: number): void {
    this.#body.levels = Math.max(this.#body.levels, level);
  }

  #content(type: ResolvedType, level: number): string {
    const body = this.#body;
    switch (type.kind) {
      case 'void':
        return 'undefined';
      case 'bool': {
        const local = body.keep(`${body.view()}.getUint32(${body.take(4)})`);
        body.failIf(`${local} > 1`);
        return `${local} === 1`;
      }
      case 'integer':
        return this.#integer(type);
      case 'float': {
        if (type.bits === 128) return this.#helped(`${body.helper('readFixed')}(r, p, 16)`);
        const size = type.bits / 8;
        return body.keep(`${body.view()}.getFloat${type.bits}(${body.take(size)})`);
      }
      case 'enum': {
        const local = body.keep(`${body.view()}.getInt32(${body.take(4)})`);
        refuseNonMembers(body, type, local);
        return local;
      }
      case 'opaque': {
        if (type.fixed) return this.#helped(`${body.helper('readFixed')}(r, p, ${literal(type.size ?? 0)})`);
        return this.#helped(`${body.helper('readOpaque')}(r, p, ${limit(type.size, 'r.maxOpaque')})`);
      }
      case 'string':
        return this.#helped(`${body.helper('readString')}(r, p, ${limit(type.size, 'r.maxString')})`);
      case 'array':
        return this.#array(type, level);
      case 'struct':
        return this.#struct(type, level);
      case 'union':
        return this.#union(type, level);
      case 'optional':
        return this.#optional(type, level);
    }
  }

  /** A helper that checks its own bounds and leaves the position in `r.p`. */
  #helped(call: string): string {
    const body = this.#body;
    body.reset();
    const value = body.keep(call);
    body.emit('p = r.p;');
    return value;
  }

  #integer(type: IntegerType): string {
    const body = this.#body;
    const { bits, signed } = type;
    if (bits === 64) {
      return body.keep(`${body.helper(signed ? 'int64' : 'uint64')}(${body.view()}, ${body.take(8)})`);
    }
    const local = body.keep(`${body.view()}.get${signed ? 'Int32' : 'Uint32'}(${body.take(4)})`);
    if (bits !== 32) {
      const [least, greatest] = integerRange(type);
      body.failIf(`${local} < ${literal(least)} || ${local} > ${literal(greatest)}`);
    }
    return local;
  }

  #struct(type: StructType, level: number): string {
    this.#descend(level);
    const types = type.fields.map((field) => field.type);
    const parts = type.fields.map((field, i) => {
      const ahead = runAhead(this.#plan, types, i);
      if (this.#body.available < ahead) this.#body.ensure(ahead);
      return `${literalKey(field.name)}: ${this.#value(field.type, level + 1)}`;
    });
    return parts.length === 0 ? this.#body.helper('nothing') : `{ ${parts.join(', ')} }`;
  }

  #array(type: ArrayType, level: number): string {
    const body = this.#body;
    this.#descend(level);
    if (type.fixed && type.size === 0) return body.helper('noElements');
    const least = minSize(type.element);
    if (least === 0) {
      this.#leave();
      return '[]';
    }
    if (!type.fixed && isHeavy(type.element, SLOT)) this.#leave();
    const size = fixedSize(type.element);
    let count: string;
    if (type.fixed) {
      count = literal(type.size ?? 0);
    } else {
      count = body.keep(`${body.view()}.getUint32(${body.take(4)})`);
      body.failIf(`${count} > ${limit(type.size, 'r.maxArray')}`);
    }
    body.reset();
    body.usesEnd = true;
    body.failIf(`${count} * ${literal(least)} > e - p`);
    const values = body.local();
    const make = size === undefined ? 'few' : 'slots';
    body.emit(`const ${values}${body.as('any[]')} = ${body.helper(make)}(${count});`);
    const i = body.local();
    const loop = `for (let ${i} = 0; ${i} < ${count}; ${i}++)`;
    const element = resolve(type.element);
    if (this.#plan.inlines(element)) {
      body.open(`${loop} {`);
      if (size !== undefined) body.available = size;
      const value = this.#value(element, level + 1);
      body.emit(`${values}[${i}] = ${value};`);
      body.reset();
      body.close();
    } else {
      body.emit('r.p = p;');
      body.emit(`${loop} ${values}[${i}] = ${this.#callText(element, level + 1)};`);
      body.emit('p = r.p;');
    }
    return values;
  }

  /** The flag before an optional part, in a local that is 0 or 1. */
  #flag(): string {
    const body = this.#body;
    const flag = body.keep(`${body.view()}.getUint32(${body.take(4)})`);
    body.failIf(`${flag} > 1`);
    body.reset();
    return flag;
  }

  #optional(type: OptionalType, level: number): string {
    const list = listIdiom(type);
    if (list !== null) return this.#list(list, level);
    const body = this.#body;
    const boxed = isBoxed(type);
    if (boxed) this.#descend(level);
    const flag = this.#flag();
    const result = body.local();
    body.emit(`let ${result}${body.as('any')} = null;`);
    body.open(`if (${flag} === 1) {`);
    const value = this.#unit(type.element, boxed ? level + 1 : level);
    body.emit(`${result} = ${boxed ? `{ value: ${value} }` : value};`);
    body.reset();
    body.close();
    return result;
  }

  #list(list: ListIdiom, level: number): string {
    const body = this.#body;
    this.#descend(level);
    body.reset();
    const values = body.local();
    body.emit(`const ${values}${body.as('any[]')} = [];`);
    body.open('for (;;) {');
    const flag = this.#flag();
    body.emit(`if (${flag} === 0) break;`);
    body.failIf(`${values}.length >= r.maxList`);
    body.emit('r.p = p;');
    if (isHollow(list.items) || isHeavy(list.items, ITEM, 4)) this.#leave();
    body.emit(`${values}.push(${this.#callText(list.items, level + 1)});`);
    body.emit('p = r.p;');
    body.close();
    return values;
  }

  #union(type: UnionType, level: number): string {
    const body = this.#body;
    this.#descend(level);
    const switched = discriminantType(type);
    let raw: string;
    let shown: string;
    if (switched.kind === 'bool') {
      raw = body.keep(`${body.view()}.getUint32(${body.take(4)})`);
      body.failIf(`${raw} > 1`);
      shown = `${raw} === 1`;
    } else if (switched.kind === 'enum' && armsRefuse(type)) {
      raw = body.keep(`${body.view()}.getInt32(${body.take(4)})`);
      shown = raw;
    } else {
      raw = this.#content(switched, level + 1);
      shown = raw;
    }
    body.reset();
    const key = literalKey(type.discriminant.name);
    body.open(`switch (${raw}) {`);
    for (const [arm, cases] of armCases(type)) {
      body.open(`${cases.map((value) => `case ${literal(value)}:`).join(' ')} {`);
      const only = switched.kind === 'bool' && cases.length === 1 ? String(cases[0] === 1) : shown;
      this.#arm(type, arm, key, only, level);
      body.close();
    }
    body.open('default: {');
    if (type.default == null) body.emit(`return ${body.helper('fail')}();`);
    else this.#arm(type, type.default, key, shown, level);
    body.close();
    body.close();
    return '';
  }

  #arm(type: UnionType, arm: Arm, key: string, shown: string, level: number): void {
    const body = this.#body;
    let rest = '';
    if (resolve(arm.type).kind !== 'void') {
      rest = `, ${literalKey(armKey(type, arm))}: ${this.#unit(arm.type, level + 1)}`;
    }
    body.reset();
    body.emit('r.p = p;');
    body.emit(`return { ${key}: ${shown}${rest} };`);
  }
}

function limit(declared: number | undefined, cap: string): string {
  return declared === undefined ? cap : literal(declared);
}
