import { expect } from 'chai';
import { systemClock } from '../../transport/clock.ts';

describe('transport: the system clock', () => {
  it('goes on, ticks, and stops ticking', async () => {
    const start = systemClock.now();
    let ticks = 0;
    let stop = (): void => undefined;
    await new Promise<void>((done) => {
      stop = systemClock.every(2, () => {
        if (++ticks === 2) done();
      });
      setTimeout(() => undefined, 1000).unref();
      setImmediate(function alive() {
        if (ticks < 2) setImmediate(alive);
      });
    });
    stop();
    const seen = ticks;
    await new Promise((done) => setTimeout(done, 20));
    expect(ticks).to.equal(seen);
    expect(systemClock.now()).to.be.greaterThan(start);
  });
});
