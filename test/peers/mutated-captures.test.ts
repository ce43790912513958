/** A short form of what `npm run soak` does for longer. A failure names its seed. */
import { expect } from 'chai';
import { captureStorm, readCaptures } from './capture-storm.ts';
import { mutate, mutatePackets, random } from './mutations.ts';

describe('captures with faults', () => {
  it('are shown as far as they go, every way there is', async function () {
    this.timeout(30_000);
    expect((await captureStorm({ seed: 1, seconds: 10 })).captures).to.be.greaterThan(0);
    expect(process.memoryUsage.rss()).to.be.below(1 << 30);
  });

  it('mutates alike for the same seed', () => {
    const bytes = readCaptures()[2]!;
    expect(mutatePackets(bytes, random(7))).to.deep.equal(mutatePackets(bytes, random(7)));
    expect(mutate(bytes, random(7)).equals(mutate(bytes, random(8)))).to.equal(false);
  });
});
