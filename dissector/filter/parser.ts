/**
 * Display filter grammar (WIRESHARK section 3): recursive descent over the tokens. `and` binds tighter than `or`,
 * `not` tighter than both; in arithmetic & binds loosest. Throws FilterError; nesting is bounded.
 */
import { FilterError } from './error.ts';
import { type Token, tokenize, unexpected } from './lexer.ts';
import type { Arithmetic, Entity, Range, Relation, Test } from './syntax.ts';

const MAX_DEPTH = 200;

const RELATIONS: Readonly<Record<string, Relation>> = {
  '==': '==',
  eq: '==',
  any_eq: '==',
  '!=': '!=',
  ne: '!=',
  all_ne: '!=',
  '===': '===',
  all_eq: '===',
  '!==': '!==',
  any_ne: '!==',
  '>': '>',
  gt: '>',
  '>=': '>=',
  ge: '>=',
  '<': '<',
  lt: '<',
  '<=': '<=',
  le: '<=',
};

const KEYWORDS = new Set([
  ...Object.keys(RELATIONS),
  ...['and', 'or', 'not', 'in', 'contains', 'matches', 'any', 'all', 'bitwise_and'],
]);

/** The tree of an expression; null for one that is empty, which everything matches. */
export function parseFilter(text: string): Test | null {
  const tokens = tokenize(text);
  if (tokens.length === 1) return null;
  const parser = new Parser(tokens);
  const test = parser.or();
  parser.expectEnd();
  return test;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  or(): Test {
    return this.#nested(() => {
      let left = this.#and();
      while (this.#accept('||', 'or')) left = { kind: 'or', left, right: this.#and() };
      return left;
    });
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw this.#misplaced();
  }

  #and(): Test {
    let left = this.#not();
    while (this.#accept('&&', 'and')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Test {
    if (!this.#accept('!', 'not')) return this.#test();
    return this.#nested(() => ({ kind: 'not', of: this.#not() }));
  }

  #test(): Test {
    if (this.#accept('(')) {
      const inner = this.or();
      this.#expect(')');
      return inner;
    }
    const quantifier = this.#accept('any') ? 'any' : this.#accept('all') ? 'all' : null;
    const left = this.#entity();
    if (this.#is('contains') || this.#is('matches') || this.#is('~')) {
      const written = this.#take().text;
      return { kind: written === 'contains' ? 'contains' : 'matches', written, left, right: this.#entity() };
    }
    if (this.#accept('in')) return { kind: 'in', left, elements: this.#set() };
    if (this.#is('not') && this.#isAt(1, 'in')) {
      this.#next += 2;
      return { kind: 'not', of: { kind: 'in', left, elements: this.#set() } };
    }
    const relation = this.#relation();
    if (relation !== null) return this.#comparison(left, relation, quantifier);
    if (quantifier !== null) throw this.#misplaced();
    return { kind: 'present', entity: left };
  }

  /** a < b < c holds when a < b and b < c. */
  #comparison(
    left: Entity,
    first: { relation: Relation; written: string },
    quantifier: 'any' | 'all' | null,
  ): Test {
    let result: Test | null = null;
    for (let link: typeof first | null = first; link !== null; ) {
      const right = this.#entity();
      const compare: Test = { kind: 'compare', ...link, quantifier, left, right };
      result = result === null ? compare : { kind: 'and', left: result, right: compare };
      left = right;
      link = this.#relation();
    }
    return result!;
  }

  #relation(): { relation: Relation; written: string } | null {
    const token = this.#peek();
    if (token.kind !== 'operator' && token.kind !== 'word') return null;
    if (!Object.hasOwn(RELATIONS, token.text)) return null;
    this.#next++;
    return { relation: RELATIONS[token.text]!, written: token.text };
  }

  #set(): { low: Entity; high: Entity | null }[] {
    this.#expect('{');
    const elements: { low: Entity; high: Entity | null }[] = [];
    do {
      const low = this.#entity();
      elements.push({ low, high: this.#accept('..') ? this.#entity() : null });
    } while (this.#accept(','));
    this.#expect('}');
    return elements;
  }

  #entity(): Entity {
    return this.#nested(() => this.#binary(0));
  }

  /** Operators from the loosest level to the tightest. */
  #binary(level: number): Entity {
    const levels: readonly Readonly<Record<string, Arithmetic>>[] = [
      { '&': '&', bitwise_and: '&' },
      { '+': '+', '-': '-' },
      { '*': '*', '/': '/', '%': '%' },
    ];
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      if (token.kind !== 'operator' && token.kind !== 'word') return left;
      if (!Object.hasOwn(operators, token.text)) return left;
      this.#next++;
      const right = this.#binary(level + 1);
      left = { kind: 'arithmetic', op: operators[token.text]!, left, right, at: left.at, end: right.end };
    }
  }

  #unary(): Entity {
    const token = this.#peek();
    if (this.#accept('-')) {
      const of = this.#nested(() => this.#unary());
      return { kind: 'minus', of, at: token.at, end: of.end };
    }
    if (this.#accept('+')) return this.#nested(() => this.#unary());
    if (this.#accept('{')) {
      const inner = this.#entity();
      this.#expect('}');
      return inner;
    }
    return this.#postfix(this.#primary());
  }

  #postfix(entity: Entity): Entity {
    let result = entity;
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'brackets') {
        this.#next++;
        result = {
          kind: 'slice',
          of: result,
          ranges: parseRanges(token.text, token.at + 1),
          at: result.at,
          end: token.end,
        };
      } else if (this.#accept('#')) {
        const sign = this.#accept('-') ? -1 : 1;
        const which = this.#take();
        const isNumber = which.kind === 'word' && /^\d{1,9}$/.test(which.text);
        if (which.kind !== 'brackets' && !isNumber) throw this.#misplacedAt(which);
        const ranges =
          which.kind === 'brackets'
            ? parseRanges(which.text, which.at + 1)
            : [{ start: sign * Number(which.text), length: 1 }];
        result = { kind: 'layer', of: result, ranges, at: result.at, end: which.end };
      } else {
        return result;
      }
    }
  }

  #primary(): Entity {
    const token = this.#take();
    const { at, end } = token;
    if (token.kind === 'string') return { kind: 'string', value: token.text, raw: token.raw, at, end };
    if (token.kind === 'char') return { kind: 'char', code: Number(token.text), at, end };
    if (token.kind !== 'word' || KEYWORDS.has(token.text)) throw this.#misplacedAt(token);
    if (!this.#is('(')) return { kind: 'word', text: token.text, at, end };
    this.#next++;
    const args: Entity[] = [];
    if (!this.#accept(')')) {
      do args.push(this.#entity());
      while (this.#accept(','));
      this.#expect(')');
    }
    return { kind: 'call', name: token.text, args, at, end };
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new FilterError('The filter expression is nested too deeply.');
    const result = parse();
    this.#depth--;
    return result;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #isAt(ahead: number, text: string): boolean {
    const token = this.#peek(ahead);
    return (token.kind === 'operator' || token.kind === 'word') && token.text === text;
  }

  #is(text: string): boolean {
    return this.#isAt(0, text);
  }

  #accept(...texts: string[]): boolean {
    if (!texts.some((text) => this.#is(text))) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#misplaced();
  }

  #misplaced(): FilterError {
    return this.#misplacedAt(this.#peek());
  }

  #misplacedAt(token: Token): FilterError {
    if (token.kind === 'end') return new FilterError('Unexpected end of filter expression.');
    const text = token.kind === 'string' ? `"${token.text}"` : token.text;
    return unexpected(text, token.at, token.end);
  }
}

/** What stands in brackets: `i:length`, `i-j` (both included), `i`, `:length`, `i:`, separated by commas. */
function parseRanges(text: string, at: number): Range[] {
  let column = at;
  return text.split(',').map((part) => {
    const place = column;
    column += part.length + 1;
    return parseRange(part.trim(), place, place + part.length);
  });
}

function parseRange(part: string, at: number, end: number): Range {
  const match = /^(-?\d{1,9})?(?:\s*(:|-)\s*(-?\d{1,9})?)?$/.exec(part);
  const [, from, separator, to] = match ?? [];
  if (match === null || (from === undefined && to === undefined)) {
    throw new FilterError(`"${part}" is not a valid range.`, at, Math.max(end, at + 1));
  }
  const start = Number(from ?? 0);
  if (separator === undefined) return { start, length: 1 };
  if (to === undefined) {
    if (separator === '-') throw new FilterError(`"${part}" is not a valid range.`, at, end);
    return { start, length: null };
  }
  const length = separator === ':' ? Number(to) : Number(to) - start + 1;
  if (length <= 0) {
    throw new FilterError(`Range ${part} isn't valid because length ${length} isn't positive`, at, end);
  }
  return { start, length };
}
