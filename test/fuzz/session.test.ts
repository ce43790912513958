import { expect } from 'chai';
import { isOf } from '../../fuzz/catalogue.ts';
import { casesOf, type FuzzCase } from '../../fuzz/plan.ts';
import { datagramPlan, ECHO, PUT, served, streamPlan } from './base.ts';

const sessions = (plan = streamPlan, procedure = ECHO): FuzzCase[] =>
  [...casesOf(procedure, 0, plan)].filter((one) => one.steps !== undefined);

const CONTRACT = [
  ...['half', 'slow', 'rst', 'fin', 'pipeline'].map((name) => `tcp.${name}`),
  ...['dup', 'drop', 'reorder', 'splice', 'replace-handle', 'two-conns', 'pre-auth', 'post-close'].map(
    (name) => `sess.${name}`,
  ),
];

describe('fuzz/session', () => {
  it('has every family of sessions, and over datagrams those without a stream', () => {
    const over = (plan: typeof streamPlan): string[] => {
      // which calls a session has is drawn, so several procedures and rounds are looked at
      const all = served.procedures.flatMap((one) =>
        [0, 1, 2].flatMap((round) =>
          [...casesOf(one, round, plan)].filter(({ steps }) => steps !== undefined),
        ),
      );
      return CONTRACT.filter((id) => all.some(({ family }) => isOf(family, id)));
    };
    expect(over(streamPlan)).to.deep.equal(CONTRACT);
    expect(over(datagramPlan)).to.deep.equal(CONTRACT.filter((id) => id.startsWith('sess.')));
  });

  it('goes on behind a mutated message: the same call again, as it should be', () => {
    const mutated = sessions(streamPlan, PUT).filter(({ family }) => !/^(?:sess|tcp|storm)/.test(family));
    expect(mutated.length).to.be.greaterThan(3);
    for (const { path, steps = [], bytes, family } of mutated) {
      const at = Number(/^#(\d+)/.exec(path)?.[1]);
      expect(steps[at]?.bytes, family).to.equal(bytes);
      expect(steps[at + 1]?.procedure).to.equal(steps[at]?.procedure);
      expect(steps[at + 1]?.bytes).not.to.deep.equal(bytes);
      expect(steps.length).to.be.greaterThan(at + 1);
    }
  });

  it('takes up what earlier calls were answered with, and counts steps right when one is added before', () => {
    for (const one of sessions()) {
      for (const [i, { carry, bytes }] of (one.steps ?? []).entries()) {
        for (const { from, off, len } of carry) {
          expect(from, one.id).to.be.below(i);
          expect(off + len).to.be.at.most(bytes.length);
        }
      }
    }
    const valid = sessions().find(({ family }) => family === 'sess.valid');
    expect(valid?.steps?.some(({ carry }) => carry.length > 0)).to.equal(true);
  });

  it('gives the same bytes for the same seed, others for another, and no two steps the same xid but twins', () => {
    const bytes = (seed: number) =>
      sessions({ ...streamPlan, seed }).map(({ id, steps }) => [id, steps?.map((step) => step.bytes)]);
    expect(bytes(5)).to.deep.equal(bytes(5));
    expect(bytes(5)).not.to.deep.equal(bytes(6));
  });
});
