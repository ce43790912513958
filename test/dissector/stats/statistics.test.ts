import { expect } from 'chai';
import { findStatistic, STATISTICS } from '../../../dissector/stats/statistics.ts';

describe('dissector/stats/statistics', () => {
  it('finds a statistic by its name, and what follows it', () => {
    for (const statistic of STATISTICS) {
      expect(findStatistic(statistic.name)).to.deep.equal({ statistic, args: '' });
      expect(findStatistic(`${statistic.name},a,b`)).to.deep.equal({ statistic, args: 'a,b' });
      expect(findStatistic(`${statistic.name}x`)?.statistic).to.not.equal(statistic);
    }
    expect(findStatistic('')).to.equal(undefined);
  });

  it('has one statistic of a name, and tells its usage', () => {
    expect(new Set(STATISTICS.map(({ name }) => name)).size).to.equal(STATISTICS.length);
    for (const { name, usage } of STATISTICS) expect(usage.startsWith(name), usage).to.equal(true);
  });
});
