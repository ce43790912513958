/**
 * Prints the encoder of one type. The printed code refuses whatever the walker refuses; room is made once for a run
 * of fixed-size parts.
 */

import { type Plan, runAhead } from './generate.ts';
import { Body, literal, quoted } from './generate-body.ts';
import { armsRefuse, refuseNonMembers } from './generate-read.ts';
import {
  type Arm,
  armCases,
  armKey,
  discriminantType,
  fixedSize,
  integerRange,
  isBoxed,
  isInheritedName,
  type ListIdiom,
  listIdiom,
  minSize,
  type ResolvedType,
  resolve,
} from './shape.ts';
import type { ArrayType, IntegerType, OptionalType, StructType, UnionType, XdrType } from './types.ts';

/** Prints one function. */
export class WritePrinter {
  readonly #plan: Plan;
  readonly #body: Body;
  #usesLimits = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#body = new Body(plan.helpers, plan.typed, (body, size) => {
      body.emitReload(`if (p + ${size} > w.n) { w.p = p; w.need(${size});`, ' }');
    });
  }

  /** The function that encodes `type`, as text. */
  print(type: ResolvedType | XdrType, name: string): string {
    const body = this.#body;
    const at = resolve(type);
    this.#plan.inside(at, () => this.#content(at, 'x', 0));
    body.flush();
    body.emit('w.p = p;');
    const limits = this.#usesLimits || body.levels >= 0 ? 'l' : '_l';
    const depth = body.levels < 0 ? '_d' : 'd';
    const parameters = [
      `w${body.as('Writer')}`,
      `x${body.as('any')}`,
      `${limits}${body.as('WriteLimits')}`,
      `${depth}${body.as('number')}`,
    ];
    const head = [`function ${name}(${parameters.join(', ')})${body.as('void')} {`];
    if (body.levels >= 0) {
      const deepest = body.levels === 0 ? 'd' : `d + ${body.levels}`;
      head.push(`  if (${deepest} > l.maxDepth) ${body.helper('fail')}();`);
    }
    head.push('  let p = w.p;');
    if (body.usesView) head.push('  let v = w.v;');
    return `${[...head, ...body.finished(), '}'].join('\n')}\n`;
  }

  #value(type: XdrType, value: string, level: number): void {
    const at = resolve(type);
    if (this.#plan.inlines(at)) this.#plan.inside(at, () => this.#content(at, value, level));
    else this.#call(at, value, level);
  }

  #call(type: XdrType, value: string, level: number): void {
    const body = this.#body;
    body.reset();
    body.emit('w.p = p;');
    body.emit(this.#callText(type, value, level));
    this.#reload();
  }

  #callText(type: XdrType, value: string, level: number): string {
    if (this.#body.levels < 0) this.#body.levels = 0;
    const depth = level === 0 ? 'd' : `d + ${level}`;
    return `w${this.#plan.functionOf(type)}(w, ${value}, l, ${depth});`;
  }

  /** After a call: the position moved, and the buffer may be another one. */
  #reload(): void {
    this.#body.emitReload('p = w.p;');
  }

  #limit(declared: number | undefined, cap: string): string {
    if (declared !== undefined) return literal(declared);
    this.#usesLimits = true;
    return `l.${cap}`;
  }

  #descend(level: number): void {
    this.#body.levels = Math.max(this.#body.levels, level);
  }

  #content(type: ResolvedType, value: string, level: number): void {
    const body = this.#body;
    switch (type.kind) {
      case 'void':
        body.failIf(`${value} !== undefined`);
        return;
      case 'bool':
        body.failIf(`${value} !== true && ${value} !== false`);
        body.emit(`${this.#put('setUint32', 4)}, ${value} ? 1 : 0);`);
        return;
      case 'integer':
        this.#integer(type, value);
        return;
      case 'float':
        this.#float(type.bits, value);
        return;
      case 'enum':
        body.failIf(`(${value} | 0) !== ${value}`);
        refuseNonMembers(body, type, value);
        body.emit(`${this.#put('setInt32', 4)}, ${value});`);
        return;
      case 'opaque': {
        const size = type.fixed
          ? `${body.helper('writeFixed')}(w, p, ${value}, ${literal(type.size ?? 0)})`
          : `${body.helper('writeOpaque')}(w, p, ${value}, ${this.#limit(type.size, 'maxOpaque')})`;
        this.#helped(size);
        return;
      }
      case 'string':
        this.#helped(`${body.helper('writeString')}(w, p, ${value}, ${this.#limit(type.size, 'maxString')})`);
        return;
      case 'array':
        this.#array(type, value, level);
        return;
      case 'struct':
        this.#struct(type, value, level);
        return;
      case 'union':
        this.#union(type, value, level);
        return;
      case 'optional':
        this.#optional(type, value, level);
        return;
    }
  }

  #put(method: string, size: number): string {
    const at = this.#body.take(size);
    return `${this.#body.view()}.${method}(${at}`;
  }

  /** A helper that makes its own room and returns the new position. */
  #helped(call: string): void {
    this.#body.reset();
    this.#body.emitReload(`p = ${call};`);
  }

  #integer(type: IntegerType, value: string): void {
    const body = this.#body;
    const { bits, signed } = type;
    if (bits === 64) {
      const as = signed ? 'asIntN' : 'asUintN';
      body.failIf(`typeof ${value} !== "bigint" || BigInt.${as}(64, ${value}) !== ${value}`);
      body.emit(`${this.#put(signed ? 'setBigInt64' : 'setBigUint64', 8)}, ${value});`);
      return;
    }
    body.failIf(`(${value} ${signed ? '| 0' : '>>> 0'}) !== ${value}`);
    if (bits !== 32) {
      const [least, greatest] = integerRange(type);
      body.failIf(`${value} < ${literal(least)} || ${value} > ${literal(greatest)}`);
    }
    body.emit(`${this.#put(signed ? 'setInt32' : 'setUint32', 4)}, ${value});`);
  }

  #float(bits: 32 | 64 | 128, value: string): void {
    const body = this.#body;
    if (bits === 128) {
      this.#helped(`${body.helper('writeFixed')}(w, p, ${value}, 16)`);
      return;
    }
    body.failIf(bits === 32 ? `!${body.helper('isFloat')}(${value})` : `typeof ${value} !== "number"`);
    body.emit(`${this.#put(`setFloat${bits}`, bits / 8)}, ${value});`);
  }

  /** A property in a local. What every object inherits counts only as an own property. */
  #property(object: string, name: string): string {
    const key = quoted(name);
    const value = `${object}[${key}]`;
    return this.#body.keep(
      isInheritedName(name) ? `Object.hasOwn(${object}, ${key}) ? ${value} : undefined` : value,
    );
  }

  #refuseNonObject(value: string): void {
    this.#body.failIf(`!${this.#body.helper('isObject')}(${value})`);
  }

  #struct(type: StructType, value: string, level: number): void {
    this.#descend(level);
    this.#refuseNonObject(value);
    const types = type.fields.map((field) => field.type);
    type.fields.forEach((field, i) => {
      const ahead = runAhead(this.#plan, types, i);
      if (this.#body.available < ahead) this.#body.ensure(ahead);
      this.#value(field.type, this.#property(value, field.name), level + 1);
    });
  }

  #array(type: ArrayType, value: string, level: number): void {
    const body = this.#body;
    this.#descend(level);
    if (minSize(type.element) === 0) {
      // Elements without bytes need a budget for the whole message, which only the walker keeps.
      body.failIf(`${value} !== ${body.helper('fail')}`);
      return;
    }
    body.failIf(`!Array.isArray(${value})`);
    const count = body.keep(`${value}.length`);
    if (type.fixed) {
      body.failIf(`${count} !== ${literal(type.size ?? 0)}`);
      if (type.size === 0) return;
    } else {
      body.failIf(`${count} > ${this.#limit(type.size, 'maxArray')}`);
      body.emit(`${this.#put('setUint32', 4)}, ${count});`);
    }
    body.reset();
    const element = resolve(type.element);
    const size = fixedSize(element);
    const inline = this.#plan.inlines(element);
    if (inline && size !== undefined && element.kind !== 'opaque') {
      body.emitReload(`w.p = p; w.need(${count} * ${literal(size)});`);
    }
    const i = body.local();
    const loop = `for (let ${i} = 0; ${i} < ${count}; ${i}++)`;
    if (inline) {
      body.open(`${loop} {`);
      if (size !== undefined) body.available = size;
      this.#value(element, body.keep(`${value}[${i}]`), level + 1);
      body.reset();
      body.close();
    } else {
      body.emit('w.p = p;');
      body.emit(`${loop} ${this.#callText(element, `${value}[${i}]`, level + 1)}`);
      this.#reload();
    }
  }

  #optional(type: OptionalType, value: string, level: number): void {
    const list = listIdiom(type);
    if (list !== null) {
      this.#list(list, value, level);
      return;
    }
    const body = this.#body;
    const boxed = isBoxed(type);
    if (boxed) this.#descend(level);
    body.failIf(`${value} === undefined`);
    body.emit(`${this.#put('setUint32', 4)}, ${value} === null ? 0 : 1);`);
    body.reset();
    body.open(`if (${value} !== null) {`);
    if (boxed) {
      this.#refuseNonObject(value);
      this.#value(type.element, this.#property(value, 'value'), level + 1);
    } else this.#value(type.element, value, level);
    body.reset();
    body.close();
  }

  #list(list: ListIdiom, value: string, level: number): void {
    const body = this.#body;
    this.#descend(level);
    this.#usesLimits = true;
    body.failIf(`!Array.isArray(${value}) || ${value}.length > l.maxList`);
    body.reset();
    const i = body.local();
    const count = body.keep(`${value}.length`);
    body.open(`for (let ${i} = 0; ${i} < ${count}; ${i}++) {`);
    body.emit(`${this.#put('setUint32', 4)}, 1);`);
    this.#call(list.items, `${value}[${i}]`, level + 1);
    body.reset();
    body.close();
    body.emit(`${this.#put('setUint32', 4)}, 0);`);
  }

  #union(type: UnionType, value: string, level: number): void {
    const body = this.#body;
    this.#descend(level);
    this.#refuseNonObject(value);
    const switched = discriminantType(type);
    const raw = this.#property(value, type.discriminant.name);
    if (switched.kind === 'enum' && armsRefuse(type)) {
      body.failIf(`typeof ${raw} !== "number"`);
      body.emit(`${this.#put('setInt32', 4)}, ${raw});`);
    } else this.#content(switched, raw, level + 1);
    body.reset();
    body.open(`switch (${switched.kind === 'bool' ? `${raw} ? 1 : 0` : raw}) {`);
    for (const [arm, cases] of armCases(type)) {
      body.open(`${cases.map((at) => `case ${literal(at)}:`).join(' ')} {`);
      this.#arm(type, arm, value, level);
      body.close();
    }
    body.open('default: {');
    if (type.default == null) body.emit(`${body.helper('fail')}();`);
    else this.#arm(type, type.default, value, level);
    body.close();
    body.close();
  }

  #arm(type: UnionType, arm: Arm, value: string, level: number): void {
    if (resolve(arm.type).kind !== 'void') {
      this.#value(arm.type, this.#property(value, armKey(type, arm)), level + 1);
    }
    this.#body.reset();
    this.#body.emit('break;');
  }
}
