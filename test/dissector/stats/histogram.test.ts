import { expect } from 'chai';
import fc from 'fast-check';
import { Histogram } from '../../../dissector/stats/histogram.ts';

describe('dissector/stats/histogram', () => {
  it('is empty at first', () => {
    const empty = new Histogram();
    expect([empty.count, empty.min, empty.max, empty.percentile(50)]).to.eql([0, 0, 0, 0]);
  });

  it('is never off by more than one in 256 of a percentile', () => {
    const values = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.maxSafeNat()), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 50, 90, 99, 99.9, 100), (all, percent) => {
        const histogram = new Histogram();
        for (const value of all) histogram.add(value);
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil((percent / 100) * all.length) - 1)]!;
        expect(Math.abs(histogram.percentile(percent) - exact)).to.be.at.most(exact / 256);
      }),
    );
  });

  it('keeps numbers beside powers of two apart from those far away', () => {
    for (let power = 1; power <= 53; power++) {
      for (const value of [2 ** power - 1, 2 ** power]) {
        const histogram = new Histogram();
        for (const one of [0, value, Number.MAX_SAFE_INTEGER]) histogram.add(one);
        expect(Math.abs(histogram.percentile(50) - value), String(value)).to.be.at.most(value / 256 + 0.5);
      }
    }
  });

  it('has what another counted after a merge, as if it had been told itself', () => {
    const values = fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat()));
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
        for (const value of a) one.add(value);
        for (const value of b) other.add(value);
        for (const value of [...a, ...b]) both.add(value);
        one.merge(other);
        const seen = ({ count, min, max }: Histogram) => [count, min, max];
        expect(seen(one)).to.deep.equal(seen(both));
        for (const percent of [0, 50, 99, 100])
          expect(one.percentile(percent)).to.equal(both.percentile(percent));
      }),
    );
  });
});
