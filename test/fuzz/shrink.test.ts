import { expect } from 'chai';
import { shrinkCase } from '../../fuzz/shrink.ts';
import { caseNamed, datagramPlan, PUT } from './base.ts';

describe('fuzz/shrink', () => {
  const one = caseNamed(PUT, '/bool.2@flag');

  it('makes the value small and cuts what is behind what matters', async () => {
    // What fails: a name of at least one byte. It is behind the header of 40 bytes and its length word.
    const fails = async ({ bytes }: { bytes: Uint8Array }) => bytes.length > 44 && (bytes[43] ?? 0) >= 1;
    const smallest = await shrinkCase(one, fails, datagramPlan);
    expect(smallest.bytes.length).to.be.below(one.bytes.length);
    expect(smallest.bytes[43]).to.be.within(1, 4);
    expect(smallest.bytes.length).to.equal(45);
  });

  it('gives the case back where nothing smaller fails, and asks only so often', async () => {
    let asked = 0;
    const never = async () => {
      asked++;
      return false;
    };
    expect(await shrinkCase(one, never, { ...datagramPlan, tries: 10 })).to.equal(one);
    expect(asked).to.be.at.most(10);
  });
});
