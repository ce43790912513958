import { expect } from 'chai';
import { rngOf } from '../../codec/xdr/index.ts';
import { ByteMutator } from '../../fuzz/mutate-bytes.ts';

const seed = Uint8Array.from({ length: 40 }, (_, i) => i);
const none = { words: [], numbers: [] };

describe('fuzz/mutate-bytes', () => {
  it('makes the same inputs from the same seed, leaves what it was given, and is never too long', () => {
    const made = [1, 1].map((n) => {
      const mutator = new ByteMutator(rngOf(n), { words: [Buffer.from('word')], numbers: [99n] }, 48);
      return Array.from({ length: 2000 }, () => mutator.mutate(seed, seed));
    });
    expect(made[0]).to.deep.equal(made[1]);
    expect(Math.max(...made[0]!.map(({ length }) => length))).to.be.within(41, 48);
    expect([...seed]).to.deep.equal(Array.from({ length: 40 }, (_, i) => i));
    const mostly = made[0]!.filter((bytes) => bytes.length === 40);
    expect(mostly.length).to.be.greaterThan(500);
  });

  it('puts in words and numbers of the dictionary, as bytes, words and hypers', () => {
    const numbers = [0xabn, 0x12345678n, 0x1122334455667788n];
    const mutator = new ByteMutator(rngOf(3), { words: [Buffer.from('secret')], numbers }, 64);
    const all = Array.from({ length: 5000 }, () => Buffer.from(mutator.mutate(new Uint8Array(24), seed)));
    for (const wanted of ['ab', '000000ab', '12345678', '1122334455667788']) {
      expect(
        all.some((bytes) => bytes.includes(wanted, 0, 'hex')),
        wanted,
      ).to.equal(true);
    }
    expect(all.some((bytes) => bytes.includes('secret'))).to.equal(true);
  });

  it('tries every number of the dictionary at every place, once', () => {
    const mutator = new ByteMutator(rngOf(1), { words: [], numbers: [7n, 0x1234n] }, 64);
    const all = [...mutator.systematic(new Uint8Array(8))].map((bytes) => Buffer.from(bytes).toString('hex'));
    // one number is a byte, both are words
    expect(all).to.have.length(8 + 2 * 2);
    expect(all).to.include('0000000000070000').and.to.include('0000000000001234');
    let long = 0;
    for (const { length } of mutator.systematic(new Uint8Array(17_000))) long += Math.sign(length);
    expect(long).to.equal(16_384 + (2 * 17_000) / 4);
  });

  it('makes something of nothing', () => {
    const mutator = new ByteMutator(rngOf(1), none, 16);
    const all = Array.from({ length: 100 }, () => mutator.mutate(new Uint8Array(0), new Uint8Array(0)));
    expect(all.some(({ length }) => length > 0)).to.equal(true);
  });
});
