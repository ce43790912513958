import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../peers/daemon.ts';
import { capture } from '../replay/sessions.ts';
import { fakeIo, type Ran, run } from './fake-io.ts';
import { domainSession, eventSession, recorded, served, watchEvent } from './replay-recordings.ts';

describe('cli/replay-serve', function () {
  this.timeout(30_000);
  let folder: string;
  let recording: string;
  let events: string;

  let printed: string[];
  let watched: Ran;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-serve-'));
    recording = join(folder, 'virt.pcapng');
    events = join(folder, 'events.pcapng');
    printed = await recorded(recording, ({ url }) => domainSession(url, folder));
    watched = await recorded(events, eventSession);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('answers our virt client as the daemon did, and says that every call was recorded', async () => {
    const serving = await served(recording, '--serve', 'tcp://127.0.0.1:0');
    expect(await domainSession(serving.urls[0]!, folder)).to.deep.equal(printed);
    const { status, summary } = await serving.stop();
    expect(status).to.equal(130);
    expect(summary).to.include({ unmatched: 0, unused: 0, mapped: 0 });
    expect(summary.exact).to.equal(summary.recorded);
  });

  it('answers over a UNIX socket, and writes what happened', async () => {
    const path = join(folder, 'virt.sock');
    const report = join(folder, 'served.pcapng');
    const serving = await served(recording, '--serve', `unix://${path}`, '--report', report);
    const ran = await run(['call', `unix://${path}`, 'VIRT.NULL']);
    expect(ran.status, ran.err).to.equal(0);
    await serving.stop();
    const inspected = await run(['inspect', '--calls', report]);
    expect(inspected.out).to.match(/VIRT.*NULL/);
  });

  it('sends the events of the recording', async () => {
    expect(watched.out).to.include('Suspended');
    const serving = await served(events, '--serve', 'tcp://127.0.0.1:0');
    expect((await watchEvent(serving.urls[0]!)).out).to.equal(watched.out);
    expect((await serving.stop()).summary.events).to.equal(1);
  });

  it('names calls that it does not have, with what differs, and asks another server for them', async () => {
    const serving = await served(
      capture('rpcbind-tcp-udp.pcap'),
      '--serve',
      'tcp://127.0.0.1:0',
      '--serve',
      'udp://127.0.0.1:0',
    );
    const missing = await run(['call', serving.urls[0]!, 'VIRT.NULL']);
    expect(missing.status).to.equal(1);
    const lookup = await run(['call', serving.urls[1]!, 'portmap.4.GETTIME']);
    expect(lookup.status).to.equal(0);
    const forward = `forward=${serving.urls[0]}`;
    const front = await served(recording, '--serve', 'tcp://127.0.0.1:0', '--unmatched', forward);
    const dumped = await run(['call', front.urls[0]!, 'portmap.2.DUMP']);
    expect(dumped.out).to.include(`"port":${/\d+$/.exec(front.urls[0]!)![0]}`);
    const stats = await run(['call', front.urls[0]!, 'portmap.4.GETSTAT']);
    expect(stats.status, stats.err).to.equal(0);
    expect((await front.stop()).summary.forwarded).to.be.greaterThan(0);
    const { summary } = await serving.stop();
    expect(summary.unmatched).to.equal(1);
    expect(serving.lines().find(({ event }) => event === 'unmatched')).to.include({ procedure: 'VIRT.NULL' });
  });

  it('is 1 when a call was left with a verdict, 0 when none was, after SIGTERM', async () => {
    for (const [procedure, status] of [
      ['VIRT.NULL', 0],
      ['nfs.3.NULL', 1],
    ] as const) {
      const io = fakeIo();
      const ended = run(['replay', recording, '--serve', 'tcp://127.0.0.1:0'], io);
      await eventually(() => io.stdout.text.includes('"ready"'));
      const url = /tcp:[^"]+/.exec(io.stdout.text)![0];
      await run(['call', url, procedure]);
      process.emit('SIGTERM');
      expect((await ended).status).to.equal(status);
    }
  });

  it('speaks TLS with the certificate of its URL', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const out = ['-keyout', key, '-out', cert];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...words, ...out, ...subject], { stdio: 'ignore' });
    const listen = `tls://127.0.0.1:0?cert=${encodeURIComponent(cert)}&key=${encodeURIComponent(key)}`;
    const serving = await served(recording, '--serve', listen);
    const ran = await run(['call', `${serving.urls[0]}?ca=${encodeURIComponent(cert)}`, 'VIRT.NULL']);
    expect(ran.status, ran.err).to.equal(0);
    await serving.stop();
  });

  it('refuses what means nothing, and listeners that others reach in the clear', async () => {
    const refused = async (...words: string[]) => {
      const ran = await run(['replay', recording, ...words]);
      expect(ran.status, ran.err).to.equal(2);
      return ran.err;
    };
    const here = ['--serve', 'tcp://127.0.0.1:0'];
    expect(await refused(...here, '--to', 'tcp://127.0.0.1:9')).to.include('--to: does not go with --serve');
    expect(await refused(...here, '--mutate', 'call=1,field=x')).to.include('--mutate');
    expect(await refused(...here, '--report', 'a.json')).to.include('.pcapng only');
    expect(await refused(...here, '--timing', 'rate=5')).to.include('rate=R');
    expect(await refused(...here, '--unmatched', 'maybe')).to.include('neither error nor forward');
    expect(await refused(...here, '--unmatched', 'forward=tcp://192.0.2.1:1')).to.include(
      '--i-own-this-target',
    );
    expect(await refused('--serve', 'tcp://0.0.0.0:0')).to.include('--insecure-listen');
    expect(await refused('--serve', 'tls://127.0.0.1:0')).to.include('cert=FILE');
    expect(await refused('--serve', 'ssh://a/b')).to.include('ssh://a/b');
    expect(await refused('--to', 'tcp://127.0.0.1:9', '--unmatched', 'error')).to.include('--serve');
  });
});
