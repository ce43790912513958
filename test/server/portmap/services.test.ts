import { expect } from 'chai';
import { PortmapClient, type PortmapVersion } from '../../../client/portmap.ts';
import { programs as v2 } from '../../../codec/programs/portmap2.gen.ts';
import type { rpcb_entry_list_ptr } from '../../../codec/programs/rpcbind.gen.ts';
import { programs as v34 } from '../../../codec/programs/rpcbind.gen.ts';
import { isRpcError, type Procedure } from '../../../codec/rpc/index.ts';
import { Registry } from '../../../server/portmap/registry.ts';
import { portmapServices } from '../../../server/portmap/services.ts';
import { MemoryDuplex } from '../../../transport/memory-duplex.ts';
import { Peer } from '../../../transport/peer.ts';
import { Dispatcher } from '../../../transport/peer-dispatch.ts';

/** A client that seems to call from `remote`, over the transport `kind`, having called `local`. */
function setUp(
  remote: string,
  kind: 'tcp' | 'unix' = 'tcp',
  registry = new Registry(),
  local = '127.0.0.1:111',
) {
  const dispatcher = new Dispatcher({ validate: 'refused' });
  for (const service of portmapServices({ registry, seconds: () => 1234 })) dispatcher.add(service);
  const server = new MemoryDuplex(local, remote, { kind });
  const ours = new MemoryDuplex(remote, local, { kind });
  server.join(ours);
  ours.join(server);
  new Peer(server, { side: 'server', dispatcher });
  const peer = new Peer(ours, { timeoutMs: 1000 });
  const client = new PortmapClient(peer);
  // biome-ignore lint/suspicious/noExplicitAny: the procedure decides
  const call = (version: PortmapVersion, name: string, args: unknown): Promise<any> =>
    peer.call(100000, version, procedure(version, name), args).catch((e: unknown) => e);
  return { registry, client, call };
}

function procedure(version: number, name: string): Procedure {
  const found = [...v2, ...v34]
    .flatMap((program) => program.versions)
    .find((one) => one.number === version)
    ?.procedures.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

const tcp = { program: 0x20004c45, version: 2, netid: 'tcp' };
const rpcb = (over = {}) => ({
  r_prog: tcp.program,
  r_vers: 2,
  r_netid: 'tcp',
  r_addr: '',
  r_owner: '',
  ...over,
});
const mapping = (over = {}) => ({ prog: tcp.program, vers: 2, prot: 6, port: 4000, ...over });

describe('server/portmap/services', () => {
  it('is set, looked up and unset by each of its versions', async () => {
    for (const version of [2, 3, 4] as const) {
      const { client, registry } = setUp('127.0.0.1:5000');
      client.speak(version);
      expect(await client.set(tcp, '0.0.0.0.15.160')).to.equal(true);
      expect(await client.set(tcp, '0.0.0.0.15.160')).to.equal(true);
      expect(await client.set(tcp, '0.0.0.0.15.161')).to.equal(false);
      expect(registry.list()[0]).to.deep.equal({ ...tcp, address: '0.0.0.0.15.160', owner: 'unknown' });
      expect(await client.getAddress(tcp, '127.0.0.1')).to.equal('127.0.0.1.15.160');
      expect(await client.getPort(tcp.program, 2, 'tcp')).to.equal(4000);
      expect(await client.dump()).to.have.length(1);
      expect(await client.unset(tcp)).to.equal(true);
      expect(await client.unset(tcp)).to.equal(false);
      expect(client.version).to.equal(version);
    }
  });

  it('matches program, version and protocol, but answers version 0 with any', async () => {
    const { client } = setUp('127.0.0.1:5000');
    await client.set(tcp, '0.0.0.0.15.160');
    expect(await client.getPort(tcp.program, 2, 'tcp')).to.equal(4000);
    expect(await client.getPort(tcp.program, 3, 'tcp')).to.equal(0);
    expect(await client.getPort(tcp.program, 2, 'udp')).to.equal(0);
    expect(await client.getPort(tcp.program + 1, 2, 'tcp')).to.equal(0);
    expect(await client.getPort(tcp.program, 0, 'tcp')).to.equal(4000);
  });

  it('lets nobody off this machine register, and everybody look up', async () => {
    const { call, registry } = setUp('192.0.2.1:700');
    registry.set({ ...tcp, address: '0.0.0.0.15.160', owner: 'unknown' });
    for (const [version, name, args] of [
      [2, 'PMAPPROC_SET', mapping({ vers: 3 })],
      [2, 'PMAPPROC_UNSET', mapping()],
      [3, 'RPCBPROC_SET', rpcb({ r_vers: 3, r_addr: '0.0.0.0.1.1' })],
      [3, 'RPCBPROC_UNSET', rpcb()],
      [4, 'RPCBPROC_SET', rpcb({ r_vers: 3, r_addr: '0.0.0.0.1.1' })],
      [4, 'RPCBPROC_UNSET', rpcb()],
    ] as const) {
      expect(await call(version, name, args), name).to.include({ code: 'AUTH_ERROR', authStat: 5 });
    }
    expect(registry.size).to.equal(1);
    expect(await call(4, 'RPCBPROC_DUMP', undefined)).to.have.length(1);
  });

  it('keeps what root registered from others on this machine', async () => {
    const registry = new Registry();
    const root = setUp('unix:/x', 'unix', registry).client;
    const reserved = setUp('127.0.0.1:800', 'tcp', registry).client;
    const user = setUp('127.0.0.1:8000', 'tcp', registry).client;
    await root.set(tcp, '0.0.0.0.15.160');
    expect(await user.unset(tcp)).to.equal(false);
    user.speak(2);
    expect(await user.unset(tcp)).to.equal(false);
    expect(registry.size).to.equal(1);
    await user.set({ ...tcp, version: 3 }, '0.0.0.0.15.160');
    expect(await user.unset({ ...tcp, version: 3 })).to.equal(true);
    expect(await reserved.unset(tcp)).to.equal(true);
  });

  it('refuses addresses and netids that are none', async () => {
    const { call } = setUp('127.0.0.1:5000');
    for (const wrong of [
      { r_netid: '' },
      { r_netid: 'TCP;rm' },
      { r_netid: 'bogus' },
      { r_addr: '::1.1.1' },
      { r_netid: 'udp', r_addr: '::ffff:127.0.0.1.1.1' },
      { r_netid: 'tcp6', r_addr: '127.0.0.1.1.1' },
      { r_netid: 'x'.repeat(17) },
      { r_addr: '' },
      { r_addr: 'localhost' },
      { r_addr: `0.0.0.0.1.1${' '.repeat(300)}` },
      { r_netid: 'local', r_addr: `/${'x'.repeat(300)}` },
    ]) {
      expect(
        await call(4, 'RPCBPROC_SET', rpcb({ r_addr: '0.0.0.0.1.1', ...wrong })),
        JSON.stringify(wrong),
      ).to.equal(false);
    }
    expect(await call(4, 'RPCBPROC_SET', rpcb({ r_netid: 'udp6', r_addr: '::1.1.1' }))).to.equal(true);
    expect(await call(4, 'RPCBPROC_SET', rpcb({ r_netid: 'local', r_addr: '/run/x' }))).to.equal(true);
    for (const wrong of [{ port: 0 }, { port: 65_536 }, { prot: 1 }]) {
      expect(await call(2, 'PMAPPROC_SET', mapping(wrong))).to.equal(false);
    }
  });

  it('makes no calls for anybody (U-01)', async () => {
    const { call } = setUp('127.0.0.1:5000');
    const inner = { prog: 100000, vers: 2, proc: 0, args: new Uint8Array(0) };
    for (const [version, name] of [
      [2, 'PMAPPROC_CALLIT'],
      [3, 'RPCBPROC_CALLIT'],
      [4, 'RPCBPROC_BCAST'],
      [4, 'RPCBPROC_INDIRECT'],
    ] as const) {
      const e = await call(version, name, inner);
      expect(isRpcError(e) && e.code, name).to.equal('PROC_UNAVAIL');
    }
  });

  it('tells a caller an address that it can reach', async () => {
    const registry = new Registry();
    registry.set({ ...tcp, address: '0.0.0.0.15.160', owner: 'x' });
    registry.set({ ...tcp, version: 3, address: '192.0.2.77.1.1', owner: 'x' });
    const far = setUp('198.51.100.1:9', 'tcp', registry, '198.51.100.9:111');
    expect(await far.call(4, 'RPCBPROC_GETADDR', rpcb())).to.equal('198.51.100.9.15.160');
    // What the caller says is believed only where we do not know better.
    expect(await far.call(4, 'RPCBPROC_GETADDR', rpcb({ r_addr: '203.0.113.5.0.111' }))).to.equal(
      '198.51.100.9.15.160',
    );
    expect(await far.call(4, 'RPCBPROC_GETADDR', rpcb({ r_vers: 3 }))).to.equal('192.0.2.77.1.1');
    const unknown = setUp('198.51.100.1:9', 'tcp', registry, '0.0.0.0:111');
    expect(await unknown.call(3, 'RPCBPROC_GETADDR', rpcb({ r_addr: '203.0.113.5.0.111' }))).to.equal(
      '203.0.113.5.15.160',
    );
    expect(await unknown.call(3, 'RPCBPROC_GETADDR', rpcb({ r_addr: 'x' }))).to.equal('0.0.0.0.15.160');
    // Another version's address, except for who asks for exactly this one.
    expect(await far.call(4, 'RPCBPROC_GETADDR', rpcb({ r_vers: 9 }))).to.equal('192.0.2.77.1.1');
    expect(await far.call(4, 'RPCBPROC_GETVERSADDR', rpcb({ r_vers: 9 }))).to.equal('');
  });

  it('lists the addresses of the caller’s family', async () => {
    const registry = new Registry();
    for (const netid of ['tcp', 'udp', 'tcp6', 'local']) {
      registry.set({ ...tcp, netid, address: netid === 'local' ? '/x' : '0.0.0.0.1.1', owner: 'x' });
    }
    const { call } = setUp('127.0.0.1:5000', 'tcp', registry);
    const list: rpcb_entry_list_ptr = await call(4, 'RPCBPROC_GETADDRLIST', rpcb());
    expect(list.map(({ rpcb_entry_map: one }) => one)).to.deep.equal([
      {
        r_maddr: '127.0.0.1.1.1',
        r_nc_netid: 'tcp',
        r_nc_semantics: 3,
        r_nc_protofmly: 'inet',
        r_nc_proto: 'tcp',
      },
      {
        r_maddr: '127.0.0.1.1.1',
        r_nc_netid: 'udp',
        r_nc_semantics: 1,
        r_nc_protofmly: 'inet',
        r_nc_proto: 'udp',
      },
    ]);
  });

  it('tells the time and turns addresses over', async () => {
    const { call } = setUp('127.0.0.1:5000');
    expect(await call(3, 'RPCBPROC_GETTIME', undefined)).to.equal(1234);
    const buf = await call(4, 'RPCBPROC_UADDR2TADDR', '127.0.0.1.0.111');
    expect(buf.maxlen).to.equal(16);
    expect(await call(4, 'RPCBPROC_TADDR2UADDR', buf)).to.equal('127.0.0.1.0.111');
    expect(await call(3, 'RPCBPROC_UADDR2TADDR', 'none')).to.deep.equal({
      maxlen: 0,
      buf: new Uint8Array(0),
    });
    expect(await call(3, 'RPCBPROC_TADDR2UADDR', { maxlen: 0, buf: new Uint8Array(3) })).to.equal('');
  });

  it('counts what it served', async () => {
    const { client, call } = setUp('127.0.0.1:5000');
    await client.set(tcp, '0.0.0.0.15.160');
    await client.set(tcp, '0.0.0.0.15.161');
    await client.getPort(tcp.program, 2, 'tcp');
    await client.getPort(tcp.program, 2, 'udp');
    await call(2, 'PMAPPROC_NULL', undefined);
    const [two, , four] = await client.getStat();
    expect(two!.info.slice(0, 5)).to.deep.equal([1, 0, 0, 2, 0]);
    expect(four!.info[1]).to.equal(2);
    expect(four!.setinfo).to.equal(1);
    expect(two!.addrinfo.map((one) => [one.netid, one.success, one.failure])).to.deep.equal([
      ['tcp', 1, 0],
      ['udp', 0, 1],
    ]);
  });
});
