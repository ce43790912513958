import { expect } from 'chai';
import fc from 'fast-check';
import { NumberList, SparseColumn } from '../../../tui/trace/growing.ts';

describe('tui/trace/growing', () => {
  it('a list keeps order whatever order numbers come in, and finds them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1e6), { maxLength: 3000 }), fc.nat(1e6), (numbers, other) => {
        const list = new NumberList();
        for (const n of numbers) list.insert(n);
        const sorted = numbers.toSorted((a, b) => a - b);
        expect(Array.from({ length: list.length }, (_, i) => list.get(i))).to.deep.equal(sorted);
        expect(list.has(other)).to.equal(numbers.includes(other));
        expect(list.find(other)).to.equal(sorted.filter((n) => n < other).length);
      }),
      { numRuns: 30 },
    );
  });

  it('a list grows by pushing, and reads as 0 beyond its end', () => {
    const list = new NumberList();
    for (let i = 0; i < 5000; i++) list.push(i * 3);
    expect(list.get(4999)).to.equal(14_997);
    expect(list.get(5000)).to.equal(0);
    list.clear();
    expect(list.length).to.equal(0);
  });

  it('a sparse column has values where they were set and -1 elsewhere', () => {
    const column = new SparseColumn();
    for (let row = 0; row < 1000; row += 7) column.set(row, row * 10);
    expect(column.get(7)).to.equal(70);
    expect(column.get(8)).to.equal(-1);
    expect(column.get(5000)).to.equal(-1);
  });
});
