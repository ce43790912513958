import { expect } from 'chai';
import { micros, NO_TIME, ResponseTimes } from '../../../dissector/stats/response-times.ts';

describe('dissector/stats/response-times', () => {
  it('keeps least, most, sum and average, also when the first is zero', () => {
    const times = new ResponseTimes();
    expect(times.averageNs).to.equal(0);
    for (const ns of [0, 5, 10]) times.add(ns);
    expect([times.count, times.minNs, times.maxNs, times.totalNs, times.averageNs]).to.eql([
      3,
      0,
      10,
      15n,
      5,
    ]);
  });

  it('adds up what no double holds', () => {
    const times = new ResponseTimes();
    for (let i = 0; i < 3; i++) times.add(Number.MAX_SAFE_INTEGER);
    expect(times.totalNs).to.equal(3n * BigInt(Number.MAX_SAFE_INTEGER));
  });

  it('rounds to microseconds in ten columns', () => {
    expect(micros(1499)).to.equal('  0.000001');
    expect(micros(1500)).to.equal('  0.000002');
    expect(micros(12_345_678_901_234)).to.equal('12345.678901');
    expect(NO_TIME).to.have.length(micros(0).length);
  });
});
