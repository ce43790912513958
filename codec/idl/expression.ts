/**
 * Integer expressions, as they stand in `#if`, sizes, constants, enum values and case labels: C's operators and
 * precedences over unbounded integers, held to 65 bits. `parseExpression` and `evaluate` throw IdlError.
 */
import type { Cursor } from './cursor.ts';
import { IdlError, unexpected } from './error.ts';
import { numberValue, quotedValue, type Token } from './lexer.ts';

export type Expression =
  | { readonly op: 'literal'; readonly token: Token; readonly value: bigint }
  | { readonly op: 'name'; readonly token: Token; readonly path: readonly string[] }
  | { readonly op: 'unary'; readonly token: Token; readonly operand: Expression }
  | { readonly op: 'binary'; readonly token: Token; readonly left: Expression; readonly right: Expression };

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ['|', 3],
  ['^', 4],
  ['&', 5],
  ['==', 6],
  ['!=', 6],
  ['<', 7],
  ['>', 7],
  ['<=', 7],
  ['>=', 7],
  ['<<', 8],
  ['>>', 8],
  ['+', 9],
  ['-', 9],
  ['*', 10],
  ['/', 10],
  ['%', 10],
]);

const MAX_DEPTH = 64;
const MAX_OPERATORS = 1000;

/** Parse one expression. `angle`: inside `<...>`, where a bare `>` ends it. */
export function parseExpression(cursor: Cursor, angle = false): Expression {
  let operators = 0;

  function binary(least: number, depth: number, inAngle: boolean): Expression {
    let left = unary(depth, inAngle);
    for (;;) {
      const token = cursor.peek();
      const precedence = token.kind === 'punct' ? PRECEDENCE.get(token.text) : undefined;
      if (precedence === undefined || precedence < least) return left;
      if (inAngle && token.text.startsWith('>')) return left;
      if (++operators > MAX_OPERATORS) {
        throw new IdlError(`expression has more than ${MAX_OPERATORS} operators`, token);
      }
      cursor.next();
      left = { op: 'binary', token, left, right: binary(precedence + 1, depth, inAngle) };
    }
  }

  function unary(depth: number, inAngle: boolean): Expression {
    const token = cursor.peek();
    if (depth > MAX_DEPTH) throw new IdlError('expression is nested too deeply', token);
    if (token.kind === 'punct' && ['-', '+', '~', '!'].includes(token.text)) {
      cursor.next();
      return { op: 'unary', token, operand: unary(depth + 1, inAngle) };
    }
    if (cursor.accept('(')) {
      const inner = binary(1, depth + 1, false);
      cursor.expect(')');
      return inner;
    }
    if (token.kind === 'number') {
      cursor.next();
      const value = numberValue(token);
      if (value === null) throw new IdlError(`'${token.text}' is not an octal number`, token);
      return { op: 'literal', token, value };
    }
    if (token.kind === 'char') {
      cursor.next();
      return { op: 'literal', token, value: BigInt(quotedValue(token).charCodeAt(0)) };
    }
    if (token.kind === 'name') return { op: 'name', token, path: parsePath(cursor) };
    throw unexpected(token, 'a number or a constant');
  }

  return binary(1, 0, angle);
}

/** A name, perhaps qualified: `a::b::name`, or `package.name`. */
export function parsePath(cursor: Cursor): string[] {
  const path = [cursor.expectName('a name').text];
  while ((cursor.at('::') || cursor.at('.')) && cursor.peek(1).kind === 'name') {
    cursor.next();
    path.push(cursor.next().text);
  }
  return path;
}

/** Every name in an expression, the last one first. */
export function namesIn(expression: Expression): Extract<Expression, { op: 'name' }>[] {
  const names: Extract<Expression, { op: 'name' }>[] = [];
  const waiting = [expression];
  for (let e = waiting.pop(); e !== undefined; e = waiting.pop()) {
    if (e.op === 'name') names.push(e);
    else if (e.op === 'unary') waiting.push(e.operand);
    else if (e.op === 'binary') waiting.push(e.left, e.right);
  }
  return names;
}

const LARGEST = 1n << 64n;

/** The value; `lookup` gives a name's value, and may throw an IdlError itself. */
export function evaluate(
  expression: Expression,
  lookup: (path: readonly string[], token: Token) => bigint,
): bigint {
  const value = compute(expression, lookup);
  if (value > LARGEST || value < -LARGEST)
    throw new IdlError('number needs more than 64 bits', expression.token);
  return value;
}

function compute(e: Expression, lookup: (path: readonly string[], token: Token) => bigint): bigint {
  switch (e.op) {
    case 'literal':
      return e.value;
    case 'name':
      return lookup(e.path, e.token);
    case 'unary': {
      const v = evaluate(e.operand, lookup);
      if (e.token.text === '-') return -v;
      if (e.token.text === '~') return ~v;
      if (e.token.text === '!') return v === 0n ? 1n : 0n;
      return v;
    }
    case 'binary':
      return apply(e.token, evaluate(e.left, lookup), () => evaluate(e.right, lookup));
  }
}

function apply(token: Token, a: bigint, right: () => bigint): bigint {
  const truth = (b: boolean) => (b ? 1n : 0n);
  // The right side of && and || stays unevaluated, so that `defined(N) && 8 / N` works.
  if (token.text === '&&') return truth(a !== 0n && right() !== 0n);
  if (token.text === '||') return truth(a !== 0n || right() !== 0n);
  const b = right();
  switch (token.text) {
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '<<':
    case '>>':
      if (b < 0n || b > 64n) throw new IdlError(`shift by ${b}`, token);
      return token.text === '<<' ? a << b : a >> b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      if (b === 0n) throw new IdlError('division by zero', token);
      return token.text === '/' ? a / b : a % b;
  }
}
