import { expect } from 'chai';
import { rngOf } from '../../codec/xdr/index.ts';
import { applyEdit } from '../../fuzz/edit.ts';
import { crossOver, fromDictionary, havoc } from '../../fuzz/mutate-wild.ts';
import { baseCall } from '../../fuzz/plan.ts';
import { datagramPlan, ECHO, PUT } from './base.ts';

describe('fuzz/mutate-wild', () => {
  const base = baseCall(PUT, 0, datagramPlan);

  it('changes arguments only, the same way for the same seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const once = applyEdit(base.message, havoc(base.message, base.body, rngOf(seed)).edit);
      const again = applyEdit(base.message, havoc(base.message, base.body, rngOf(seed)).edit);
      expect([...once]).to.deep.equal([...again]);
      expect([...once.subarray(0, base.body)]).to.deep.equal([...base.message.subarray(0, base.body)]);
      expect(once.length).to.equal(base.message.length);
    }
  });

  it('exchanges parts of the same type only', () => {
    const donor = baseCall(PUT, 1, datagramPlan);
    for (let seed = 0; seed < 50; seed++) {
      const crossed = crossOver(base.map, donor, rngOf(seed));
      const part = base.map.parts.find((one) => one.path === crossed?.path && one.off === crossed?.edit.off);
      expect(part, String(seed)).not.to.equal(undefined);
    }
    expect(crossOver(base.map, baseCall(ECHO, 0, datagramPlan), rngOf(1))).to.equal(null);
  });

  it('puts words where they fit', () => {
    const word = Buffer.from('root');
    const long = Buffer.alloc(17);
    expect([...fromDictionary(base.map, [word, long])].map(({ id, path }) => `${id} ${path}`)).to.deep.equal([
      'dict(0) name',
    ]);
  });
});
