import { expect } from 'chai';
import { CoverageMap, type CoveredRange } from '../../fuzz/coverage-map.ts';

const range = (startOffset: number, endOffset: number, count: number): CoveredRange => ({
  startOffset,
  endOffset,
  count,
});
const script = (...functions: CoveredRange[][]) => [
  { scriptId: '1', url: 'file:///a.js', functions: functions.map((ranges) => ({ ranges })) },
];

describe('fuzz/coverage-map', () => {
  it('paints inner ranges over outer ones, zeros too', () => {
    const map = new CoverageMap();
    expect(map.add(script([range(0, 100, 1), range(20, 60, 0), range(30, 40, 2)]))).to.equal(true);
    expect(map.covered).to.equal(100 - 40 + 10);
    expect(map.hasNews(script([range(0, 20, 5)]))).to.equal(false);
    expect(map.hasNews(script([range(0, 100, 1), range(20, 29, 0), range(41, 60, 0)]))).to.equal(true);
  });

  it('sees a block that V8 merged with the one around it, because both ran equally often', () => {
    const map = new CoverageMap();
    map.add(script([range(0, 100, 3), range(50, 70, 0)]));
    // Now the block ran each time: it has no range of its own any more.
    expect(map.add(script([range(0, 100, 3)]))).to.equal(true);
    expect(map.covered).to.equal(100);
  });

  it('does not take the text of a nested function that was not called for covered', () => {
    const map = new CoverageMap();
    map.add(script([range(0, 100, 1)], [range(10, 30, 0)]));
    expect(map.covered).to.equal(80);
    expect(map.add(script([range(10, 30, 1)]))).to.equal(true);
    expect(map.covered).to.equal(100);
  });

  it('looks without remembering, and keeps scripts apart', () => {
    const map = new CoverageMap();
    const one = script([range(0, 10, 1)]);
    expect(map.hasNews(one)).to.equal(true);
    expect(map.hasNews(one)).to.equal(true);
    expect(map.add(one)).to.equal(true);
    expect(map.hasNews(one)).to.equal(false);
    expect(map.hasNews([{ ...one[0]!, scriptId: '2' }])).to.equal(true);
    expect(map.hasNews(script([range(200_000, 200_001, 1)]))).to.equal(true);
    expect(map.hasNews([])).to.equal(false);
  });
});
