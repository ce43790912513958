import { expect } from 'chai';
import { Serial } from '../../../server/drivers/serial.ts';

describe('server/drivers/serial', () => {
  it('runs at once what is synchronous while nothing is under way', () => {
    const serial = new Serial();
    expect(serial.run(() => 1)).to.equal(1);
    expect(() =>
      serial.run(() => {
        throw new Error('no');
      }),
    ).to.throw('no');
    expect(serial.run(() => 2)).to.equal(2);
  });

  it('keeps the order, one at a time, failures or not', async () => {
    const serial = new Serial();
    const log: string[] = [];
    const slow =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const given = [
      serial.run(slow('a')),
      serial.run(slow('b', true)),
      serial.run(() => log.push('c')),
      serial.run(slow('d')),
    ];
    const settled = await Promise.allSettled(given);
    expect(settled.map((one) => one.status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(log).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c', 'd begins', 'd ends']);
    expect(serial.run(() => 'at once')).to.equal('at once');
  });

  it('is idle when all has ended', async () => {
    const serial = new Serial();
    await serial.idle();
    let ended = false;
    void serial.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      ended = true;
    });
    await serial.idle();
    expect(ended).to.equal(true);
  });
});
