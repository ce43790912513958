import { expect } from 'chai';
import { uuidBytes } from '../../../codec/programs/uuid.ts';
import { virt_event_source } from '../../../codec/programs/virt.gen.ts';
import type { Driver } from '../../../server/drivers/driver.ts';
import { createTestDriver } from '../../../server/drivers/test/test-driver.ts';
import { EVENT_LIMITS, EventStream, eventProcedure } from '../../../server/virt/event-stream.ts';
import type { ConnectionView } from '../../../transport/peer-types.ts';
import { domainText, networkText } from '../documents.ts';

const { VIRT_EVENT_SOURCE_DOMAIN: DOMAIN, VIRT_EVENT_SOURCE_NETWORK: NETWORK } = virt_event_source;
const ALL = new Uint8Array(0);

/** A client that answers when the test says so. */
class Client implements ConnectionView {
  readonly id = 1;
  readonly access = 'rw';
  readonly transport = 'tcp';
  readonly remote = 'r';
  // biome-ignore lint/suspicious/noExplicitAny: events of every type, looked at by the test
  readonly got: { name: string; args: any }[] = [];
  readonly waiting: (() => void)[] = [];

  callback(_program: number, _version: number, procedure: { name: string }, args: unknown): Promise<unknown> {
    this.got.push({ name: procedure.name, args });
    return new Promise((resolve) => this.waiting.push(() => resolve(undefined)));
  }

  onClose(): void {}

  async answerAll(): Promise<void> {
    for (const answer of this.waiting.splice(0)) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('server/virt/event-stream', () => {
  let driver: Driver;
  let client: Client;

  beforeEach(async () => {
    driver = await createTestDriver({ uri: 'test:///default' });
    client = new Client();
  });

  it('sends what was registered for: a source, or one object of it', async () => {
    const stream = new EventStream(client, driver, EVENT_LIMITS);
    const test = await driver.domainByName('test');
    const all = stream.register({ source: DOMAIN, object: ALL });
    const one = stream.register({ source: DOMAIN, object: uuidBytes(test.uuid) });
    const networks = stream.register({ source: NETWORK, object: ALL });
    await driver.suspendDomain(test.id);
    await driver.createDomain(domainText('other'));
    await driver.createNetwork(networkText('n'));
    expect(client.got.map(({ name, args }) => [name, args.registration])).to.deep.equal([
      ['VIRT_EVENTS_DOMAIN', all],
      ['VIRT_EVENTS_DOMAIN', one],
      ['VIRT_EVENTS_DOMAIN', all],
      ['VIRT_EVENTS_NETWORK', networks],
    ]);
    expect(client.got[0]?.args).to.deep.include({
      kind: 3,
      detail: 6,
      dom: { ...test, uuid: uuidBytes(test.uuid) },
    });
  });

  it('stops with each registration, and with all', async () => {
    const stream = new EventStream(client, driver, EVENT_LIMITS);
    const first = stream.register({ source: DOMAIN, object: ALL });
    const second = stream.register({ source: DOMAIN, object: ALL });
    stream.deregister(first);
    expect(() => stream.deregister(first)).to.throw(`no registration ${first}`);
    await driver.createDomain(domainText('a'));
    expect(client.got.map(({ args }) => args.registration)).to.deep.equal([second]);
    stream.close();
    await driver.createDomain(domainText('b'));
    expect(client.got).to.have.length(1);
    const third = stream.register({ source: DOMAIN, object: ALL });
    expect(third).to.be.greaterThan(second);
    await driver.createDomain(domainText('c'));
    expect(client.got).to.have.length(2);
  });

  it('has so many registrations, and takes UUIDs only', () => {
    const stream = new EventStream(client, driver, EVENT_LIMITS);
    const register = (): number => stream.register({ source: DOMAIN, object: ALL });
    const ids = Array.from({ length: 64 }, register);
    expect(register).to.throw('limit reached: 64 registrations');
    stream.deregister(ids[0] ?? 0);
    expect(register()).to.equal(65);
    expect(() => stream.register({ source: DOMAIN, object: new Uint8Array(15) })).to.throw(
      'a UUID, or empty',
    );
  });

  it('tells a client that is too slow once, with a count, and goes on', async () => {
    const stream = new EventStream(client, driver, { outstanding: 4, registrations: 1 });
    stream.register({ source: DOMAIN, object: ALL });
    const { id } = await driver.domainByName('test');
    for (let i = 0; i < 10; i++) await (i % 2 === 0 ? driver.suspendDomain(id) : driver.resumeDomain(id));
    expect(client.got).to.have.length(4);
    await client.answerAll();
    expect(client.got.slice(4)).to.deep.equal([{ name: 'VIRT_EVENTS_OVERFLOW', args: { lost: 6 } }]);
    await driver.suspendDomain(id);
    expect(client.got.at(-1)?.name).to.equal('VIRT_EVENTS_DOMAIN');
    expect(EVENT_LIMITS.outstanding).to.equal(256);
  });

  it('knows its procedures', () => {
    expect(eventProcedure('VIRT_EVENTS_NULL').number).to.equal(0);
    expect(() => eventProcedure('constructor')).to.throw(TypeError);
  });
});
