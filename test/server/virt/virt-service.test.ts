import { expect } from 'chai';
import { virtProcedures } from '../../../codec/programs/virt.declare.ts';
import { randomValue, rngOf } from '../../../codec/xdr/index.ts';
import { createVirtService } from '../../../server/virt/virt-service.ts';
import type { Handler } from '../../../transport/peer-types.ts';
import { until } from '../../until.ts';
import { domainText } from '../documents.ts';
import { type Daemon, NEWEST, programOf, startDaemon, VIRT } from './daemon.ts';

const procedures = programOf(VIRT).versions[0]?.procedures ?? [];
const short = (name: string): string => name.slice('VIRT_'.length);
const DOMAINS = { source: 0, object: new Uint8Array(0) };

describe('server/virt/virt-service', () => {
  let daemon: Daemon;

  beforeEach(async () => {
    daemon = await startDaemon();
  });

  afterEach(() => expect(daemon.failures).to.deep.equal([]));

  it('serves every procedure to those who may write and agreed on the newest version', async () => {
    for (const { name, argument } of procedures) {
      const client = daemon.connect();
      if (name !== 'VIRT_VERSION_EXCHANGE') await client.call('VERSION_EXCHANGE', NEWEST);
      const args = randomValue(argument, rngOf(7));
      expect(await client.verdict(short(name), args), name).to.equal('SUCCESS');
    }
  });

  it('refuses every mutating procedure over a read-only listener, and changes nothing', async () => {
    const client = daemon.connect('ro');
    await client.call('VERSION_EXCHANGE', NEWEST);
    const before = await client.call('LIST_ALL_DOMAINS');
    let refused = 0;
    for (const { name, argument } of procedures) {
      const { access } = virtProcedures.get(name) ?? expect.fail(name);
      if (access !== 'rw') continue;
      refused++;
      for (let seed = 1; seed <= 3; seed++)
        expect(await client.verdict(short(name), randomValue(argument, rngOf(seed))), name).to.equal(
          'AUTH_ERROR',
        );
    }
    expect(refused).to.equal(16);
    expect(await client.call('LIST_ALL_DOMAINS')).to.deep.equal(before);
    expect(await client.verdict('DOMAIN_DESTROY', { id: 1 })).to.equal('AUTH_ERROR');
  });

  it('has minor 0 without an exchange: the 38 requests, and nothing newer', async () => {
    for (const { name, number, argument } of procedures) {
      const args = randomValue(argument, rngOf(3));
      const expected = number <= 41 ? 'SUCCESS' : 'PROC_UNAVAIL';
      expect(await daemon.connect().verdict(short(name), args), name).to.equal(expected);
      const agreed = daemon.connect();
      await agreed.call('VERSION_EXCHANGE', { minor_low: 0, minor_high: 0, features: [] });
      expect(await agreed.verdict(short(name), args), name).to.equal(expected);
    }
  });

  it('has over UDP what needs no connection, of the first driver', async () => {
    const client = daemon.connect('rw', 'udp');
    for (const { name, number, argument } of procedures) {
      const { connected } = virtProcedures.get(name) ?? expect.fail(name);
      const expected = number <= 41 && !connected ? 'SUCCESS' : 'PROC_UNAVAIL';
      expect(await client.verdict(short(name), randomValue(argument, rngOf(3))), name).to.equal(expected);
    }
    expect((await client.call('DOMAIN_LOOKUP_BY_ID', { id: 1 })).dom.name).to.equal('test');
  });

  it('opens what a peer selects, and nothing that it names', async () => {
    const second = daemon.connect();
    expect(await second.call('OPEN', { uri: 'test:///second.xml' })).to.deep.equal({ status: 0 });
    expect(await second.call('NUM_DOMAINS')).to.deep.equal({ status: 0, count: 0 });
    expect((await second.call('OPEN', { uri: null })).error).to.include({
      code: 55,
      message: 'Requested operation is not valid: connection already open',
    });
    for (const [uri, code] of [
      ['test:///etc/passwd', 5],
      ['test+ext:///default', 8],
      ['test:///default?command=/bin/id', 8],
      ['test:///default?socket=/run/x', 8],
      ['test://127.0.0.1:22/default', 8],
    ] as const)
      expect((await daemon.connect().call('OPEN', { uri })).error.code, uri).to.equal(code);
  });

  it('uses the first driver where nothing was opened, and none after closing', async () => {
    const client = daemon.connect();
    expect((await client.call('NUM_DOMAINS')).count).to.equal(1);
    expect((await client.call('OPEN', { uri: 'test:///second.xml' })).error.code).to.equal(55);
    expect(await client.call('CLOSE')).to.deep.equal({ status: 0 });
    expect((await client.call('NUM_DOMAINS')).error).to.include({ code: 6 });
    expect((await client.call('CLOSE')).error.code).to.equal(6);
    expect(await client.call('OPEN', { uri: 'test:///second.xml' })).to.deep.equal({ status: 0 });
    expect((await client.call('NUM_DOMAINS')).count).to.equal(0);
  });

  it('keeps the sessions of two connections apart', async () => {
    const [one, other] = [daemon.connect(), daemon.connect()];
    await one.call('VERSION_EXCHANGE', NEWEST);
    expect(await one.verdict('GET_URI')).to.equal('SUCCESS');
    expect(await other.verdict('GET_URI')).to.equal('PROC_UNAVAIL');
  });

  it('answers errors of drivers and sessions with their domain', async () => {
    const client = daemon.connect();
    const { error } = await client.call('DOMAIN_LOOKUP_BY_NAME', { name: 'x' });
    expect(error).to.deep.equal({
      code: 42,
      domain: 12,
      level: 2,
      message: "Domain not found: no domain with matching name 'x'",
      dom: null,
      net: null,
      detail: null,
    });
    expect((await client.call('OPEN', { uri: 'x' })).error.domain).to.equal(7);
    const hostile = `\udcff${'é'.repeat(126)}`;
    expect((await client.call('DOMAIN_LOOKUP_BY_NAME', { name: hostile })).error.code).to.equal(42);
    expect((await client.call('DOMAIN_DEFINE', { xml: `<a b='${'x'.repeat(9000)}'/>` })).error.code).to.equal(
      27,
    );
    expect(await client.call('GET_VERSION')).to.deep.equal({ status: 0, number: 2n });
  });

  it('sends events as calls, from the registration on, until the client goes', async () => {
    const got: unknown[] = [];
    const events = new Map<string, Handler>([['VIRT_EVENTS_DOMAIN', (args) => void got.push(args)]]);
    const client = daemon.connect('ro', 'tcp', events);
    await client.call('VERSION_EXCHANGE', NEWEST);
    const { registration } = await client.call('EVENT_REGISTER', DOMAINS);
    const writer = daemon.connect();
    const { dom } = await writer.call('DOMAIN_CREATE', { xml: domainText('a') });
    await client.call('GET_URI');
    expect(got).to.deep.equal([{ registration, kind: 2, detail: 4, dom }]);
    expect((await client.call('EVENT_DEREGISTER', { registration: 99 })).error.code).to.equal(8);
    await client.call('EVENT_DEREGISTER', { registration });
    await writer.call('DOMAIN_DESTROY', { id: dom.id });
    await client.call('EVENT_REGISTER', DOMAINS);
    client.peer.close();
    await new Promise((resolve) => setImmediate(resolve));
    await writer.call('DOMAIN_CREATE', { xml: domainText('b') });
    expect(got).to.have.length(1);
  });

  it('asks after clients that agreed to it, and no others', async () => {
    daemon = await startDaemon({ keepalive: { intervalMs: 20, count: 1 } });
    const silent = daemon.connect();
    await silent.call('VERSION_EXCHANGE', NEWEST);
    const asked = daemon.connect();
    const { agreed } = await asked.call('VERSION_EXCHANGE', { ...NEWEST, features: ['keepalive', 'other'] });
    expect(agreed).to.deep.equal({ minor: 1, features: ['keepalive'] });
    const before = [silent.peer.received, asked.peer.received];
    await until(() => asked.peer.received > (before[1] ?? 0) + 3);
    expect(silent.peer.received).to.equal(before[0]);
    expect(asked.server.closed).to.equal(null);
    silent.peer.close();
    asked.peer.close();
  });

  it('needs a driver', () => {
    expect(() => createVirtService({ drivers: [], version: 0n })).to.throw(TypeError);
  });
});
