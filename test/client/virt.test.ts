import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectVirt, type VirtClient, type VirtEvent, type VirtOptions } from '../../client/virt.ts';
import { isVirtError } from '../../client/virt-error.ts';
import type { VirtRoute } from '../../client/virt-uri.ts';
import { programs } from '../../codec/programs/virt.gen.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { Peer } from '../../transport/peer.ts';
import type { Handler, Service } from '../../transport/peer-types.ts';

const DOM = { id: 3, uuid: new Uint8Array(16).fill(0x11), name: 'web' };
const NET = { uuid: new Uint8Array(16).fill(0x22), name: 'lan' };
const UUID = '11111111-1111-1111-1111-111111111111';
const NET_UUID = '22222222-2222-2222-2222-222222222222';
const INFO = { state: 5, max_memory: 2048n, memory: 1024n, vcpus: 2, cpu_time: 7n };
const DETAILS = { dom: DOM, info: INFO, reason: 5, persistent: true, autostart: false, os_type: 'hvm' };
const NET_DETAILS = { net: NET, active: true, persistent: true, autostart: false, bridge: null };
const SHOWN = {
  id: 3,
  uuid: UUID,
  name: 'web',
  state: 'shut off',
  reason: 'destroyed',
  maxMemory: 2048n,
  memory: 1024n,
  vcpus: 2,
  cpuTime: 7n,
  persistent: true,
  autostart: false,
  osType: 'hvm',
};

/** What a daemon answers; by hand, so that nothing of the daemon's code is needed to test its client. */
const BODIES: Record<string, object> = {
  VERSION_EXCHANGE: { agreed: { minor: 1, features: ['keepalive'] } },
  GET_VERSION: { number: 2n },
  GET_DAEMON_VERSION: { number: 1000n },
  GET_TYPE: { text: 'Test' },
  GET_HOSTNAME: { text: 'host' },
  GET_URI: { text: 'test:///default' },
  GET_CAPABILITIES: { xml: '<capabilities/>' },
  GET_NODEINFO: {
    info: { model: 'm', memory: 1n, cpus: 1, mhz: 1, nodes: 1, sockets: 1, cores: 1, threads: 1 },
  },
  LIST_ALL_DOMAINS: { domains: [DETAILS] },
  LIST_ALL_NETWORKS: { networks: [NET_DETAILS] },
  DOMAIN_GET_DETAILS: { details: DETAILS },
  DOMAIN_GET_STATE: { state: { state: 3, reason: 4 } },
  DOMAIN_GET_XML: { xml: '<domain/>' },
  NETWORK_GET_XML: { xml: '<network/>' },
  NETWORK_GET_DETAILS: { details: NET_DETAILS },
  EVENT_REGISTER: { registration: 9 },
};
for (const name of [
  'LOOKUP_BY_ID',
  'LOOKUP_BY_UUID',
  'LOOKUP_BY_NAME',
  'CREATE',
  'DEFINE',
  'START',
  'RESTORE',
])
  BODIES[`DOMAIN_${name}`] = { dom: DOM };
for (const name of ['LOOKUP_BY_UUID', 'LOOKUP_BY_NAME', 'CREATE', 'DEFINE'])
  BODIES[`NETWORK_${name}`] = { net: NET };

interface Played {
  readonly client: VirtClient;
  readonly daemon: Peer;
  readonly calls: [name: string, args: unknown][];
  readonly route: VirtRoute;
}

async function play(overrides: Record<string, Handler> = {}, options: VirtOptions = {}): Promise<Played> {
  const calls: [string, unknown][] = [];
  const service: Service = {
    program: programs[0] ?? expect.fail('no program'),
    handler: (name) => (args, context) => {
      const short = name.slice('VIRT_'.length);
      calls.push([short, args]);
      return overrides[short]?.(args, context) ?? { status: 0, ...BODIES[short] };
    },
    access: 'unrestricted',
  };
  let daemon: Peer | undefined;
  let route: VirtRoute | undefined;
  const client = await connectVirt('test+tcp://h/default', {
    ...options,
    dial: async (given): Promise<MessageDuplex> => {
      route = given;
      const [near, far] = memoryPair();
      daemon = new Peer(far, { side: 'server', services: [service] });
      return near;
    },
  });
  if (daemon === undefined || route === undefined) throw new Error('not dialled');
  return { client, daemon, calls, route };
}

describe('client/virt', () => {
  it('agrees on a version, then opens what the URI names', async () => {
    const { client, calls, route } = await play();
    expect(calls).to.deep.equal([
      ['VERSION_EXCHANGE', { minor_low: 0, minor_high: 1, features: ['keepalive'] }],
      ['OPEN', { uri: 'test:///default' }],
    ]);
    expect(client.agreed).to.deep.equal({ minor: 1, features: ['keepalive'] });
    expect(route.open).to.equal('test:///default');
    const quiet = await play({}, { keepalive: false });
    expect(quiet.calls[0]?.[1]).to.deep.include({ features: [] });
  });

  it('has a method for every procedure, and says what it got in words', async () => {
    const { client, calls } = await play();
    const domain = { id: 3, uuid: UUID, name: 'web' };
    const network = { uuid: NET_UUID, name: 'lan' };
    expect(await client.version()).to.equal(2n);
    expect(await client.daemonVersion()).to.equal(1000n);
    expect([await client.type(), await client.hostname(), await client.uri()]).to.deep.equal([
      'Test',
      'host',
      'test:///default',
    ]);
    expect((await client.nodeInfo()).model).to.equal('m');
    expect(await client.capabilities()).to.equal('<capabilities/>');
    expect(await client.domains()).to.deep.equal([SHOWN]);
    expect(await client.domainDetails(UUID)).to.deep.equal(SHOWN);
    expect(await client.domainState(UUID)).to.deep.equal({ state: 'paused', reason: 'user' });
    expect(await client.domainById(3)).to.deep.equal(domain);
    expect(await client.domainByUuid(UUID)).to.deep.equal(domain);
    expect(await client.domainByName('web')).to.deep.equal(domain);
    expect(await client.createDomain('<c/>')).to.deep.equal(domain);
    expect(await client.defineDomain('<d/>')).to.deep.equal(domain);
    expect(await client.startDomain(UUID)).to.deep.equal(domain);
    expect(await client.restoreDomain('/f')).to.deep.equal(domain);
    expect(await client.domainXml(UUID, { secure: true, inactive: true })).to.equal('<domain/>');
    expect(calls.at(-1)).to.deep.equal(['DOMAIN_GET_XML', { uuid: DOM.uuid, flags: 3 }]);
    for (const work of [
      () => client.suspendDomain(domain),
      () => client.resumeDomain(domain),
      () => client.destroyDomain(domain),
    ]) {
      await work();
      expect(calls.at(-1)?.[1]).to.deep.equal({ id: 3 });
    }
    await client.saveDomain(domain, '/f');
    expect(calls.at(-1)).to.deep.equal(['DOMAIN_SAVE', { id: 3, file: '/f' }]);
    await client.undefineDomain(UUID);
    await client.setDomainAutostart(UUID, true);
    expect(calls.at(-1)).to.deep.equal(['DOMAIN_SET_AUTOSTART', { uuid: DOM.uuid, autostart: true }]);
    const details = { ...network, active: true, persistent: true, autostart: false, bridge: null };
    expect(await client.networks()).to.deep.equal([details]);
    expect(await client.networkDetails(NET_UUID)).to.deep.equal(details);
    expect(await client.networkByUuid(NET_UUID)).to.deep.equal(network);
    expect(await client.networkByName('lan')).to.deep.equal(network);
    expect(await client.createNetwork('<c/>')).to.deep.equal(network);
    expect(await client.defineNetwork('<d/>')).to.deep.equal(network);
    expect(await client.networkXml(NET_UUID)).to.equal('<network/>');
    await client.startNetwork(NET_UUID);
    await client.destroyNetwork(NET_UUID);
    await client.undefineNetwork(NET_UUID);
    await client.setNetworkAutostart(NET_UUID, false);
    expect(calls.at(-1)).to.deep.equal(['NETWORK_SET_AUTOSTART', { uuid: NET.uuid, autostart: false }]);
  });

  it('gives what the daemon refuses as a VirtError, and the RPC verdict as it is', async () => {
    const error = { code: 42, domain: 12, level: 2, message: 'gone', dom: null, net: null, detail: 'd' };
    const { client } = await play({
      DOMAIN_LOOKUP_BY_NAME: () => ({ status: 1, error }),
      GET_URI: () => {
        throw new Error('broken');
      },
    });
    const given = await client.domainByName('x').catch((e: unknown) => e);
    expect(isVirtError(given) && [given.code, given.domain, given.message, given.detail]).to.deep.equal([
      42,
      12,
      'gone',
      'd',
    ]);
    expect(await client.uri().catch((e: { code: string }) => e.code)).to.equal('SYSTEM_ERR');
  });

  it('refuses by itself what needs a domain that runs', async () => {
    const { client, calls } = await play();
    const before = calls.length;
    const off = { id: -1, uuid: UUID, name: 'web' };
    const code = (e: { code: number }): number => e.code;
    expect(await client.suspendDomain(off).catch(code)).to.equal(55);
    expect(await client.saveDomain(off, '/f').catch(code)).to.equal(55);
    expect(calls).to.have.length(before);
  });

  it('hears events and overflow', async () => {
    const events: VirtEvent[] = [];
    const { client, daemon, calls } = await play({}, { onEvent: (event) => events.push(event) });
    expect(await client.registerEvents('domain')).to.equal(9);
    await client.registerEvents('network', NET_UUID);
    expect(calls.slice(-2)).to.deep.equal([
      ['EVENT_REGISTER', { source: 0, object: new Uint8Array(0) }],
      ['EVENT_REGISTER', { source: 1, object: NET.uuid }],
    ]);
    const procedures = programs[1]?.versions[0]?.procedures ?? [];
    const send = async (n: number, args: unknown): Promise<void> => {
      const procedure = procedures[n] ?? expect.fail('no procedure');
      await daemon.call(0x20001a66, 1, procedure, args);
    };
    await send(0, undefined);
    await send(1, { registration: 9, kind: 3, detail: 6, dom: DOM });
    await send(2, { registration: 9, kind: 6, detail: 11, net: NET });
    await send(3, { lost: 12 });
    expect(events).to.deep.equal([
      { source: 'domain', kind: 'suspended', detail: 'paused', domain: { id: 3, uuid: UUID, name: 'web' } },
      { source: 'network', kind: 'autostart', detail: 'disabled', network: { uuid: NET_UUID, name: 'lan' } },
      { source: 'overflow', lost: 12 },
    ]);
    await client.deregisterEvents(9);
    expect(calls.at(-1)).to.deep.equal(['EVENT_DEREGISTER', { registration: 9 }]);
  });

  it('leaves nothing open behind a refusal, and says goodbye', async () => {
    const error = { code: 5, domain: 7, level: 2, message: 'none', dom: null, net: null, detail: null };
    let closed = 0;
    const refused = await play({ OPEN: () => ({ status: 1, error }) }, { onClose: () => closed++ }).catch(
      (e: { code: number }) => e.code,
    );
    expect(refused).to.equal(5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).to.equal(1);
    const { client, calls } = await play({}, { onClose: () => closed++ });
    await client.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls.at(-1)?.[0]).to.equal('CLOSE');
    expect(closed).to.equal(2);
    await client.close();
  });

  it('runs the program that its user names for ext, and nothing for tcp', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-ext-'));
    try {
      const program = join(folder, 'no-daemon');
      writeFileSync(program, '#!/bin/sh\necho no daemon here >&2\nexit 3\n', { mode: 0o700 });
      const given = await connectVirt(`test+ext:///default?command=${program}`).catch((e: unknown) => e);
      expect(String(given)).to.match(/RpcError|TransportError/);
      expect(given).to.have.property('code').that.is.oneOf(['CLOSED', 'SSH']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
