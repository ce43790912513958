import { expect } from 'chai';
import { watchLoopDelay } from '../../../server/engine/loop-delay.ts';

describe('server/engine/loop-delay', () => {
  it('shows how long everything waited, once', async () => {
    const delay = watchLoopDelay();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const end = performance.now() + 150;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const worst = () => new Map(delay.families()[0]?.samples).get('quantile="1"') ?? 0;
    expect(worst()).to.be.within(0.1, 5);
    expect(worst(), 'looked at just now').to.be.lessThan(0.1);
    delay.stop();
  });
});
