import { expect } from 'chai';
import fc from 'fast-check';
import { Timeline } from '../../../tui/trace/timeline.ts';

describe('tui/trace/timeline', () => {
  it('loses nothing, in bounded room, however long it goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e9, max: 1.1e9, noNaN: true }), { maxLength: 200 }), (times) => {
        const t = new Timeline(2);
        for (const time of times) t.add(1, time);
        expect(t.length).to.be.at.most(2048);
        for (const parts of [1, 7, 5000]) {
          const counts = t.counts(1, parts);
          expect(counts.length).to.be.at.most(parts);
          expect(counts.reduce((a, b) => a + b, 0)).to.equal(times.length);
        }
        expect(t.counts(0, 10).every((n) => n === 0)).to.equal(true);
      }),
    );
  });

  it('puts what happened where it happened', () => {
    const t = new Timeline(1);
    for (let s = 0; s < 3600; s++) t.add(0, 1e9 + s);
    expect(t.start).to.equal(1e9);
    const quarters = t.counts(0, 4);
    expect(quarters.length).to.equal(4);
    for (const n of quarters.slice(0, 3)) expect(n).to.be.within(880, 960);
  });
});
