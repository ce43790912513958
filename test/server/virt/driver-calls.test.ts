import { expect } from 'chai';
import { uuidBytes } from '../../../codec/programs/uuid.ts';
import { virtProcedures } from '../../../codec/programs/virt.declare.ts';
import type { Driver } from '../../../server/drivers/driver.ts';
import { createTestDriver } from '../../../server/drivers/test/test-driver.ts';
import { driverCalls } from '../../../server/virt/driver-calls.ts';
import { domainText, networkText } from '../documents.ts';

const SESSION = [
  'NULL',
  'VERSION_EXCHANGE',
  'OPEN',
  'CLOSE',
  'GET_DAEMON_VERSION',
  'EVENT_REGISTER',
  'EVENT_DEREGISTER',
];

describe('server/virt/driver-calls', () => {
  let driver: Driver;

  // biome-ignore lint/suspicious/noExplicitAny: bodies of every type, looked at by tests
  async function call(name: string, args?: unknown, access: 'ro' | 'rw' = 'rw'): Promise<any> {
    return driverCalls.get(`VIRT_${name}`)?.({ driver, access }, args);
  }

  beforeEach(async () => {
    driver = await createTestDriver({ uri: 'test:///default' });
  });

  it('has every procedure that is not of the session', () => {
    const others = [...virtProcedures.keys()].filter((name) => !SESSION.includes(name.slice('VIRT_'.length)));
    expect([...driverCalls.keys()].sort()).to.deep.equal(others.sort());
  });

  it('says who it is', async () => {
    expect(await call('GET_VERSION')).to.deep.equal({ number: 2n });
    expect(await call('GET_TYPE')).to.deep.equal({ text: 'Test' });
    expect(await call('GET_HOSTNAME')).to.deep.equal({ text: 'test' });
    expect(await call('GET_URI')).to.deep.equal({ text: 'test:///default' });
    expect((await call('GET_NODEINFO')).info.cpus).to.equal(16);
    expect((await call('GET_CAPABILITIES')).xml).to.contain('<capabilities>');
  });

  it('plays a whole life of a domain', async () => {
    const { dom } = await call('DOMAIN_DEFINE', { xml: domainText('a') });
    const { uuid } = dom;
    expect(await call('LIST_DEFINED_DOMAINS')).to.deep.equal({ names: ['a'] });
    expect(await call('NUM_DEFINED_DOMAINS')).to.deep.equal({ count: 1 });
    expect(await call('DOMAIN_LOOKUP_BY_NAME', { name: 'a' })).to.deep.equal({ dom });
    const started = await call('DOMAIN_START', { uuid });
    expect(started.dom).to.deep.equal({ ...dom, id: 2 });
    expect(await call('LIST_DOMAINS')).to.deep.equal({ ids: [1, 2] });
    expect(await call('NUM_DOMAINS')).to.deep.equal({ count: 2 });
    expect(await call('DOMAIN_LOOKUP_BY_ID', { id: 2 })).to.deep.equal(started);
    expect(await call('DOMAIN_LOOKUP_BY_UUID', { uuid })).to.deep.equal(started);
    expect(await call('DOMAIN_SUSPEND', { id: 2 })).to.deep.equal({});
    expect((await call('DOMAIN_GET_INFO', { uuid })).info).to.include({
      state: 3,
      max_memory: 1024n,
      vcpus: 1,
    });
    expect(await call('DOMAIN_RESUME', { id: 2 })).to.deep.equal({});
    expect(await call('DOMAIN_GET_STATE', { uuid })).to.deep.equal({ state: { state: 1, reason: 3 } });
    expect((await call('DOMAIN_DUMP_XML', { uuid })).xml).to.contain("id='2'");
    expect(await call('DOMAIN_SET_AUTOSTART', { uuid, autostart: true })).to.deep.equal({});
    expect(await call('DOMAIN_GET_AUTOSTART', { uuid })).to.deep.equal({ autostart: true });
    expect(await call('DOMAIN_SAVE', { id: 2, file: '/s' })).to.deep.equal({});
    expect((await call('DOMAIN_RESTORE', { file: '/s' })).dom.id).to.equal(3);
    expect((await call('DOMAIN_GET_DETAILS', { uuid })).details).to.include({
      persistent: true,
      os_type: 'hvm',
    });
    expect((await call('LIST_ALL_DOMAINS')).domains).to.have.length(2);
    expect(await call('DOMAIN_DESTROY', { id: 3 })).to.deep.equal({});
    expect(await call('DOMAIN_UNDEFINE', { uuid })).to.deep.equal({});
    expect((await call('DOMAIN_CREATE', { xml: domainText('t') })).dom.id).to.equal(4);
  });

  it('plays a whole life of a network', async () => {
    const { net } = await call('NETWORK_DEFINE', { xml: networkText('n') });
    const { uuid } = net;
    expect(await call('LIST_DEFINED_NETWORKS')).to.deep.equal({ names: ['n'] });
    expect(await call('NUM_DEFINED_NETWORKS')).to.deep.equal({ count: 1 });
    expect(await call('NETWORK_START', { uuid })).to.deep.equal({});
    expect(await call('LIST_NETWORKS')).to.deep.equal({ names: ['default', 'n'] });
    expect(await call('NUM_NETWORKS')).to.deep.equal({ count: 2 });
    expect(await call('NETWORK_LOOKUP_BY_NAME', { name: 'n' })).to.deep.equal({ net });
    expect(await call('NETWORK_LOOKUP_BY_UUID', { uuid })).to.deep.equal({ net });
    expect(await call('NETWORK_GET_BRIDGE_NAME', { uuid })).to.deep.equal({ bridge: 'virbr1' });
    expect((await call('NETWORK_DUMP_XML', { uuid })).xml).to.contain('virbr1');
    expect(await call('NETWORK_SET_AUTOSTART', { uuid, autostart: true })).to.deep.equal({});
    expect(await call('NETWORK_GET_AUTOSTART', { uuid })).to.deep.equal({ autostart: true });
    const details = { net, active: true, persistent: true, autostart: true, bridge: 'virbr1' };
    expect(await call('NETWORK_GET_DETAILS', { uuid })).to.deep.equal({ details });
    expect((await call('LIST_ALL_NETWORKS')).networks[1]).to.deep.equal(details);
    expect((await call('NETWORK_GET_XML', { uuid, flags: 2 })).xml).to.contain('<network>');
    expect(await call('NETWORK_DESTROY', { uuid })).to.deep.equal({});
    expect(await call('NETWORK_UNDEFINE', { uuid })).to.deep.equal({});
    const other = await call('NETWORK_CREATE', {
      xml: networkText('m', { inside: "<forward mode='hostdev'/>" }),
    });
    const none = await call('NETWORK_GET_BRIDGE_NAME', { uuid: other.net.uuid }).catch(
      (e: Error) => e.message,
    );
    expect(none).to.equal("internal error: network 'm' does not have a bridge name.");
  });

  it('shows passwords to those who may write and ask, to nobody else', async () => {
    const xml = domainText('v', { inside: "<devices><graphics type='vnc' passwd='geheim'/></devices>" });
    const uuid = uuidBytes((await driver.defineDomain(xml)).uuid);
    expect((await call('DOMAIN_GET_XML', { uuid, flags: 1 })).xml).to.contain('geheim');
    expect((await call('DOMAIN_GET_XML', { uuid, flags: 2 })).xml).not.to.contain('geheim');
    expect((await call('DOMAIN_DUMP_XML', { uuid })).xml).not.to.contain('geheim');
    const code = (e: { code: string }): string => e.code;
    expect(await call('DOMAIN_GET_XML', { uuid, flags: 1 }, 'ro').catch(code)).to.equal('OPERATION_DENIED');
    expect(await call('DOMAIN_GET_XML', { uuid, flags: 3 }, 'ro').catch(code)).to.equal('OPERATION_DENIED');
    expect((await call('DOMAIN_GET_XML', { uuid, flags: 0 }, 'ro')).xml).not.to.contain('geheim');
    expect(await call('DOMAIN_GET_XML', { uuid, flags: 4 }).catch(code)).to.equal('INVALID_ARG');
  });
});
