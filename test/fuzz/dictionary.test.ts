import { expect } from 'chai';
import { xdr } from '../../codec/xdr/index.ts';
import { dictionaryOf } from '../../fuzz/dictionary.ts';
import { PUT } from './base.ts';

describe('fuzz/dictionary', () => {
  it('has members of enums, limits and their neighbours, and constants', () => {
    const { words, numbers } = dictionaryOf([PUT.declared.procedure.argument], ['magic', '', 99, 2n ** 60n]);
    expect(words.map((word) => Buffer.from(word).toString())).to.deep.equal(['magic']);
    expect(numbers).to.deep.equal([99n, 2n ** 60n, 16n, 17n, 8n, 9n, 1n, 2n, 4n]);
  });

  it('ends for a type that holds itself', () => {
    const node: ReturnType<typeof xdr.struct> = xdr.struct({
      value: xdr.string(5),
      get next() {
        return xdr.optional(node);
      },
    });
    expect(dictionaryOf([node]).numbers).to.deep.equal([5n, 6n]);
  });
});
