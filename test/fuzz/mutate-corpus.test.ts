import { expect } from 'chai';
import { codecOf, rngOf } from '../../codec/xdr/index.ts';
import { CorpusBuilder } from '../../fuzz/corpus.ts';
import { applyEdit } from '../../fuzz/edit.ts';
import { crossOverFrom, fromNumbers } from '../../fuzz/mutate-corpus.ts';
import { baseCall } from '../../fuzz/plan.ts';
import { datagramPlan, ECHO, PUT } from './base.ts';

describe('fuzz/mutate-corpus', () => {
  const base = baseCall(PUT, 0, datagramPlan);
  const codec = codecOf(PUT.declared.procedure.argument);

  it('puts values of the same type only, so that what comes out is a call still', () => {
    const corpus = new CorpusBuilder();
    for (let round = 1; round < 5; round++) {
      const { message, body } = baseCall(PUT, round, datagramPlan);
      corpus.addCall({ procedure: PUT, args: message.subarray(body) });
      const echo = baseCall(ECHO, round, datagramPlan);
      corpus.addCall({ procedure: ECHO, args: echo.message.subarray(echo.body) });
    }
    let changed = 0;
    for (let seed = 0; seed < 100; seed++) {
      const crossed = crossOverFrom(base.message, base.map, corpus, rngOf(seed));
      if (crossed === null) continue;
      const message = applyEdit(base.message, crossed.edit);
      codec.decode(message, base.body);
      if (Buffer.compare(message, base.message) !== 0) changed++;
    }
    expect(changed).to.be.greaterThan(90);
  });

  it('has nothing to give from a corpus without the type', () => {
    expect(crossOverFrom(base.message, base.map, new CorpusBuilder(), rngOf(1))).to.equal(null);
  });

  it('puts a number in every integer that has room for it', () => {
    const made = [...fromNumbers(base.map, [7n, 2n ** 40n])];
    const places = base.map.points.filter(({ kind }) => kind === 'integer');
    expect(places.length).to.be.greaterThan(0);
    expect(made.map(({ id }) => id)).to.deep.equal(places.map(() => 'dict.7'));
    const [first] = made;
    const message = applyEdit(base.message, first!.edit);
    expect(Buffer.from(message).readInt32BE(first!.edit.off)).to.equal(7);
  });
});
