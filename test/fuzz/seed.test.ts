import { expect } from 'chai';
import { seedOf } from '../../fuzz/seed.ts';

describe('fuzz/seed', () => {
  it('is the same for the same, and another for another seed or name', () => {
    expect(seedOf(1, 'a')).to.equal(seedOf(1, 'a'));
    const all = new Set([0, 1, 2].flatMap((seed) => ['a', 'b', 'ab', ''].map((text) => seedOf(seed, text))));
    expect(all.size).to.equal(12);
  });

  it('spreads names that differ in their last character over two shards', () => {
    const first = Array.from({ length: 1000 }, (_, i) => seedOf(7, `PUT.1/0/len@${i}`) % 2).filter(
      (n) => n === 0,
    );
    expect(first.length).to.be.within(420, 580);
  });
});
