import { expect } from 'chai';
import type { Caller } from '../../client/caller.ts';
import { PortmapClient } from '../../client/portmap.ts';
import { RpcError, type RpcErrorCode } from '../../codec/rpc/index.ts';

/** A port mapper that answers `answers[version]`, or the verdict. */
function portmapper(answers: Record<number, unknown>, verdict: RpcErrorCode = 'PROG_MISMATCH') {
  const asked: string[] = [];
  const caller: Caller = {
    async call(_program, version, procedure) {
      asked.push(`${version} ${procedure.name}`);
      if (!(version in answers)) throw new RpcError(verdict, 'no');
      return answers[version];
    },
    close() {},
  };
  return { client: new PortmapClient(caller), asked };
}

const KEY = { program: 7, version: 1, netid: 'udp' };

describe('client/portmap', () => {
  it('falls back from version 4 to 3 to 2, and remembers', async () => {
    const { client, asked } = portmapper({ 2: 4000 });
    expect(await client.getAddress(KEY, '192.0.2.1')).to.equal('192.0.2.1.15.160');
    expect(client.version).to.equal(2);
    expect(await client.getAddress(KEY)).to.equal('0.0.0.0.15.160');
    expect(asked).to.deep.equal([
      '4 RPCBPROC_GETADDR',
      '3 RPCBPROC_GETADDR',
      '2 PMAPPROC_GETPORT',
      '2 PMAPPROC_GETPORT',
    ]);
    expect(await client.getAddress({ ...KEY, netid: 'udp6' })).to.equal(null);
  });

  it('falls back for the verdicts that speak of versions only', async () => {
    for (const verdict of ['PROC_UNAVAIL', 'PROG_UNAVAIL'] as const) {
      expect(await portmapper({ 3: '1.2.3.4.0.1' }, verdict).client.getAddress(KEY)).to.equal('1.2.3.4.0.1');
    }
    for (const verdict of ['TIMEOUT', 'AUTH_ERROR', 'GARBAGE_ARGS'] as const) {
      const { client, asked } = portmapper({ 3: '1.2.3.4.0.1' }, verdict);
      const e = await client.getAddress(KEY).catch((x: unknown) => x);
      expect(e).to.have.property('code', verdict);
      expect(asked).to.have.length(1);
    }
    const e = await portmapper({})
      .client.dump()
      .catch((x: unknown) => x);
    expect(e).to.have.property('code', 'PROG_MISMATCH');
  });

  it('takes an empty address and port 0 for not registered', async () => {
    expect(await portmapper({ 4: '' }).client.getAddress(KEY)).to.equal(null);
    expect(await portmapper({ 2: 0 }).client.getAddress(KEY)).to.equal(null);
  });

  it('shows what versions 2 and 3 list alike', async () => {
    const two = portmapper({
      2: [
        { map: { prog: 7, vers: 1, prot: 17, port: 4000 } },
        { map: { prog: 7, vers: 1, prot: 1, port: 70_000 } },
      ],
    });
    expect(await two.client.dump()).to.deep.equal([
      { ...KEY, address: '0.0.0.0.15.160', owner: '' },
      { ...KEY, netid: '1', address: '', owner: '' },
    ]);
    const rpcb_map = { r_prog: 7, r_vers: 1, r_netid: 'udp', r_addr: '0.0.0.0.15.160', r_owner: 'me' };
    expect(await portmapper({ 3: [{ rpcb_map }] }).client.dump()).to.deep.equal([
      { ...KEY, address: '0.0.0.0.15.160', owner: 'me' },
    ]);
  });

  it('registers by version 2 only what that can say', async () => {
    const { client } = portmapper({ 2: true });
    expect(await client.set(KEY, '0.0.0.0.15.160')).to.equal(true);
    for (const [key, address] of [
      [{ ...KEY, netid: 'udp6' }, '::.1.1'],
      [{ ...KEY, netid: 'local' }, '/x'],
      [KEY, '/x'],
    ] as const) {
      expect(await client.set(key, address).catch((x: unknown) => x)).to.have.property('code', 'BAD_VALUE');
    }
    expect(await client.unset(KEY)).to.equal(true);
  });
});
