import { expect } from 'chai';
import { printEvents } from '../../../cli/virt/events.ts';
import { connectVirt } from '../../../client/virt.ts';
import { until } from '../../until.ts';
import { type FakeIo, fakeIo } from '../fake-io.ts';
import { type Running, running } from '../serve/running.ts';
import { VirtSession } from './session.ts';

async function pause(uri: string): Promise<void> {
  const client = await connectVirt(uri);
  const domain = await client.domainByName('test');
  await client.suspendDomain(domain);
  await client.resumeDomain(domain);
  await client.close();
}

const settings = (uri: string) => ({ uri, options: {}, loop: false, json: false, timeoutMs: null });

/** Both registrations of a client, for domains and for networks, have been answered. */
async function ready({ metric }: Running): Promise<void> {
  await until(async () => (await metric('call_seconds_count', '"VIRT_EVENT_REGISTER"')) >= 2);
}

describe('cli/virt/events', () => {
  it('prints the first event as virsh does, and ends', async () => {
    const session = await VirtSession.begin();
    const io = fakeIo();
    const done = printEvents(settings(session.uri), io);
    await ready(session.running);
    await pause(session.uri);
    expect(await done).to.equal(0);
    expect(io.stdout.text).to.match(/^event 'lifecycle' for domain 'test': Suspended Paused\n/);
    expect(io.stdout.text).to.match(/events received: [12]\n\n$/);
    await session.end();
  });

  it('ends after a while without any', async () => {
    const session = await VirtSession.begin();
    const io = fakeIo();
    expect(await printEvents({ ...settings(session.uri), timeoutMs: 50 }, io)).to.equal(0);
    expect(io.stdout.text).to.equal('event loop timed out\nevents received: 0\n\n');
    await session.end();
  });

  it('goes on over a restart of the daemon, and says what it may have missed', async () => {
    const first = await running();
    const url = first.daemon.listening[0]!.url;
    const io: FakeIo = fakeIo();
    const done = printEvents({ ...settings(first.uri), loop: true }, io);
    await ready(first);
    await pause(first.uri);
    await until(() => io.stdout.text.includes('Resumed'));
    await first.daemon.stop();
    await until(() => io.stderr.text.includes('connection lost'));
    const second = await running(['--listen', url]);
    await until(() => io.stderr.text.includes('connected again'));
    expect(io.stderr.text).to.match(/events between \S+Z and \S+Z may have been missed/);
    const before = io.stdout.text.length;
    await pause(second.uri);
    await until(() => io.stdout.text.slice(before).includes('Resumed'));
    io.abort.abort();
    expect(await done).to.equal(130);
    expect(io.stdout.text).to.match(/event loop interrupted\nevents received: 4\n\n$/);
    await second.daemon.stop();
  });

  it('says what is different after a restart', async () => {
    const first = await running();
    const url = first.daemon.listening[0]!.url;
    const io = fakeIo();
    const done = printEvents({ ...settings(first.uri), loop: true, json: true }, io);
    await ready(first);
    const client = await connectVirt(first.uri);
    await client.destroyNetwork((await client.networkByName('default')).uuid);
    await client.defineDomain(
      "<domain type='test'><name>lost</name><memory>1</memory><os><type>hvm</type></os></domain>",
    );
    await client.close();
    await until(() => io.stdout.text.includes('"defined"'));
    await first.daemon.stop();
    const second = await running(['--listen', url]);
    await until(() => io.stdout.text.includes('reconnected'));
    await until(() => io.stdout.text.includes('"missed"') && io.stdout.text.includes("domain 'lost'"));
    io.abort.abort();
    await done;
    const missed = io.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; object?: string })
      .filter(({ event }) => event === 'missed');
    expect(missed).to.deep.include({
      event: 'missed',
      object: "domain 'lost'",
      before: 'shut off',
      after: 'gone',
    });
    await second.daemon.stop();
  });
});
