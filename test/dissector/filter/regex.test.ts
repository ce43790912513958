import { expect } from 'chai';
import fc from 'fast-check';
import { compileRegex, RegexError } from '../../../dissector/filter/regex.ts';

const CASES: readonly (readonly [pattern: string, matching: readonly string[], not: readonly string[]])[] = [
  ['', ['', 'x'], []],
  ['abc', ['abc', 'xABCx'], ['ab', 'acb']],
  ['(?-i)abc', ['abc'], ['ABC']],
  ['a(?-i:b)c', ['abC'], ['aBc']],
  ['a(?-i)b|C', ['Ab', 'C'], ['aB', 'c']],
  ['^a.c$', ['abc', 'a\rc', 'abc\n'], ['a\nc', 'abcd', 'xabc', 'abc\n\n']],
  ['(?s)a.c', ['a\nc'], ['ac']],
  ['(?m)^b$', ['a\nb\nc'], ['ab']],
  ['\\Aa\\z', ['a'], ['a\n', 'ba']],
  ['a\\Z', ['a\n', 'a'], ['ab']],
  ['ab*c', ['ac', 'abbbc'], ['adc']],
  ['ab+?c', ['abc'], ['ac']],
  ['^(ab|cd)?e$', ['e', 'abe', 'cde'], ['ace']],
  ['^a{2}$', ['aa'], ['a', 'aaa']],
  ['^a{2,}$', ['aa', 'aaaa'], ['a']],
  ['^a{1,2}$', ['a', 'aa'], ['', 'aaa']],
  ['a{x}', ['a{x}'], ['a']],
  ['^[a-cx]+$', ['abcx', 'ABX'], ['d', '']],
  ['^[^a-c]$', ['d', '\n'], ['a', 'B']],
  ['^[]a-]+$', [']a-'], ['b']],
  ['^[\\d_]+$', ['1_2'], ['a']],
  ['^[[:alpha:]]+[[:^digit:]]$', ['ab', 'a-'], ['a1', '-']],
  ['^\\d\\D\\w\\W\\s\\S$', ['1aa- x'], ['aaa- x']],
  ['\\bfoo\\b', ['a foo.', 'foo'], ['food', 'afoo']],
  ['\\Boo', ['foo'], ['oo']],
  ['^\\x41\\x{e9}\\t\\.\\0$', ['A\u00e9\t.\0'], ['B']],
  ['^[\\b]$', ['\b'], ['b']],
  ['^(?:a|(?<n>b)|(?P<m>c))$', ['a', 'b', 'c'], ['d']],
  ['^(a*)*$', ['', 'aaa'], ['b']],
  ['(|a)+b', ['b', 'aab'], ['a']],
  ['^[а-я]+$', ['привет', 'ПРИВЕТ'], ['x']],
];

const REFUSED = [
  '(',
  ')',
  'a)',
  '[a',
  '*a',
  '+',
  '?',
  'a**+',
  'a++',
  '(?=a)',
  '(?!a)',
  '(?<=a)',
  '(?>a)',
  '(a)\\1',
  '\\k<a>',
  '\\pL',
  'a\\',
  '[b-a]',
  '[a-\\d]',
  '[[:nope:]]',
  'a{3,2}',
  'a{1001}',
  '\\y',
];

describe('dissector/filter/regex', () => {
  for (const [pattern, matching, not] of CASES) {
    it(`/${pattern}/`, () => {
      const matches = compileRegex(pattern);
      for (const text of matching) expect(matches(text), `matches ${JSON.stringify(text)}`).to.equal(true);
      for (const text of not) expect(matches(text), `does not match ${JSON.stringify(text)}`).to.equal(false);
    });
  }

  for (const pattern of REFUSED) {
    it(`refuses ${pattern}`, () => expect(() => compileRegex(pattern)).to.throw(RegexError));
  }

  it("agrees with the engine's own expressions", () => {
    const atom = fc.constantFrom('a', 'b', 'C', '.', '[ab]', '[^a]', '\\w', '\\d', '^', '$', '\\b', '-');
    const quantifier = fc.constantFrom('', '', '', '?', '{0,2}', '{2}', '*', '+');
    const pattern: fc.Arbitrary<string> = fc.letrec<{ p: string }>((tie) => ({
      p: fc.oneof(
        { maxDepth: 3 },
        fc.tuple(atom, quantifier).map(([a, q]) => (/^(\^|\$|\\b)$/.test(a) ? a : a + q)),
        fc.tuple(tie('p'), tie('p')).map(([a, b]) => a + b),
        fc.tuple(tie('p'), tie('p')).map(([a, b]) => `${a}|${b}`),
        fc.tuple(tie('p'), quantifier).map(([a, q]) => `(${a})${q}`),
      ),
    })).p;
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'A', '1', '-')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(compileRegex(p)(t), `${p} on ${t}`).to.equal(new RegExp(p, 'i').test(t));
      }),
      { numRuns: 500 },
    );
  });

  it('takes any pattern without hanging or crashing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...'()[]{}|*+?\\^$.a1,-:'.split(''))).map((w) => w.join('')),
        ),
        (p) => {
          try {
            compileRegex(p)('aaaaab');
          } catch (e) {
            if (!(e instanceof RegexError)) throw e;
          }
        },
      ),
    );
    expect(() => compileRegex('((((){1000}){1000}){1000}){1000}')).to.throw(RegexError);
    expect(() => compileRegex('(((a{1000}){1000}){1000}){1000}')).to.throw(RegexError);
    expect(() => compileRegex('('.repeat(10_000))).to.throw(RegexError);
  });

  it('is linear where backtracking would not end', () => {
    const evil = compileRegex('^(a+)+$');
    const start = performance.now();
    expect(evil(`${'a'.repeat(50_000)}b`)).to.equal(false);
    expect(performance.now() - start).to.be.lessThan(2000);
  });
});
