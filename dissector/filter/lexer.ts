/**
 * Display filter text to tokens, with their columns. Words are anything that may be a name, a number, an address
 * or a run of bytes: what they mean depends on what they are compared with. Throws FilterError.
 */
import { FilterError } from './error.ts';

type TokenKind = 'word' | 'string' | 'char' | 'brackets' | 'operator' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** word, operator: as written. string: the unescaped value. brackets: what stands between. char: its code. */
  readonly text: string;
  readonly at: number;
  readonly end: number;
  /** string: r"…" */
  readonly raw: boolean;
}

const MAX_FILTER_CHARS = 64 * 1024;
const OPERATORS = ['===', '!==', '==', '!=', '>=', '<=', '&&', '||', '..'];
const SINGLES = '!<>()~&+-*/%{},#';
const WORD = /[A-Za-z0-9_.:]/;
const WORD_REST = /[A-Za-z0-9_.:/-]/;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The tokens of an expression, with one of kind `end` last. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_FILTER_CHARS) throw new FilterError('The filter expression is too long.');
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, value: string, end: number, raw = false) => {
    tokens.push({ kind, text: value, at, end, raw });
    at = end;
  };
  while (at < text.length) {
    const c = text[at]!;
    if (/\s/.test(c)) {
      at++;
      continue;
    }
    if (c === '"') {
      const { value, end } = quoted(text, at, '"');
      push('string', value, end);
    } else if (/[rR]/.test(c) && text[at + 1] === '"') {
      const close = text.indexOf('"', at + 2);
      if (close < 0) throw unterminated(text);
      push('string', text.slice(at + 2, close), close + 1, true);
    } else if (c === "'") {
      const { value, end } = quoted(text, at, "'");
      if (value.length !== 1) {
        const why = value === '' ? 'is too short to be' : 'is too long to be';
        throw new FilterError(`${text.slice(at, end)} ${why} a valid character constant.`, at, end);
      }
      push('char', String(value.charCodeAt(0)), end);
    } else if (c === '[') {
      const close = text.indexOf(']', at);
      if (close < 0) throw new FilterError('The right bracket was missing from a slice.', text.length);
      push('brackets', text.slice(at + 1, close), close + 1);
    } else if (text.startsWith('${', at)) {
      const close = text.indexOf('}', at);
      const name = text.slice(at + 2, close < 0 ? text.length : close);
      throw new FilterError(`macro '${name}' does not exist`);
    } else {
      const operator = OPERATORS.find((op) => text.startsWith(op, at));
      if (operator !== undefined) push('operator', operator, at + operator.length);
      else if (WORD.test(c)) push('word', word(text, at), at + word(text, at).length);
      else if (SINGLES.includes(c)) push('operator', c, at + 1);
      else throw unexpected(c, at, at + 1);
    }
  }
  push('end', '', at);
  return tokens;
}

/** tshark's words for a token out of place. */
export function unexpected(text: string, at: number, end: number): FilterError {
  return new FilterError(`"${text}" was unexpected in this context.`, at, end);
}

function unterminated(text: string): FilterError {
  return new FilterError('The final quote was missing from a quoted string.', text.length);
}

/** A word ends before `..`, which is a range. */
function word(text: string, at: number): string {
  let end = at;
  while (end < text.length && WORD_REST.test(text[end]!) && !(end > at && text.startsWith('..', end))) end++;
  return text.slice(at, end);
}

function quoted(text: string, at: number, quote: string): { value: string; end: number } {
  let value = '';
  for (let i = at + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === quote) return { value, end: i + 1 };
    if (c !== '\\') {
      value += c;
      continue;
    }
    const rest = text.slice(i + 1, i + 6);
    const number = /^(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4}))/.exec(rest);
    if (number !== null) {
      const [octal, hex, unicode] = [number[1], number[2], number[3]];
      value += String.fromCharCode(
        octal === undefined ? Number.parseInt(hex ?? unicode!, 16) : Number.parseInt(octal, 8) & 0xff,
      );
      i += number[0].length;
      continue;
    }
    const plain = ESCAPES[rest[0] ?? ''];
    if (plain === undefined) {
      if (rest === '') break;
      throw new FilterError(`\\${rest[0]} is not a valid character escape sequence`, i, i + 2);
    }
    value += plain;
    i++;
  }
  throw unterminated(text);
}
