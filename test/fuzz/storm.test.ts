import { expect } from 'chai';
import { casesOf } from '../../fuzz/plan.ts';
import { datagramPlan, PUT, streamPlan } from './base.ts';

const storms = (plan = streamPlan, round = 0) =>
  [...casesOf(PUT, round, plan)].filter(({ family }) => family.startsWith('storm.'));

describe('fuzz/storm', () => {
  it('ends each in a call that is answered, on a connection that still stands', () => {
    for (const { family, steps = [] } of storms()) {
      const last = steps.at(-1);
      expect(last?.act, family).to.equal('call');
      const ended = steps.filter(({ act }) => act === 'reset' || act === 'end').map(({ on }) => on);
      expect(ended, family).not.to.include(last?.on);
    }
  });

  it('is made in the first round only, and without connections over datagrams', () => {
    expect(storms(streamPlan, 1)).to.deep.equal([]);
    const names = storms(datagramPlan).map(({ family }) => family.replace(/\(.*/, ''));
    expect(names).to.deep.equal(['storm.mixed', 'storm.repeat', 'storm.kill']);
  });
});
