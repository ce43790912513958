/**
 * A place in a token list: look ahead, take, expect. Past the end it stays on one `end` token.
 */
import { unexpected } from './error.ts';
import type { Token } from './lexer.ts';

export class Cursor {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #at = 0;

  /** `end` is where "the end of the file" is reported. */
  constructor(tokens: readonly Token[], end: Token) {
    this.#tokens = tokens;
    this.#end = end;
  }

  get position(): number {
    return this.#at;
  }

  /** Back to a position that was passed. */
  rewind(position: number): void {
    this.#at = Math.min(this.#at, position);
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    if (this.#at < this.#tokens.length) this.#at++;
    return token;
  }

  /** Is the next token this keyword or punctuation? (A string or char token never is.) */
  at(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'name' || token.kind === 'punct');
  }

  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.next();
    return true;
  }

  /** Take `text` or throw an IdlError. */
  expect(text: string): Token {
    if (!this.at(text)) throw unexpected(this.peek(), `'${text}'`);
    return this.next();
  }

  /** Take a name or throw an IdlError that says `what` was expected. */
  expectName(what: string): Token {
    if (this.peek().kind !== 'name') throw unexpected(this.peek(), what);
    return this.next();
  }

  /** The source between two positions, blanks normalised: equal exactly when the tokens are. */
  textBetween(start: number, end: number): string {
    return this.#tokens
      .slice(start, end)
      .map((t) => t.text)
      .join(' ');
  }

  /** Braces opened and not closed since position `start`. */
  openBraces(start: number): number {
    let depth = 0;
    for (let i = start; i < this.#at; i++) {
      const token = this.#tokens[i]!;
      if (token.kind !== 'punct') continue;
      if (token.text === '{') depth++;
      if (token.text === '}') depth--;
    }
    return depth;
  }

  /** Does any token, with the one before it, pass the test? */
  some(test: (token: Token, before: Token | undefined) => boolean): boolean {
    return this.#tokens.some((token, i) => test(token, this.#tokens[i - 1]));
  }
}
