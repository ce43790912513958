import { expect } from 'chai';
import { succeeded } from '../../../dissector/stats/outcome.ts';
import { record, reply } from './fixture.ts';

describe('dissector/stats/outcome', () => {
  it('takes an accepted, successful reply only', () => {
    const call = record(1, 1);
    expect(succeeded(reply(call, 5))).to.equal(true);
    expect(succeeded(reply(call, 5, { verdict: 'PROC_UNAVAIL' }))).to.equal(false);
    expect(succeeded(reply(call, 5, { verdict: 'RPC_MISMATCH', low: 2, high: 2 }))).to.equal(false);
  });

  it('takes bytes that end in the header for a failure', () => {
    const cut = reply(record(1, 1), 5);
    cut.len = 14;
    expect(succeeded(cut)).to.equal(false);
  });
});
