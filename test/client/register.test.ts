import { expect } from 'chai';
import { registerProgram } from '../../client/register.ts';
import { isRpcError } from '../../codec/rpc/index.ts';
import { listenPortmap } from '../../server/portmap/listen.ts';
import { isTransportError } from '../../transport/errors.ts';

const PROGRAM = 0x20004c45;

describe('client/register', () => {
  it('registers what is listened on and removes it again', async () => {
    const portmap = await listenPortmap(['tcp://127.0.0.1:0']);
    const options = { rpcbind: ['unix:///nowhere/rpcbind.sock', ...portmap.urls] };
    const urls = ['tcp://127.0.0.1:4000', 'udp://[::1]:4001', 'unix:///run/x', 'tls://127.0.0.1:4002'];
    const registered = await registerProgram(PROGRAM, [1, 2], urls, options);
    expect(registered.entries.map((one) => `${one.version} ${one.netid} ${one.address}`)).to.deep.equal([
      '1 tcp 127.0.0.1.15.160',
      '1 udp6 ::1.15.161',
      '2 tcp 127.0.0.1.15.160',
      '2 udp6 ::1.15.161',
    ]);
    const ours = () => portmap.registry.list().filter((one) => one.program === PROGRAM);
    expect(ours()).to.have.length(4);
    expect(await registered.unregister()).to.equal(true);
    expect(ours()).to.have.length(0);
    expect(await registered.unregister()).to.equal(false);
    await portmap.stop();
  });

  it('takes back what it began when an address is taken', async () => {
    const portmap = await listenPortmap(['tcp://127.0.0.1:0']);
    const taken = { program: PROGRAM, version: 2, netid: 'tcp', address: '127.0.0.1.9.9', owner: 'other' };
    portmap.registry.set(taken);
    const e = await registerProgram(PROGRAM, [1, 2], ['tcp://127.0.0.1:4000'], {
      rpcbind: portmap.urls,
    }).catch((x: unknown) => x);
    expect(isRpcError(e) && e.message).to.contain('version 2 at tcp 127.0.0.1.15.160');
    expect(portmap.registry.list().filter((one) => one.program === PROGRAM)).to.deep.equal([taken]);
    await portmap.stop();
  });

  it('says when there is no rpcbind', async () => {
    const options = { rpcbind: ['unix:///nowhere/rpcbind.sock'] };
    const e = await registerProgram(PROGRAM, [1], ['tcp://127.0.0.1:4000'], options).catch((x: unknown) => x);
    expect(isTransportError(e) && e.code).to.equal('UNREACHABLE');
  });
});
