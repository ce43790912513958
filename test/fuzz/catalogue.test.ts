import { expect } from 'chai';
import { FAMILIES, isKnown, isOf } from '../../fuzz/catalogue.ts';
import { casesOf } from '../../fuzz/plan.ts';
import { served, streamPlan } from './base.ts';

describe('fuzz/catalogue', () => {
  it('has a family for every case of a plan', () => {
    const orphans = served.procedures.flatMap((procedure) =>
      [...casesOf(procedure, 0, streamPlan)]
        .filter(({ family }) => family !== 'valid' && !FAMILIES.some(({ id }) => isOf(family, id)))
        .map(({ family }) => family),
    );
    expect(orphans).to.deep.equal([]);
  });

  it('knows families, their cases and shapes by name, and nothing else', () => {
    expect(isOf('len.max+1', 'len')).to.equal(true);
    expect(isOf('len.max+1', 'X-02')).to.equal(true);
    expect(isOf('hdr.proc(999)', 'RPC-03')).to.equal(true);
    expect(isOf('len.max+1', 'X-01')).to.equal(false);
    expect(isOf('len.max+1', 'le')).to.equal(false);
    for (const known of ['len', 'len.max', 'frag.zero(9)', 'RM-02', 'hdr'])
      expect(isKnown(known), known).to.equal(true);
    for (const other of ['lenient', 'RM-99', '', 'S-05']) expect(isKnown(other), other).to.equal(false);
  });
});
