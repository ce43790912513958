/**
 * One line of `.x` text, comments already blanked, into tokens. Never throws: what is no token becomes a `bad`
 * one, and the parser reports it when it gets there (never, if it stands in an unused macro).
 */
import type { Position } from './error.ts';

/** `text` is the source's own spelling. Keywords are names; the parser tells them apart by their place. */
export interface Token extends Position {
  readonly kind: 'name' | 'number' | 'string' | 'char' | 'punct' | 'bad' | 'end';
  readonly text: string;
}

const TOKEN =
  /(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>0[xX][0-9A-Fa-f]+[uUlL]*(?![A-Za-z0-9_])|[0-9]+[uUlL]*(?![A-Za-z0-9_]))|(?<string>"(?:[^"\\]|\\.)*")|(?<char>'(?:[^'\\]|\\[0-7]{1,3}|\\x[0-9A-Fa-f]{1,2}|\\.)')|(?<punct>::|<<|>>|<=|>=|==|!=|&&|\|\||[{}()[\]<>,;:=*/%+\-&|^~!#.?])|(?<bad>[0-9][A-Za-z0-9_]*|["'].*|\S)/gy;
const BLANK = /[\s\uFEFF]*/gy;

/** Append the tokens of `text`, whose first character stands at `column` of `line`. */
export function lexLine(text: string, file: string, line: number, column: number, into: Token[]): void {
  let at = 0;
  for (;;) {
    BLANK.lastIndex = at;
    at += BLANK.exec(text)![0].length;
    if (at >= text.length) return;
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return;
    const groups = match.groups!;
    const kind =
      groups.name !== undefined
        ? 'name'
        : groups.punct !== undefined
          ? 'punct'
          : groups.number !== undefined
            ? 'number'
            : groups.string !== undefined
              ? 'string'
              : groups.char !== undefined
                ? 'char'
                : 'bad';
    into.push({ kind, text: match[0], file, line, column: column + at });
    at += match[0].length;
  }
}

/** The value of a number token: decimal, 0x hexadecimal or 0 octal; null where an octal holds 8 or 9. */
export function numberValue(token: Token): bigint | null {
  const digits = token.text.replace(/[uUlL]+$/, '');
  // 40 digits are far beyond any 64-bit value; longer ones would only cost time.
  if (digits.length > 40) return 1n << 100n;
  if (/^0[xX]/.test(digits)) return BigInt(digits);
  if (digits.length > 1 && digits.startsWith('0')) {
    return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : null;
  }
  return BigInt(digits);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The text inside the quotes of a string or char token, C escapes replaced. */
export function quotedValue(token: Token): string {
  return token.text
    .slice(1, -1)
    .replace(/\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))/g, (_, octal, hex, letter) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter]! : letter;
    });
}
