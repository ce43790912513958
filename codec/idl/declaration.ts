/**
 * The part of the parser below a definition: types, declarators, and the bodies of structs, enums and unions.
 * Throws IdlError for what stops a declaration; `body` catches it, reports it and goes on with the next one.
 */
import type { Cursor } from './cursor.ts';
import { IdlError, Unclosed, unexpected } from './error.ts';
import { type Expression, parseExpression, parsePath } from './expression.ts';
import type { Token } from './lexer.ts';
import { takePrimitive, VOID } from './primitive.ts';
import type { DeclarationNode, DefinitionNode, MemberNode, TypeNode, UnionNode } from './syntax.ts';

/**
 * Whether a name is required: `named` yes; `result` yes, and suffixes may stand before it (`opaque<> F()`);
 * `argument` no; `arm` and `discriminant` no, real files leave them out.
 */
export type DeclarationPlace = 'named' | 'result' | 'argument' | 'arm' | 'discriminant';

interface Suffix {
  readonly fixed: boolean;
  readonly size: Expression | undefined;
}

export class DeclarationParser {
  /** The namespaces that definitions found now belong to. */
  scope: readonly string[] = [];
  readonly #cursor: Cursor;
  readonly #maxNesting: number;
  readonly #report: (e: IdlError) => void;
  readonly #hoisted: DefinitionNode[];
  /** In NFSv4's `.x` utf8string is a typedef; in others it is a word of the language. */
  readonly #utf8string: boolean;
  #nesting = 0;

  /** Named types defined inside others go to `hoisted`, before the one they stand in. */
  constructor(cursor: Cursor, maxNesting: number, report: (e: IdlError) => void, hoisted: DefinitionNode[]) {
    this.#cursor = cursor;
    this.#maxNesting = maxNesting;
    this.#report = report;
    this.#hoisted = hoisted;
    this.#utf8string = !cursor.some(
      (token, before) => token.text === 'utf8string' && before?.kind === 'name' && before.text !== 'typedef',
    );
  }

  /** After a finding: forget how deep we were. */
  reset(scope: readonly string[]): void {
    this.scope = scope;
    this.#nesting = 0;
  }

  /** `[doc("…")]` and `#[…]` say nothing about the wire. */
  attributes(): void {
    const cursor = this.#cursor;
    while (cursor.at('[') || (cursor.at('#') && cursor.at('[', 1))) {
      const start = cursor.next();
      let depth = start.text === '[' ? 1 : 0;
      do {
        const token = cursor.next();
        if (token.kind === 'end') throw new IdlError('attribute is not closed', start, "']'");
        if (token.kind === 'punct' && token.text === '[') depth++;
        if (token.kind === 'punct' && token.text === ']') depth--;
      } while (depth > 0);
    }
  }

  /**
   * The items between `{` and `}`; an item that throws is reported and skipped, with its `separator`. A body that
   * runs into the next definition, or the end, throws Unclosed; the cursor then stands before that definition.
   */
  body<T>(expected: string, item: () => T, separator = ';'): T[] {
    const cursor = this.#cursor;
    const open = cursor.expect('{');
    const items: T[] = [];
    if (++this.#nesting > this.#maxNesting) {
      throw new IdlError(`types are nested more than ${this.#maxNesting} deep`, cursor.peek());
    }
    for (;;) {
      if (cursor.accept('}')) break;
      if (cursor.accept(';')) continue;
      if (cursor.peek().kind === 'end') throw new Unclosed(open, cursor.peek());
      const start = cursor.position;
      const nesting = this.#nesting;
      const hoisted = this.#hoisted.length;
      const first = opensDefinition(cursor) ? cursor.peek() : undefined;
      try {
        items.push(item());
      } catch (e) {
        if (!(e instanceof IdlError) || e instanceof Unclosed) throw e;
        if (first !== undefined) {
          // A struct that is there as a whole is known already, though not as the field it was taken for.
          if (this.#hoisted.length === hoisted) cursor.rewind(start);
          throw new Unclosed(open, first);
        }
        if (opensDefinition(cursor) || cursor.peek().kind === 'end') throw new Unclosed(open, cursor.peek());
        this.#report(cursor.position === start ? unexpected(cursor.peek(), expected) : e);
        if (!this.#skipItem(start, separator)) throw new Unclosed(open, cursor.peek());
        this.#nesting = nesting;
      }
    }
    this.#nesting--;
    return items;
  }

  /** Go behind the separator of a broken item, or before the `}` around it; false at a definition or the end. */
  #skipItem(start: number, separator: string): boolean {
    const cursor = this.#cursor;
    let depth = cursor.openBraces(start);
    for (;;) {
      const token = cursor.peek();
      if (token.kind === 'end' || opensDefinition(cursor)) return false;
      if (depth <= 0 && token.text === '}') return true;
      cursor.next();
      if (token.text === '{') depth++;
      if (token.text === '}') depth--;
      if (depth <= 0 && token.text === separator) return true;
    }
  }

  declaration(place: DeclarationPlace): DeclarationNode {
    const cursor = this.#cursor;
    this.attributes();
    const at = cursor.peek();
    const named = place === 'named' || place === 'result';
    const base = this.specifier(named);
    let stars = 0;
    while (cursor.at('*')) {
      if (++stars > this.#maxNesting) throw new IdlError('too many *', cursor.peek());
      cursor.next();
    }
    const suffixes = place === 'result' ? this.#suffixes() : [];
    let name: Token | undefined;
    if (named || cursor.peek().kind === 'name') {
      const nameless = place === 'named' && isVoid(base) && cursor.at(';');
      if (!nameless) name = cursor.expectName('a name');
    }
    if (place !== 'result') suffixes.push(...this.#suffixes());
    return { name, type: decorate(base, stars, suffixes, at), at };
  }

  #suffixes(): Suffix[] {
    const cursor = this.#cursor;
    const suffixes: Suffix[] = [];
    while (cursor.at('[') || cursor.at('<')) {
      if (suffixes.length >= this.#maxNesting) throw new IdlError('too many dimensions', cursor.peek());
      const fixed = cursor.next().text === '[';
      const close = fixed ? ']' : '>';
      const size = cursor.at(close) ? undefined : parseExpression(cursor, !fixed);
      if (fixed && size === undefined) throw unexpected(cursor.peek(), 'a size');
      cursor.expect(close);
      suffixes.push({ fixed, size });
    }
    return suffixes;
  }

  /** A type without its `*` and sizes. A named struct, enum or union with a body is hoisted, and used by name. */
  specifier(named: boolean): TypeNode {
    const cursor = this.#cursor;
    const token = cursor.peek();
    const primitive = takePrimitive(cursor, named);
    if (primitive !== null) return { kind: 'built-in', type: primitive };
    switch (token.kind === 'name' ? token.text : '') {
      case 'string':
        cursor.next();
        return { kind: 'string', size: undefined };
      case 'opaque':
        cursor.next();
        return { kind: 'opaque', fixed: false, size: undefined };
      case 'utf8string':
        if (!this.#utf8string) break;
        cursor.next();
        return { kind: 'string', size: undefined };
      case 'struct':
      case 'enum':
      case 'union':
        return this.#tagged(token.text as 'struct' | 'enum' | 'union');
    }
    if (token.kind !== 'name') throw unexpected(token, 'a type');
    return { kind: 'name', token, path: parsePath(cursor) };
  }

  #tagged(word: 'struct' | 'enum' | 'union'): TypeNode {
    const cursor = this.#cursor;
    const start = cursor.position;
    cursor.next();
    const anonymous = word === 'union' ? cursor.at('switch') && cursor.at('(', 1) : cursor.at('{');
    const name = anonymous ? undefined : cursor.peek();
    const path = anonymous ? [] : parsePath(cursor);
    const opens = word === 'union' ? cursor.at('switch') && cursor.at('(', 1) : cursor.at('{');
    if (!opens) return { kind: 'name', token: name!, path };
    const type = word === 'struct' ? this.#struct() : word === 'enum' ? this.#enum() : this.#union();
    if (name === undefined) return type;
    const text = cursor.textBetween(start, cursor.position);
    this.#hoisted.push({ kind: 'type', name, scope: this.scope, text, type });
    return { kind: 'name', token: name, path };
  }

  /** `struct *name {…}` (RFC 1014) and `struct name<1> {…}` (RFC 4506 section 4.19): a name for a list of it. */
  shapedStruct(): { name: Token; type: TypeNode } {
    const cursor = this.#cursor;
    const at = cursor.expect('struct');
    const stars = cursor.accept('*') ? 1 : 0;
    const name = cursor.expectName('the name of the struct');
    const suffixes = this.#suffixes();
    return { name, type: decorate(this.#struct(), stars, suffixes, at) };
  }

  #endOfField(): void {
    const cursor = this.#cursor;
    if (!cursor.accept(';') && !cursor.at('}')) throw unexpected(cursor.peek(), "';'");
  }

  #struct(): TypeNode {
    const fields = this.body("a field or '}'", () => {
      const field = this.declaration('named');
      this.#endOfField();
      return field;
    });
    // A void field is nothing.
    return { kind: 'struct', fields: fields.filter((f) => !isVoid(f.type)) };
  }

  #enum(): TypeNode {
    const cursor = this.#cursor;
    const members = this.body(
      "an enum member or '}'",
      (): MemberNode => {
        this.attributes();
        const name = cursor.expectName('an enum member');
        const value = cursor.accept('=') ? parseExpression(cursor) : undefined;
        if (!cursor.accept(',') && !cursor.at('}')) throw unexpected(cursor.peek(), "',' or '}'");
        return { name, value };
      },
      ',',
    );
    return { kind: 'enum', members };
  }

  #union(): UnionNode {
    const cursor = this.#cursor;
    cursor.expect('switch');
    cursor.expect('(');
    const discriminant = this.declaration('discriminant');
    cursor.expect(')');
    const open = cursor.peek();
    let fallback: DeclarationNode | undefined;
    const arms = this.body("'case', 'default' or '}'", () => {
      this.attributes();
      const cases: Expression[] = [];
      let isDefault = false;
      const start = cursor.peek();
      while (cursor.at('case') || cursor.at('default')) {
        if (cursor.next().text === 'default') isDefault = true;
        else cases.push(parseExpression(cursor));
        cursor.expect(':');
        this.attributes();
      }
      if (cases.length === 0 && !isDefault) throw unexpected(cursor.peek(), "'case' or 'default'");
      const member = this.declaration('arm');
      this.#endOfField();
      if (isDefault && fallback !== undefined) throw new IdlError('union has two default arms', start);
      if (isDefault) fallback = member;
      return { cases: isDefault ? [] : cases, member };
    });
    if (arms.length === 0) throw new IdlError('union has no arm', open, "'case' or 'default'");
    return { kind: 'union', discriminant, arms: arms.filter((a) => a.cases.length > 0), default: fallback };
  }
}

/** The words that a definition starts with. */
export const STARTERS: ReadonlySet<string> = new Set([
  'const',
  'typedef',
  'struct',
  'enum',
  'union',
  'program',
  'namespace',
]);

/**
 * Does a whole definition seem to start here, at the left margin? Only a sign: `struct b {…} field;` may stand there
 * within another struct too, so it counts only once something was wrong.
 */
function opensDefinition(cursor: Cursor): boolean {
  const { text, column } = cursor.peek();
  if (column !== 1 || !STARTERS.has(text) || cursor.peek(1).kind !== 'name') return false;
  if (text === 'union') return cursor.at('switch', 2);
  return (text !== 'struct' && text !== 'enum') || cursor.at('{', 2);
}

export function isVoid(type: TypeNode): boolean {
  return type.kind === 'built-in' && type.type === VOID;
}

/** Apply `*` and sizes as C does: `T *x<>` is an array of optionals, `x[2][3]` two rows of three. */
function decorate(base: TypeNode, stars: number, suffixes: readonly Suffix[], at: Token): TypeNode {
  let type = base;
  let sizes = suffixes;
  if (base.kind === 'string' || base.kind === 'opaque') {
    // The last size is the text's own. `string x[8]` can only mean a limit; without any size there is no limit.
    const own = suffixes.at(-1);
    if (own !== undefined) {
      type = base.kind === 'string' ? { kind: 'string', size: own.size } : { kind: 'opaque', ...own };
    }
    sizes = suffixes.slice(0, -1);
  }
  if (isVoid(base) && (stars > 0 || sizes.length > 0)) {
    throw new IdlError('void has no size and no pointer', at);
  }
  for (let i = 0; i < stars; i++) type = { kind: 'optional', element: type };
  for (const { fixed, size } of [...sizes].reverse()) type = { kind: 'array', fixed, size, element: type };
  return type;
}
