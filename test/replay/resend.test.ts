import { expect } from 'chai';
import { Resender } from '../../replay/index.ts';
import { eventually } from '../peers/daemon.ts';

const BACKOFF = { firstMs: 4, factor: 2, mostMs: 10 };

describe('replay/resend', () => {
  it('gives things back farther and farther apart, until they are settled', async () => {
    const times: number[] = [];
    const sent = new Map<string, number>();
    const resender = new Resender<string>({
      backoff: BACKOFF,
      now: () => performance.now(),
      again(item) {
        const count = (sent.get(item) ?? 0) + 1;
        sent.set(item, count);
        if (item === 'long') times.push(performance.now());
        return item === 'long' ? count < 5 : false;
      },
    });
    const start = performance.now();
    resender.watch('short');
    resender.watch('long');
    expect(await eventually(() => sent.get('long') === 5)).to.equal(true);
    expect(sent.get('short')).to.equal(1);
    // 4, 8, 10, 10, 10: timers come late, never early
    expect(times[0]! - start).to.be.greaterThan(3.5);
    expect(times[4]! - start).to.be.greaterThan(40);
    resender.stop();
  });

  it('gives nothing back once it is stopped', async () => {
    let again = 0;
    const resender = new Resender<number>({
      backoff: BACKOFF,
      now: () => performance.now(),
      again: () => {
        again++;
        return true;
      },
    });
    resender.watch(1);
    resender.stop();
    let late = false;
    setTimeout(() => {
      late = true;
    }, 20);
    await eventually(() => late);
    expect(again).to.equal(0);
  });
});
