import { expect } from 'chai';
import fc from 'fast-check';
import { isFilterError } from '../../../dissector/filter/error.ts';
import { parseFilter } from '../../../dissector/filter/parser.ts';
import type { Entity, Test } from '../../../dissector/filter/syntax.ts';

function entity(e: Entity): string {
  switch (e.kind) {
    case 'word':
      return e.text;
    case 'string':
      return JSON.stringify(e.value);
    case 'char':
      return `'${e.code}'`;
    case 'slice':
    case 'layer': {
      const ranges = e.ranges.map((r) => `${r.start}+${r.length}`).join();
      return `${entity(e.of)}${e.kind === 'slice' ? '' : '#'}[${ranges}]`;
    }
    case 'call':
      return `${e.name}(${e.args.map(entity).join()})`;
    case 'arithmetic':
      return `(${entity(e.left)}${e.op}${entity(e.right)})`;
    case 'minus':
      return `-${entity(e.of)}`;
  }
}

function show(t: Test): string {
  switch (t.kind) {
    case 'and':
    case 'or':
      return `(${show(t.left)} ${t.kind} ${show(t.right)})`;
    case 'not':
      return `not ${show(t.of)}`;
    case 'present':
      return entity(t.entity);
    case 'compare':
      return `${t.quantifier ?? ''}[${entity(t.left)} ${t.relation} ${entity(t.right)}]`;
    case 'contains':
    case 'matches':
      return `[${entity(t.left)} ${t.kind} ${entity(t.right)}]`;
    case 'in':
      return `[${entity(t.left)} in ${t.elements
        .map(({ low, high }) => (high === null ? entity(low) : `${entity(low)}..${entity(high)}`))
        .join()}]`;
  }
}

const CASES: readonly (readonly [text: string, tree: string])[] = [
  ['a or b and c', '(a or (b and c))'],
  ['a and b or c', '((a and b) or c)'],
  ['(a or b) and c', '((a or b) and c)'],
  ['!a && !!b', '(not a and not not b)'],
  ['not a == 1 and b', '(not [a == 1] and b)'],
  ['a == 1 or b', '([a == 1] or b)'],
  ['a < b <= c', '([a < b] and [b <= c])'],
  ['all a == 1', 'all[a == 1]'],
  ['any a ne 1', 'any[a != 1]'],
  ['a any_ne 1 or a all_eq 1', '([a !== 1] or [a === 1])'],
  ['a in {1, 2..3}', '[a in 1,2..3]'],
  ['a not in {1}', 'not [a in 1]'],
  ['a contains "x" or a ~ "y"', '([a contains "x"] or [a matches "y"])'],
  ['a + b * c - d == 1', '[((a+(b*c))-d) == 1]'],
  ['a & b + c == 1', '[(a&(b+c)) == 1]'],
  ['{a + b} * c == -1', '[((a+b)*c) == -1]'],
  ['+a == 1', '[a == 1]'],
  ['a[1:2,3-5,6,:7,8:][0]', 'a[1+2,3+3,6+1,0+7,8+null][0+1]'],
  ['a[-4:] == b', '[a[-4+null] == b]'],
  ['a#2 == 1', '[a#[2+1] == 1]'],
  ['a#-1', 'a#[-1+1]'],
  ['a#[1-2]', 'a#[1+2]'],
  ['max(a, len(b)) == 1', '[max(a,len(b)) == 1]'],
];

describe('dissector/filter/parser', () => {
  for (const [text, tree] of CASES) {
    it(text, () => expect(show(parseFilter(text)!)).to.equal(tree));
  }

  it('takes an empty expression as no test', () => {
    expect(parseFilter(' ')).to.equal(null);
  });

  it('answers any text with a tree or a FilterError', () => {
    const words = [
      'a',
      'rpc.xid',
      '==',
      '(',
      ')',
      'and',
      'not',
      'in',
      '{',
      '}',
      '[0:1]',
      '..',
      '#',
      '"x"',
      '-',
      '1',
      ',',
      'len',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...words)).map((w) => w.join(' ')),
        ),
        (text) => {
          try {
            parseFilter(text);
          } catch (e) {
            if (!isFilterError(e)) throw e;
          }
        },
      ),
    );
  });
});
