import { expect } from 'chai';
import { Supervisor } from '../../fuzz/supervise.ts';

describe('fuzz/supervise', () => {
  it('starts, looks at, starts again and stops', async () => {
    const supervisor = new Supervisor('sleep 60', async () => true);
    await supervisor.start();
    expect(supervisor.ended).to.equal(null);
    expect(supervisor.memory()).to.be.greaterThan(0);
    expect(supervisor.descriptors()).to.be.greaterThan(0);
    await supervisor.restart();
    expect(supervisor.ended).to.equal(null);
    await supervisor.stop();
    expect(supervisor.memory()).to.equal(null);
  });

  it('says how it ended, and with which words', async () => {
    const supervisor = new Supervisor('sh -c "echo no such port >&2; exit 4"', async () => false);
    const error = await supervisor.start().catch((e: unknown) => e);
    expect((error as Error).message).to.match(/^exit status 4: no such port$/);
  });
});
