import { expect } from 'chai';
import fc from 'fast-check';
import { Deadline, TimerWheel } from '../../transport/timer-wheel.ts';
import { VirtualClock } from '../../transport/virtual-clock.ts';

describe('transport: the timer wheel', () => {
  it('expires an entry at its deadline or within one tick after it', async () => {
    const clock = new VirtualClock();
    const wheel = new TimerWheel(clock, { tickMs: 50 });
    await clock.advance(7);
    let at = -1;
    wheel.add(new Deadline(() => (at = clock.now())), 120);
    await clock.advance(1000);
    expect(at).to.be.within(127, 177);
    expect(wheel.size).to.equal(0);
  });

  it('ticks only while something hangs on it', async () => {
    const clock = new VirtualClock();
    const wheel = new TimerWheel(clock);
    expect(clock.scheduled).to.equal(0);
    wheel.add(new Deadline(() => undefined), 10);
    expect(clock.scheduled).to.equal(1);
    await clock.advance(200);
    expect(clock.scheduled).to.equal(0);
  });

  it('takes an entry off, moves one that is added again, and forgives what is not on', async () => {
    const clock = new VirtualClock();
    const wheel = new TimerWheel(clock);
    const seen: string[] = [];
    const removed = new Deadline(() => seen.push('removed'));
    const moved = new Deadline(() => seen.push(`moved ${clock.now()}`));
    wheel.add(removed, 100);
    wheel.add(moved, 100);
    wheel.remove(removed);
    wheel.remove(removed);
    wheel.add(moved, 500);
    expect(wheel.size).to.equal(1);
    await clock.advance(1000);
    expect(seen).to.deep.equal(['moved 500']);
  });

  it('lets an expiry add and remove entries, also of its own moment', async () => {
    const clock = new VirtualClock();
    const wheel = new TimerWheel(clock);
    const seen: string[] = [];
    const victim = new Deadline(() => seen.push('victim'));
    const again = new Deadline(() => {
      seen.push(`again ${clock.now()}`);
      wheel.remove(victim);
      if (seen.length < 3) wheel.add(again, 50);
    });
    wheel.add(again, 100);
    wheel.add(victim, 100);
    await clock.advance(1000);
    expect(seen).to.deep.equal(['again 100', 'again 150', 'again 200']);
  });

  it('works off everything after a long sleep, and nothing before its time', () => {
    let now = 0;
    const wheel = new TimerWheel({ now: () => now, every: () => () => undefined }, { tickMs: 10, slots: 8 });
    const seen: number[] = [];
    for (const ms of [5, 80, 300, 799, 801, 5000]) wheel.add(new Deadline(() => seen.push(ms)), ms);
    now = 800;
    wheel.advance();
    expect(seen.toSorted((a, b) => a - b)).to.deep.equal([5, 80, 300, 799]);
    expect(wheel.size).to.equal(2);
    now = 10_000;
    wheel.advance();
    expect(wheel.size).to.equal(0);
  });

  it('is never early and at most a tick late, for any deadlines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5000), { maxLength: 40 }),
        fc.integer({ min: 1, max: 90 }),
        async (delays, tickMs) => {
          const clock = new VirtualClock();
          const wheel = new TimerWheel(clock, { tickMs, slots: 16 });
          let expired = 0;
          for (const delay of delays) {
            wheel.add(
              new Deadline(() => {
                expired++;
                if (clock.now() < delay || clock.now() > Math.max(delay, 1) + tickMs) throw new Error('off');
              }),
              delay,
            );
          }
          await clock.advance(6000);
          return expired === delays.length;
        },
      ),
      { numRuns: 15 },
    );
  });

  it('refuses what is no wheel', () => {
    const clock = new VirtualClock();
    expect(() => new TimerWheel(clock, { tickMs: 0 })).to.throw(RangeError);
    expect(() => new TimerWheel(clock, { slots: 12 })).to.throw(RangeError);
  });
});
