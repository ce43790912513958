import { expect } from 'chai';
import { shrinkBytes } from '../../fuzz/shrink-bytes.ts';

const bytes = Uint8Array.from({ length: 64 }, (_, i) => i + 1);

describe('fuzz/shrink-bytes', () => {
  it('leaves what matters, wherever it stands, and zeroes what only has to be there', async () => {
    const word = Buffer.of(21, 22, 23, 24);
    const fails = (smaller: Uint8Array): boolean =>
      smaller.length >= 12 && Buffer.from(smaller).includes(word);
    const least = await shrinkBytes(bytes, fails);
    expect(least).to.have.length(12);
    expect(least.filter((byte) => byte !== 0)).to.have.length(4);
    expect(fails(least)).to.equal(true);
  });

  it('keeps a beginning, and gives back what cannot be smaller', async () => {
    const least = await shrinkBytes(bytes, async () => true, 8);
    expect([...least]).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await shrinkBytes(bytes, () => false)).to.equal(bytes);
    expect(await shrinkBytes(new Uint8Array(0), () => true)).to.have.length(0);
  });
});
