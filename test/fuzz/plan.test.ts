import { expect } from 'chai';
import { caseOf, casesOf, type FuzzCase, patternCall, plan, procedureId } from '../../fuzz/plan.ts';
import { datagramPlan, ECHO, PUT, served, streamPlan } from './base.ts';

/** All of a case that meets the wire. */
const wireOf = ({ steps = [], bytes, xid, family }: FuzzCase) => ({
  bytes,
  xid,
  family,
  steps: steps.map(({ on, act, bytes: sent, carry }) => [
    on,
    act,
    sent,
    carry.map(({ from, off }) => [from, off]),
  ]),
});

describe('fuzz/plan', () => {
  it('makes a case alone as in the run, byte for byte', () => {
    for (const options of [streamPlan, datagramPlan]) {
      for (const one of casesOf(PUT, 1, options)) {
        if (one.family.startsWith('int')) continue;
        const alone = caseOf(one.id, options);
        expect(alone && wireOf(alone), one.id).to.deep.equal(wireOf(one));
      }
    }
    expect(caseOf('PLANT_PUT.1/0/nothing', datagramPlan)).to.equal(null);
    expect(caseOf('OTHER.1/0/valid', datagramPlan)).to.equal(null);
  });

  it('has no two cases of one id, begins with the valid call, and differs by seed', () => {
    for (const procedure of served.procedures) {
      const ids = [...casesOf(procedure, 0, streamPlan)].map(({ id }) => id);
      expect(new Set(ids).size).to.equal(ids.length);
      const xids = [...casesOf(procedure, 0, streamPlan)].filter(({ steps }) => !steps).map(({ xid }) => xid);
      expect(new Set(xids).size).to.equal(xids.length);
      expect(ids[0]).to.equal(`${procedureId(procedure)}/0/valid`);
    }
    const [a, b] = [5, 6].map((seed) => [...casesOf(PUT, 0, { ...streamPlan, seed })][0]);
    expect(a?.bytes).not.to.deep.equal(b?.bytes);
  });

  it('goes on round after round', () => {
    const rounds = new Set<string>();
    for (const { id } of plan(datagramPlan)) {
      rounds.add(id.split('/')[1] as string);
      if (rounds.size === 3) break;
    }
    expect([...rounds]).to.deep.equal(['0', '1', '2']);
    expect([...plan({ ...datagramPlan, procedures: [] })]).to.deep.equal([]);
  });

  it('fills every opaque of a pattern call', () => {
    const call = patternCall(ECHO, 0x55, datagramPlan);
    expect(call.length).to.equal(40 + 4 + 64);
    expect(call.subarray(44).every((byte) => byte === 0x55)).to.equal(true);
  });
});
