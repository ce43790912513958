import { expect } from 'chai';
import { FAMILIES, isKnown, isOf, SHAPE_NOTES } from '../../fuzz/catalogue.ts';
import { casesOf } from '../../fuzz/plan.ts';
import { served, streamPlan } from './base.ts';

const plannedFamilies = (one: (typeof served.procedures)[number]): string[] =>
  [...casesOf(one, 0, streamPlan)].map(({ family }) => family);

describe('fuzz/catalogue', () => {
  it('has a family for every case of a plan', () => {
    const orphans = served.procedures.flatMap((procedure) =>
      [...casesOf(procedure, 0, streamPlan)]
        .filter(({ family }) => family !== 'valid' && !FAMILIES.some(({ id }) => isOf(family, id)))
        .map(({ family }) => family),
    );
    expect(orphans).to.deep.equal([]);
  });

  it('sends every shape of the catalogue of malformed messages, and says of which it is not to the letter', () => {
    const counts = { RM: 14, RPC: 7, AU: 9, X: 16, S: 9, U: 5, D: 6, P: 5 };
    const shapes = Object.entries(counts).flatMap(([group, count]) =>
      Array.from({ length: count }, (_, i) => `${group}-${String(i + 1).padStart(2, '0')}`),
    );
    expect(shapes).to.have.length(71);
    expect(shapes.filter((id) => !isKnown(id))).to.deep.equal([]);
    // A case of each, of some procedure; killing takes a process of ours and is planned all the same.
    const families = new Set(served.procedures.flatMap((one) => plannedFamilies(one)));
    const unsent = shapes.filter((id) => ![...families].some((family) => isOf(family, id)));
    // the program has no hyper
    expect(unsent).to.deep.equal(['X-13']);
    expect(Object.keys(SHAPE_NOTES).filter((id) => !shapes.includes(id))).to.deep.equal([]);
  });

  it('knows families, their cases and shapes by name, and nothing else', () => {
    expect(isOf('len.max+1', 'len')).to.equal(true);
    expect(isOf('len.max+1', 'X-02')).to.equal(true);
    expect(isOf('hdr.proc(999)', 'RPC-03')).to.equal(true);
    expect(isOf('len.max+1', 'X-01')).to.equal(false);
    expect(isOf('len.max+1', 'le')).to.equal(false);
    for (const known of ['len', 'len.max', 'frag.zero(9)', 'RM-02', 'hdr', 'S-05'])
      expect(isKnown(known), known).to.equal(true);
    for (const other of ['lenient', 'RM-99', '']) expect(isKnown(other), other).to.equal(false);
  });
});
