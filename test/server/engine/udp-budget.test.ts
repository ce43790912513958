import { expect } from 'chai';
import { SourceBudget } from '../../../server/engine/udp-budget.ts';

const LIMITS = { bytesPerSecond: 1000, burstBytes: 5000, sources: 3 };

describe('server/engine/udp-budget', () => {
  it('answers until the burst is drawn, and again as it refills', () => {
    const budget = new SourceBudget(LIMITS);
    budget.spend('a', 4999, 0);
    expect(budget.allows('a', 0)).to.equal(true);
    budget.spend('a', 1, 0);
    expect(budget.allows('a', 0)).to.equal(false);
    expect(budget.allows('a', 1)).to.equal(true);
    expect(budget.allows('b', 0)).to.equal(true);
  });

  it('makes an overdraft be paid by silence, and saves no more than the burst', () => {
    const budget = new SourceBudget(LIMITS);
    budget.spend('a', 15_000, 0);
    expect(budget.allows('a', 10_000)).to.equal(false);
    expect(budget.allows('a', 10_001)).to.equal(true);
    budget.allows('a', 1_000_000);
    budget.spend('a', 5000, 1_000_000);
    expect(budget.allows('a', 1_000_000)).to.equal(false);
  });

  it('remembers so many addresses, those heard of last', () => {
    const budget = new SourceBudget(LIMITS);
    for (const source of ['a', 'b', 'c']) budget.spend(source, 9000, 0);
    budget.allows('a', 1);
    budget.spend('d', 1, 1);
    expect(budget.size).to.equal(3);
    expect(budget.allows('a', 1)).to.equal(false);
    expect(budget.allows('b', 1)).to.equal(true);
  });
});
