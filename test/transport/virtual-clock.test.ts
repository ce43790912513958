import { expect } from 'chai';
import { VirtualClock } from '../../transport/virtual-clock.ts';

describe('transport: virtual time', () => {
  it('runs what falls due, in order and at its own moment', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b ${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a ${clock.now()}`);
      clock.after(5, () => seen.push(`nested ${clock.now()}`));
    });
    clock.after(20, () => seen.push(`c ${clock.now()}`));
    clock.after(31, () => seen.push('too late'));
    await clock.advance(30);
    expect(seen).to.deep.equal(['a 10', 'nested 15', 'b 20', 'c 20']);
    expect(clock.now()).to.equal(30);
    expect(clock.scheduled).to.equal(1);
  });

  it('repeats until stopped, and lets promises settle between two things', async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    let settled = -1;
    const stop = clock.every(10, () => {
      ticks++;
      if (ticks === 1)
        void Promise.resolve().then(() => Promise.resolve().then(() => (settled = clock.now())));
      if (ticks === 3) stop();
    });
    await clock.advance(100);
    expect(ticks).to.equal(3);
    expect(settled).to.equal(10);
  });

  it('forgets what was taken back', async () => {
    const clock = new VirtualClock();
    let ran = false;
    clock.after(1, () => {
      ran = true;
    })();
    await clock.advance(10);
    expect(ran).to.equal(false);
  });
});
