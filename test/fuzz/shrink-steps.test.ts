import { expect } from 'chai';
import { shrinkSteps, withoutSteps } from '../../fuzz/shrink-steps.ts';
import type { Step } from '../../fuzz/step.ts';

const step = (n: number, ...from: number[]): Step => ({
  on: 0,
  act: 'call',
  bytes: Uint8Array.of(n),
  procedure: null,
  carry: from.map((one) => ({ from: one, off: 0, len: 0, wanted: () => true })),
});
const numbers = (steps: readonly Step[]): number[] => steps.map(({ bytes }) => bytes[0] as number);

describe('fuzz/shrink-steps', () => {
  const session = Array.from({ length: 40 }, (_, n) => step(n));

  it('leaves what the last step needs, and the last step', async () => {
    const needed = [3, 17, 38];
    const fails = async (steps: readonly Step[]) => needed.every((n) => numbers(steps).includes(n));
    expect(numbers(await shrinkSteps(session, fails, 200))).to.deep.equal([...needed, 39]);
    expect(numbers(await shrinkSteps(session, async () => true, 200))).to.deep.equal([39]);
  });

  it('asks only so often', async () => {
    let asked = 0;
    const fails = async () => {
      asked++;
      return false;
    };
    expect(await shrinkSteps(session, fails, 7)).to.equal(session);
    expect(asked).to.equal(7);
  });

  it('counts what is carried anew, and drops what came from a step that is gone', () => {
    const [, , third] = withoutSteps([step(0), step(1), step(2, 0), step(3, 1, 2)], 1, 1);
    expect(third?.carry.map(({ from }) => from)).to.deep.equal([1]);
  });
});
