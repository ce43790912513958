import { expect } from 'chai';
import { type VirtNotice, watchVirt } from '../../client/virt-watch.ts';
import { programs } from '../../codec/programs/virt.gen.ts';
import { TransportError } from '../../transport/errors.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { Peer } from '../../transport/peer.ts';
import type { Service } from '../../transport/peer-types.ts';
import { until } from '../until.ts';

const URI = 'test+tcp://h/default';
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A daemon that can go away and come back, and counts who registers. */
function playDaemon() {
  const daemon = { up: true, dials: 0, registered: 0, refuses: false, peers: [] as Peer[] };
  const error = { code: 1, domain: 7, level: 2, message: 'not ready', dom: null, net: null, detail: null };
  const service: Service = {
    program: programs[0] ?? expect.fail('no program'),
    handler: (name) => () => {
      if (name === 'VIRT_VERSION_EXCHANGE') return { status: 0, agreed: { minor: 1, features: [] } };
      if (name !== 'VIRT_EVENT_REGISTER') return { status: 0 };
      if (daemon.refuses) return { status: 1, error };
      return { status: 0, registration: ++daemon.registered };
    },
    access: 'unrestricted',
  };
  const dial = async () => {
    daemon.dials++;
    if (!daemon.up) throw new TransportError('UNREACHABLE', 'nobody there');
    const [near, far] = memoryPair();
    daemon.peers.push(new Peer(far, { side: 'server', services: [service] }));
    return near;
  };
  return { daemon, options: { dial, delayMs: 2, maxDelayMs: 8 } };
}

describe('client/virt-watch', () => {
  it('registers for both sources, or for those asked for', async () => {
    const { daemon, options } = playDaemon();
    const watch = await watchVirt(URI, () => undefined, options);
    expect(daemon.registered).to.equal(2);
    await watch.stop();
    const one = await watchVirt(URI, () => undefined, { ...options, sources: ['network'] });
    expect(daemon.registered).to.equal(3);
    await one.stop();
  });

  it('survives a restart of the daemon, and says that something may be missing', async () => {
    const { daemon, options } = playDaemon();
    const notices: VirtNotice[] = [];
    const watch = await watchVirt(URI, (notice) => notices.push(notice), options);
    daemon.up = false;
    daemon.peers[0]?.reset();
    await until(() => daemon.dials > 3);
    expect(notices.map(({ source }) => source)).to.deep.equal(['disconnected']);
    daemon.refuses = true;
    const { dials } = daemon;
    daemon.up = true;
    await until(() => daemon.dials > dials + 2);
    daemon.refuses = false;
    await until(() => notices.length > 1);
    expect(notices.map(({ source }) => source)).to.deep.equal(['disconnected', 'reconnected']);
    expect(daemon.registered).to.equal(4);
    const procedure = programs[1]?.versions[0]?.procedures[3] ?? expect.fail('no procedure');
    await daemon.peers.at(-1)?.call(0x20001a66, 1, procedure, { lost: 1 });
    expect(notices.at(-1)).to.deep.equal({ source: 'overflow', lost: 1 });
    await watch.stop();
  });

  it('rejects where there is nobody at first', async () => {
    const { daemon, options } = playDaemon();
    daemon.up = false;
    expect(await watchVirt(URI, () => undefined, options).catch((e: { code: string }) => e.code)).to.equal(
      'UNREACHABLE',
    );
    await wait(20);
    expect(daemon.dials).to.equal(1);
    daemon.up = true;
    daemon.refuses = true;
    expect(await watchVirt(URI, () => undefined, options).catch((e: { code: number }) => e.code)).to.equal(1);
    await wait(20);
    expect([daemon.dials, daemon.peers[0]?.closed?.kind]).to.deep.equal([2, 'closed']);
  });

  it('stops for good, connected or not', async () => {
    const { daemon, options } = playDaemon();
    const notices: VirtNotice[] = [];
    const watch = await watchVirt(URI, (notice) => notices.push(notice), options);
    await watch.stop();
    expect(notices).to.deep.equal([]);
    const away = await watchVirt(URI, (notice) => notices.push(notice), options);
    daemon.up = false;
    daemon.peers.at(-1)?.reset();
    await until(() => notices.length === 1);
    await away.stop();
    const { dials } = daemon;
    await wait(40);
    expect(daemon.dials).to.be.at.most(dials + 1);
    expect(notices.map(({ source }) => source)).to.deep.equal(['disconnected']);
  });
});
