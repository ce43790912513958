import { expect } from 'chai';
import { isLiteral, isPresent, makeOperand, type Scope, written } from '../../../dissector/filter/operand.ts';
import { parseFilter } from '../../../dissector/filter/parser.ts';
import type { Entity } from '../../../dissector/filter/syntax.ts';
import type { Value } from '../../../dissector/filter/value.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

const registry = new Registry();
const number = registry.definer('t')('t.n', 'N', 'uint32');
registry.definer('t')('t.absent', 'Absent', 'uint32');

/** `t.n` occurs with these values. */
function scope(values: readonly number[]): Scope {
  const slot = {
    def: number,
    count: values.length,
    values: [...values],
    bufs: values.map(() => Buffer.alloc(0)),
    offs: values.map(() => 0),
    lens: values.map(() => 0),
    texts: [],
  };
  return {
    find: (name) => registry.find(name),
    reference: (def) => ({
      def,
      slot: def === number ? slot : { ...slot, count: 0 },
      layers: values.map((_, i) => i + 1),
    }),
  };
}

function entity(text: string): Entity {
  const test = parseFilter(text);
  if (test?.kind !== 'present') throw new Error('not an entity');
  return test.entity;
}

function values(text: string, occurrences: readonly number[]): Value[] {
  const out: Value[] = [];
  makeOperand(entity(text), scope(occurrences), { type: 'uint32', def: null }).collect(out);
  return out;
}

describe('dissector/filter/operand', () => {
  it('lists occurrences, literals, and every combination in arithmetic', () => {
    expect(values('t.n', [1, 2])).to.deep.equal([1, 2]);
    expect(values('7', [])).to.deep.equal([7]);
    expect(values('t.n * 10 + t.n', [1, 2])).to.deep.equal([11, 12, 21, 22]);
    expect(values('t.n / t.absent', [1])).to.deep.equal([]);
    expect(values('-t.n', [3])).to.deep.equal([-3]);
    expect(values('t.n % 0', [3])).to.deep.equal([]);
  });

  it('picks layers', () => {
    expect(values('t.n#2', [5, 6, 7])).to.deep.equal([6]);
    expect(values('t.n#[2-3]', [5, 6, 7])).to.deep.equal([6, 7]);
    expect(values('t.n#-1', [5, 6, 7])).to.deep.equal([7]);
    expect(values('t.n#[2:]', [5, 6, 7])).to.deep.equal([6, 7]);
  });

  it('does not grow without bound', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    expect(values('t.n + t.n + t.n', many).length).to.equal(100_000);
  });

  it('tells literals from what has a type', () => {
    const s = scope([]);
    expect(['5', '"a"', '-5', '5 + 6'].map((text) => isLiteral(entity(text), s))).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(['t.n', '-t.n', '5 + t.n', 'len(t.n)'].map((text) => isLiteral(entity(text), s))).to.deep.equal([
      false,
      false,
      false,
      false,
    ]);
    expect(written(entity('len(t.n) + 5'))).to.equal('len + 5');
  });

  it('is present with a value, and for arithmetic with one that is not zero', () => {
    const operand = makeOperand(entity('t.n'), scope([0]), null);
    expect(isPresent(operand, false)).to.equal(true);
    expect(isPresent(operand, true)).to.equal(false);
  });
});
