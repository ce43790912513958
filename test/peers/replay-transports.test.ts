/** Sessions recorded over each transport, replayed over each: answered by themselves, so everything has to be the same. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeRecord } from '../../codec/rpc/index.ts';
import { loadSession, type RecordedSession } from '../../replay/index.ts';
import { run } from '../cli/fake-io.ts';
import { recorded, served, withDaemon } from '../cli/replay-recordings.ts';
import { allPrograms, capture } from '../replay/sessions.ts';
import { callMessage, Daemon, RawClient, words } from './daemon.ts';

describe('peers: replay from and to every transport', function () {
  this.timeout(30_000);
  let folder: string;
  let certificate: { key: string; cert: string };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-transports-'));
    certificate = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
    const { key, cert } = certificate;
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...words, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Replays a session to itself over each transport; how many calls were the same, by transport. */
  async function overAll(file: string, ...options: string[]): Promise<Record<string, string>> {
    const cert = encodeURIComponent(certificate.cert);
    const listeners = [
      'tcp://127.0.0.1:0',
      'udp://127.0.0.1:0',
      `unix://${join(folder, 'all.sock')}`,
      `tls://127.0.0.1:0?cert=${cert}&key=${encodeURIComponent(certificate.key)}`,
    ];
    const found: Record<string, string> = {};
    for (const listener of listeners) {
      const serving = await served(file, '--serve', listener, ...options);
      const [url = ''] = serving.urls;
      const target = url.startsWith('tls') ? `${url}?ca=${cert}` : url;
      const ran = await run(['replay', file, '--to', target, '--timeout', '3', ...options]);
      const [scheme = ''] = url.split(':');
      found[scheme] = `${ran.status}: ${/: (\d+ same.*)\n/.exec(ran.out)?.[1]}`;
      await serving.stop();
    }
    return found;
  }

  const same = (count: number) => {
    const all = `0: ${count} same, 0 mapped, 0 changed, 0 missing, 0 extra`;
    return { tcp: all, udp: all, unix: all, tls: all };
  };

  it('takes a session over TCP', async () => {
    expect(await overAll(capture('nfs4-libnfs.pcap'))).to.deep.equal(same(28));
  });

  it('takes one over UDP', async () => {
    const idl = ['--idl', capture('src/ledger.x')];
    expect(await overAll(capture('ledger-udp.pcap'), ...idl)).to.deep.equal(same(22));
  });

  it('takes one over TLS, by the keys in the capture', async () => {
    expect(await overAll(capture('tls13-node-chacha20.pcapng'))).to.deep.equal(same(3));
  });

  it('takes the recording of a UNIX socket', async () => {
    const file = join(folder, 'unix.pcapng');
    const path = join(folder, 'daemon.sock');
    const daemon = await Daemon.start(['--listen', `unix://${path}`, '--record', file]);
    for (const words of [
      ['list', '--all'],
      ['dominfo', 'test'],
    ]) {
      const ran = await run(['virt', '-c', `test+unix:///default?socket=${path}`, ...words]);
      expect(ran.status, ran.err).to.equal(0);
    }
    await daemon.stop();
    const { calls } = await sessionOf(file);
    expect(calls.length).to.be.greaterThan(5);
    expect(await overAll(file)).to.deep.equal(same(calls.length));
  });

  async function sessionOf(file: string): Promise<RecordedSession> {
    return (await loadSession(file, { table: await allPrograms() })).session;
  }

  it('sends calls that were malformed byte for byte, and finds them answered alike', async () => {
    const file = join(folder, 'malformed.pcapng');
    const again = join(folder, 'again.pcapng');
    const oldVersion = callMessage({ xid: 77 });
    oldVersion.set(words(3), 8);
    const short = callMessage({ xid: 78, procedure: 9, args: Uint8Array.of(1, 2, 3) });
    await recorded(file, async ({ port }) => {
      const raw = await RawClient.connect(port);
      for (const message of [callMessage({ xid: 76 }), oldVersion, short]) {
        raw.send(encodeRecord(message));
        expect(await raw.next()).to.not.equal(null);
      }
      raw.close();
    });
    const ran = await withDaemon([], ({ url }) => run(['replay', file, '--to', url, '--report', again]));
    expect(ran.status, ran.out).to.equal(0);
    expect(ran.out).to.include(': 3 same, ');
    const sent = (await sessionOf(again)).calls.map(({ bytes }) => Buffer.from(bytes));
    expect(sent[1]).to.deep.equal(Buffer.from(oldVersion));
    // its header is whole: only the xid is new
    expect(sent[2]!.subarray(4)).to.deep.equal(Buffer.from(short.subarray(4)));
    expect(sent[2]).to.not.deep.equal(Buffer.from(short));
  });
});
