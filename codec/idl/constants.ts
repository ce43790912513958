/**
 * The constants of a source: `const` definitions and enum members, each computed once, when first asked for.
 */
import { Cursor } from './cursor.ts';
import { IdlError } from './error.ts';
import { type Expression, evaluate, namesIn, parseExpression } from './expression.ts';
import type { Token } from './lexer.ts';
import { BUILT_IN_CONSTANTS } from './primitive.ts';
import { Scopes } from './scopes.ts';
import type { MemberNode } from './syntax.ts';

/** `base` plus `offset`: what an enum member without a value is. */
interface Successor {
  readonly base: Constant | undefined;
  readonly offset: bigint;
}

interface Constant {
  readonly name: Token;
  readonly scope: readonly string[];
  readonly source: { expression: Expression } | Successor | { text: string };
  state: 'new' | 'computing' | 'known' | 'broken';
  value: bigint;
}

export class Constants {
  readonly #scopes = new Scopes<Constant>();
  readonly #fallbacks = new Map<string, Constant>();
  readonly #report: (e: IdlError) => void;

  constructor(report: (e: IdlError) => void) {
    this.#report = report;
  }

  /** A `const`. Defined again, it must have the same value; `check` compares, once all are known. */
  define(name: Token, scope: readonly string[], value: Expression | string): void {
    this.#add(name, scope, typeof value === 'string' ? { text: value } : { expression: value });
  }

  defineMembers(members: readonly MemberNode[], scope: readonly string[]): void {
    let base: Constant | undefined;
    let offset = 0n;
    for (const { name, value } of members) {
      const constant = this.#add(name, scope, value === undefined ? { base, offset } : { expression: value });
      if (value !== undefined) {
        base = constant;
        offset = 0n;
      }
      offset++;
    }
  }

  /** A name that counts only where nothing else defines it: rpcgen's `#define`s of program and procedure numbers. */
  defineFallback(name: Token, scope: readonly string[], expression: Expression): void {
    if (this.#fallbacks.has(name.text)) return;
    this.#fallbacks.set(name.text, { name, scope, source: { expression }, state: 'new', value: 0n });
  }

  /** Macros of `%#define` lines; one that is no integer expression is no constant. */
  defineMacros(macros: ReadonlyMap<string, readonly Token[]>): void {
    for (const [text, body] of macros) {
      const first = body[0];
      if (first === undefined) continue;
      const name: Token = { ...first, kind: 'name', text };
      const cursor = new Cursor(body, { ...first, kind: 'end', text: '' });
      try {
        const expression = parseExpression(cursor);
        if (cursor.peek().kind === 'end') this.defineFallback(name, [], expression);
      } catch (e) {
        if (!(e instanceof IdlError)) throw e;
      }
    }
  }

  #add(name: Token, scope: readonly string[], source: Constant['source']): Constant {
    const constant: Constant = { name, scope, source, state: 'new', value: 0n };
    this.#scopes.add(scope, name.text, constant);
    return constant;
  }

  /** Report every constant that has no value, or two different ones. */
  check(): void {
    for (const [first, ...others] of this.#scopes.groups()) {
      const value = this.#shown(first);
      for (const other of others) {
        if (this.#shown(other) === value || other.state === 'broken' || first.state === 'broken') continue;
        const { file, line } = first.name;
        const message = `'${other.name.text}' has another value at ${file}:${line}`;
        this.#report(new IdlError(message, other.name));
      }
    }
  }

  /** The value by name, as a definition in `scope` sees it; throws IdlError. */
  value(path: readonly string[], token: Token, scope: readonly string[]): bigint {
    const constant = this.#find(path, scope);
    if (constant === undefined) {
      const builtIn = path.length === 1 ? BUILT_IN_CONSTANTS.get(path[0]!) : undefined;
      if (builtIn !== undefined) return builtIn;
      throw new IdlError(`'${path.join('::')}' is not a constant`, token, 'a number or a constant');
    }
    if ('text' in constant.source) throw new IdlError(`'${path.join('::')}' is a string`, token, 'a number');
    return this.#compute(constant, token);
  }

  evaluate(expression: Expression, scope: readonly string[]): bigint {
    return evaluate(expression, (path, token) => this.value(path, token, scope));
  }

  #find(path: readonly string[], scope: readonly string[]): Constant | undefined {
    return this.#scopes.find(path, scope) ?? (path.length === 1 ? this.#fallbacks.get(path[0]!) : undefined);
  }

  #compute(constant: Constant, use: Token): bigint {
    if (constant.state === 'new') this.#settle(constant);
    if (constant.state === 'known') return constant.value;
    if (constant.state === 'broken') throw new BrokenConstant(`'${constant.name.text}' has no value`, use);
    throw new IdlError(`'${constant.name.text}' is defined by itself`, use);
  }

  /** Compute what a constant is made of, then itself; by a list, because chains are as long as the source is. */
  #settle(wanted: Constant): void {
    const waiting = [wanted];
    for (let constant = waiting.at(-1); constant !== undefined; constant = waiting.at(-1)) {
      if (constant.state === 'new') {
        constant.state = 'computing';
        waiting.push(...this.#parts(constant).filter((part) => part.state === 'new'));
      } else {
        waiting.pop();
        if (constant.state === 'computing') this.#finish(constant);
      }
    }
  }

  /** The constants that this one's value is made of. */
  #parts({ source, scope }: Constant): Constant[] {
    if ('offset' in source) return source.base === undefined ? [] : [source.base];
    if (!('expression' in source)) return [];
    return namesIn(source.expression).flatMap(({ path }) => this.#find(path, scope) ?? []);
  }

  /** A finding is reported here, where it stands; the users of the constant then stay silent. */
  #finish(constant: Constant): void {
    const { source, name, scope } = constant;
    try {
      if ('expression' in source) constant.value = this.evaluate(source.expression, scope);
      else if ('offset' in source) {
        constant.value = (source.base === undefined ? 0n : this.#compute(source.base, name)) + source.offset;
      }
      constant.state = 'known';
    } catch (e) {
      constant.state = 'broken';
      if (!(e instanceof IdlError)) throw e;
      if (!(e instanceof BrokenConstant)) this.#report(e);
    }
  }

  /** A value to compare or to show; undefined where it has none. */
  #shown(constant: Constant): bigint | string | undefined {
    if ('text' in constant.source) return constant.source.text;
    try {
      return this.#compute(constant, constant.name);
    } catch (e) {
      if (e instanceof BrokenConstant) return undefined;
      throw e;
    }
  }

  /** The value of the constant defined under exactly this scope and name. */
  defined(scope: readonly string[], name: string): bigint | string | undefined {
    const constant = this.#scopes.find([name], scope);
    return constant === undefined ? undefined : this.#shown(constant);
  }
}

/** What follows from a constant already reported: not reported again. */
export class BrokenConstant extends IdlError {}
