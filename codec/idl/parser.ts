/**
 * Tokens of a `.x` source into definitions (RFC 4506 section 6, RFC 5531 section 12, and what real files add).
 * A finding goes to `report` and parsing goes on after the declaration it stands in; nothing here throws to the
 * caller. Nothing is looked up: see resolver.ts.
 */
import type { Cursor } from './cursor.ts';
import { DeclarationParser, isVoid, STARTERS } from './declaration.ts';
import { IdlError, Unclosed, unexpected } from './error.ts';
import { type Expression, parseExpression } from './expression.ts';
import { quotedValue, type Token } from './lexer.ts';
import type { DefinitionNode, ProcedureNode, VersionNode } from './syntax.ts';

export function parseDefinitions(
  cursor: Cursor,
  maxNesting: number,
  report: (e: IdlError) => void,
): DefinitionNode[] {
  const out: DefinitionNode[] = [];
  const declarations = new DeclarationParser(cursor, maxNesting, report, out);

  function define(start: number, name: Token, body: DefinitionBody): void {
    out.push({ name, scope: declarations.scope, text: cursor.textBetween(start, cursor.position), ...body });
  }

  /** `;`, which may be missing at the end of the file or of a namespace. */
  function endStatement(): void {
    if (cursor.accept(';') || cursor.at('}') || cursor.peek().kind === 'end') return;
    throw unexpected(cursor.peek(), "';'");
  }

  function constant(start: number): void {
    cursor.next();
    // `const int N = 3;` is how C++ users write it.
    if (!cursor.at('=', 1)) declarations.specifier(true);
    const name = cursor.expectName('the name of a constant');
    cursor.expect('=');
    const value: Expression | string =
      cursor.peek().kind === 'string' ? quotedValue(cursor.next()) : parseExpression(cursor);
    define(start, name, { kind: 'constant', value });
    endStatement();
  }

  function typedef(start: number): void {
    cursor.next();
    const { name, type } = declarations.declaration('named');
    if (name === undefined) throw unexpected(cursor.peek(), 'a name');
    // `typedef struct foo foo;` says nothing that `struct foo {...};` does not.
    const same = type.kind === 'name' && type.path.length === 1 && type.path[0] === name.text;
    if (!same || !cursor.textBetween(start + 1, start + 2).match(/^(?:struct|enum|union)$/)) {
      define(start, name, { kind: 'type', type });
    }
    endStatement();
  }

  function tagged(start: number): void {
    const word = cursor.peek();
    if (cursor.peek(1).kind === 'name' && cursor.at(';', 2)) {
      // `struct foo;` only announces foo.
      cursor.next();
      cursor.next();
    } else if (word.text === 'struct' && (cursor.at('*', 1) || cursor.at('<', 2))) {
      const { name, type } = declarations.shapedStruct();
      define(start, name, { kind: 'type', type });
    } else if (cursor.at(word.text === 'union' ? 'switch' : '{', 1) && !cursor.at('switch', 2)) {
      nameless(start, word);
    } else {
      if (cursor.peek(1).kind !== 'name') throw unexpected(cursor.peek(1), `the name of the ${word.text}`);
      const before = out.length;
      declarations.specifier(false);
      if (out.length === before) throw unexpected(cursor.peek(), "'{'");
      // RFC 5531 writes `union reply_body switch (…) {…} reply;`, a variable as in C.
      if (cursor.peek().kind === 'name' && cursor.at(';', 1)) cursor.next();
    }
    cursor.accept(';');
  }

  /** `enum {…} colors;` is how RFC 4506 declares things; `enum {…};` is a list of constants. */
  function nameless(start: number, word: Token): void {
    const second = cursor.peek(1);
    const type = declarations.specifier(false);
    if (cursor.peek().kind === 'name' && cursor.at(';', 1)) {
      const name = cursor.next();
      define(start, name, { kind: 'type', type });
    } else if (word.text === 'enum') define(start, { ...word, text: '' }, { kind: 'type', type });
    else throw unexpected(second, `the name of the ${word.text}`);
  }

  function program(start: number): void {
    cursor.next();
    const name = cursor.expectName('the name of a program');
    const versions = declarations.body("'version' or '}'", version);
    const number = assigned();
    cursor.accept(';');
    define(start, name, { kind: 'program', number, versions });
  }

  function assigned(): Expression {
    cursor.expect('=');
    return parseExpression(cursor);
  }

  function version(): VersionNode {
    declarations.attributes();
    cursor.expect('version');
    const name = cursor.expectName('the name of a version');
    const procedures = declarations.body("a procedure or '}'", procedure);
    const number = assigned();
    endStatement();
    return { name, procedures, number };
  }

  function procedure(): ProcedureNode {
    declarations.attributes();
    const { name, type: result } = declarations.declaration('result');
    cursor.expect('(');
    const args = [];
    while (!cursor.at(')')) {
      const arg = declarations.declaration('argument');
      if (!isVoid(arg.type)) args.push(arg);
      else if (!cursor.at(')')) throw unexpected(cursor.peek(), "')' after void");
      if (!cursor.accept(',')) break;
    }
    cursor.expect(')');
    const number = assigned();
    endStatement();
    return { name: name!, number, result, args };
  }

  function namespace(): void {
    cursor.next();
    const outer = declarations.scope;
    const path = [cursor.expectName('the name of a namespace').text];
    while (cursor.accept('::')) path.push(cursor.expectName('the name of a namespace').text);
    const open = cursor.expect('{');
    if (outer.length + path.length > maxNesting) throw new IdlError('namespaces are nested too deeply', open);
    declarations.scope = [...outer, ...path];
    definitions(true);
    declarations.scope = outer;
    if (!cursor.accept('}')) throw new Unclosed(open, cursor.peek());
    cursor.accept(';');
  }

  /** `package a.b;` and `import x "path";` name Go packages: nothing on the wire depends on them. */
  function foreign(): void {
    const { line } = cursor.next();
    while (cursor.peek().line === line && !cursor.at(';') && cursor.peek().kind !== 'end') cursor.next();
    cursor.accept(';');
  }

  function definition(): void {
    declarations.attributes();
    const start = cursor.position;
    const word = cursor.peek();
    const parse = word.kind === 'name' ? starters.get(word.text) : undefined;
    if (parse === undefined) {
      throw unexpected(word, 'a definition (const, typedef, enum, struct, union or program)');
    }
    parse(start);
  }

  const starters: ReadonlyMap<string, (start: number) => void> = new Map([
    ['const', constant],
    ['typedef', typedef],
    ['struct', tagged],
    ['enum', tagged],
    ['union', tagged],
    ['program', program],
    ['namespace', namespace],
    ['package', foreign],
    ['import', foreign],
  ]);

  function definitions(inNamespace: boolean): void {
    while (cursor.peek().kind !== 'end') {
      if (inNamespace && cursor.at('}')) return;
      if (cursor.accept(';')) continue;
      const start = cursor.position;
      const { scope } = declarations;
      try {
        definition();
      } catch (e) {
        if (!(e instanceof IdlError)) throw e;
        report(e);
        declarations.reset(scope);
        if (cursor.position === start) cursor.next();
        skipDefinition(cursor, start);
      }
    }
  }

  definitions(false);
  return out;
}

type DefinitionBody =
  | { kind: 'type'; type: Extract<DefinitionNode, { kind: 'type' }>['type'] }
  | { kind: 'constant'; value: Expression | string }
  | { kind: 'program'; number: Expression; versions: readonly VersionNode[] };

/** Go on behind the broken definition: at a word that starts one at the left margin, or behind its `;`. */
function skipDefinition(cursor: Cursor, start: number): void {
  let depth = cursor.openBraces(start);
  for (;;) {
    const token = cursor.peek();
    if (token.kind === 'end') return;
    if (token.column === 1 && STARTERS.has(token.text)) return;
    cursor.next();
    if (token.text === '{') depth++;
    if (token.text === '}') depth--;
    if (depth <= 0 && token.text === ';') return;
  }
}
