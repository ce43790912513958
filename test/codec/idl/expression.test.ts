import { expect } from 'chai';
import fc from 'fast-check';
import { Cursor } from '../../../codec/idl/cursor.ts';
import { evaluate, namesIn, parseExpression, parsePath } from '../../../codec/idl/expression.ts';
import { lexLine, type Token } from '../../../codec/idl/lexer.ts';

function cursorOf(text: string): Cursor {
  const tokens: Token[] = [];
  lexLine(text, 'f.x', 1, 1, tokens);
  return new Cursor(tokens, { kind: 'end', text: '', file: 'f.x', line: 1, column: text.length + 1 });
}

function compute(text: string, names: Readonly<Record<string, bigint>> = {}): bigint {
  const cursor = cursorOf(text);
  const value = evaluate(parseExpression(cursor), ([name]) => names[name!] ?? 0n);
  expect(cursor.peek().kind, text).to.equal('end');
  return value;
}

describe('idl: expressions', () => {
  it('follow C in operators and precedence', () => {
    const table: readonly (readonly [string, bigint])[] = [
      ['1 + 2 * 3', 7n],
      ['(1 + 2) * 3', 9n],
      ['10 - 4 - 3', 3n],
      ['7 / 2', 3n],
      ['-7 / 2', -3n],
      ['7 % 4', 3n],
      ['1 << 4 | 1', 17n],
      ['0xF0 & ~0x10', 0xe0n],
      ['6 ^ 3', 5n],
      ['1 < 2 == 1', 1n],
      ['2 >= 3 || 1 != 1', 0n],
      ['!0 && !!5', 1n],
      ['- - 4', 4n],
      ['+4', 4n],
      ["'a'", 97n],
      ['256 >> 2', 64n],
    ];
    for (const [text, value] of table) expect(compute(text), text).to.equal(value);
  });

  it('agree with JavaScript on random sums and products', () => {
    const term = fc.integer({ min: 0, max: 999 });
    const operator = fc.constantFrom('+', '-', '*', '|', '^', '&');
    fc.assert(
      fc.property(term, fc.array(fc.tuple(operator, term), { maxLength: 5 }), (first, rest) => {
        const text = [`${first}`, ...rest.map(([o, t]) => `${o} ${t}`)].join(' ');
        const inJavaScript = text.replace(/\d+/g, (d) => `${d}n`);
        expect(compute(text)).to.equal(new Function(`return ${inJavaScript}`)());
      }),
    );
  });

  it('look names up', () => {
    expect(compute('N * 2', { N: 21n })).to.equal(42n);
    const names = namesIn(parseExpression(cursorOf('A + -(B::C && 1) * A')));
    expect(names.map(({ path }) => path.join('::')).sort()).to.deep.equal(['A', 'A', 'B::C']);
    expect(parsePath(cursorOf('a::b.c'))).to.deep.equal(['a', 'b', 'c']);
  });

  it('end before the bracket around them', () => {
    const cursor = cursorOf('4 > ;');
    expect(evaluate(parseExpression(cursor, true), () => 0n)).to.equal(4n);
    expect(cursor.peek().text).to.equal('>');
    const nested = cursorOf('(4 > 3) > ;');
    expect(evaluate(parseExpression(nested, true), () => 0n)).to.equal(1n);
  });

  it('leave the right side of && and || alone where it does not count', () => {
    expect(compute('0 && 1 / 0')).to.equal(0n);
    expect(compute('1 || 1 / 0')).to.equal(1n);
  });

  it('refuse what has no value', () => {
    const table: readonly (readonly [string, string])[] = [
      ['1 / 0', 'division by zero'],
      ['1 % 0', 'division by zero'],
      ['1 << 65', 'shift by 65'],
      ['1 << -1', 'shift by -1'],
      ['1 << 64 << 64', 'number needs more than 64 bits'],
      ['08', "'08' is not an octal number"],
      ['+', 'expected a number or a constant, found the end of the file'],
      ['(1', "expected ')', found the end of the file"],
      [`${'('.repeat(100)}1${')'.repeat(100)}`, 'expression is nested too deeply'],
      [`${'-'.repeat(1000)}1`, 'expression is nested too deeply'],
      [`1${'+1'.repeat(1001)}`, 'expression has more than 1000 operators'],
    ];
    for (const [text, message] of table) expect(() => compute(text), text.slice(0, 20)).to.throw(message);
  });

  it('accept 1000 operators', () => {
    expect(compute(`1${'+1'.repeat(1000)}`)).to.equal(1001n);
  });
});
