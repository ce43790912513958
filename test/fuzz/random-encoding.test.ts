import { expect } from 'chai';
import { codecOf, rngOf } from '../../codec/xdr/index.ts';
import { randomEncoding } from '../../fuzz/random-encoding.ts';
import { PUT } from './base.ts';

describe('fuzz/random-encoding', () => {
  it('decodes, differs, and comes again from the same source', () => {
    const { argument } = PUT.declared.procedure;
    const made = [1, 1, 2].map((seed) => {
      const random = rngOf(seed);
      return Array.from({ length: 20 }, () => randomEncoding(argument, random));
    });
    for (const bytes of made[0]!) codecOf(argument).decode(bytes);
    expect(made[0]).to.deep.equal(made[1]);
    expect(made[0]).not.to.deep.equal(made[2]);
  });
});
