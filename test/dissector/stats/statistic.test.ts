import { expect } from 'chai';
import { isStatisticError, StatisticError } from '../../../dissector/stats/statistic.ts';

describe('dissector/stats/statistic', () => {
  it('knows its error, also one of another copy of the module', () => {
    expect(isStatisticError(new StatisticError('no interval'))).to.equal(true);
    expect(isStatisticError(Object.assign(new Error(), { name: 'StatisticError' }))).to.equal(true);
    expect(isStatisticError(new Error('StatisticError'))).to.equal(false);
  });
});
