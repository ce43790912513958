import { expect } from 'chai';
import { loadSession, type ReplayError, SessionRecorder } from '../../replay/index.ts';
import { allPrograms, capture, sessionOf } from './sessions.ts';

describe('replay/recorded-session', () => {
  it('has each call with its reply, over TCP', async () => {
    const session = await sessionOf('ledger-tcp.pcap');
    expect(session.calls).to.have.length(22);
    expect(session.calls.every(({ reply }) => reply !== null)).to.equal(true);
    expect(session.calls.map(({ number }) => number)).to.deep.equal([...Array(22).keys()].map((i) => i + 1));
    expect(session.connections[0]).to.include({ index: 0, transport: 'tcp' });
    expect(session).to.include({ repeated: 0, orphans: 0, foreign: 0 });
    const [first] = session.calls;
    expect(first).to.include({ hasHeader: true, isCut: false, atNs: 0 });
    expect(Buffer.from(first!.bytes).readUInt32BE(12)).to.equal(first!.program);
    expect(first!.reply!.position).to.be.greaterThan(first!.position);
  });

  it('takes the UDP ports of each client for a connection', async () => {
    const session = await sessionOf('rpcbind-tcp-udp.pcap');
    expect(session.calls).to.have.length(12);
    expect(new Set(session.connections.map(({ transport }) => transport))).to.deep.equal(
      new Set(['tcp', 'udp']),
    );
  });

  it('sees what TLS carried, with the secrets of the capture', async () => {
    const session = await sessionOf('tls13-node-chacha20.pcapng');
    expect(session.calls).to.have.length(3);
  });

  it('leaves out calls that the filter does not match', async () => {
    const session = await sessionOf('nfs3-libnfs.pcap', 'mount');
    expect(new Set(session.calls.map(({ program }) => program))).to.deep.equal(new Set([100005]));
    expect(session.calls.every(({ reply }) => reply !== null)).to.equal(true);
  });

  it('refuses a session larger than its limit', async () => {
    const table = await allPrograms();
    let code = '';
    await loadSession(capture('ledger-tcp.pcap'), { table, maxBytes: 1000 }).catch((e: ReplayError) => {
      code = e.code;
    });
    expect(code).to.equal('LIMIT');
    expect(new SessionRecorder().session.calls).to.deep.equal([]);
  });
});
