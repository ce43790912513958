import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectVirt } from '../../client/virt.ts';
import { callRecord, Daemon, eventually, RawClient, ROOT } from '../peers/daemon.ts';
import { procedure } from '../peers/reliability/world.ts';
import {
  type Certificate,
  type Certificates,
  hasOpenssl,
  makeCertificates,
} from '../transport/certificates.ts';
import { scratch } from '../transport/streams.ts';
import { run } from './fake-io.ts';

describe('cli/serve', function () {
  this.timeout(30_000);

  it('refuses what it must not listen on, with status 2', async () => {
    const { status, err } = await run(['serve', '--listen', 'tcp://0.0.0.0:0']);
    expect([status, err]).to.deep.equal([
      2,
      'oncilla: tcp://0.0.0.0:0: 0.0.0.0 is not loopback, and this listener is in the clear (--insecure-listen allows it, reading only; tls:// is better)\n',
    ]);
  });

  it('says where it listens, takes new limits on SIGHUP, ends on SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-serve-'));
    const config = join(folder, 'c.json');
    writeFileSync(config, '{}');
    const daemon = await Daemon.start([
      '--config',
      config,
      '--listen',
      'tcp://127.0.0.1:0',
      '--listen',
      'udp://127.0.0.1:0',
    ]);
    expect(daemon.urls[0]).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(daemon.urls[1]).to.match(/^udp:\/\/127\.0\.0\.1:\d+$/);
    const uri = `test+${daemon.urls[0]}/default`;
    const client = await connectVirt(uri);
    writeFileSync(config, '{"serve": {"max-connections": 1}}');
    daemon.process.kill('SIGHUP');
    expect(await eventually(() => daemon.log.some(({ event }) => event === 'reloaded'))).to.equal(true);
    expect(
      await connectVirt(uri).then(
        () => 'there',
        () => 'refused',
      ),
    ).to.equal('refused');
    writeFileSync(config, 'not JSON');
    daemon.process.kill('SIGHUP');
    expect(
      await eventually(() => daemon.log.some(({ event, level }) => event === 'reload' && level === 'error')),
    ).to.equal(true);
    expect(await client.uri()).to.equal('test:///default');
    // What follows is logged behind what that one would have logged.
    writeFileSync(config, '{"serve": {"max-connections": 1, "state-dir": "elsewhere", "drain": 1}}');
    daemon.process.kill('SIGHUP');
    const reloads = () => daemon.log.filter(({ event }) => event === 'reloaded').length;
    expect(await eventually(() => reloads() === 2)).to.equal(true);
    expect(
      daemon.log
        .filter(({ event }) => /^reload|^needs/.test(event))
        .map(({ level, event }) => `${level} ${event}`),
    ).to.deep.equal(['info reloaded', 'error reload', 'warn needs-restart', 'info reloaded']);
    expect(daemon.log.find(({ event }) => event === 'needs-restart')?.options).to.equal('state-dir drain');
    expect(await daemon.stop()).to.equal(0);
    expect(daemon.log.at(-1)).to.include({ level: 'info', event: 'stopped' });
    rmSync(folder, { recursive: true });
  });

  it('ends at once with a second SIGTERM, whatever is in flight', async () => {
    const options = ['--listen', 'tcp://127.0.0.1:0', '--drain', '60', '--metrics', '127.0.0.1:0'];
    const daemon = await Daemon.start(options);
    const raw = await RawClient.connect(daemon.port());
    // Replies that nobody takes keep the drain waiting.
    raw.socket.pause();
    const capabilities = procedure('GET_CAPABILITIES').number;
    const calls = Array.from({ length: 20_000 }, (_, xid) => callRecord({ xid, procedure: capabilities }));
    raw.send(...calls);
    expect(await eventually(async () => (await daemon.metric('queued_bytes')) > 0)).to.equal(true);
    daemon.process.kill('SIGTERM');
    const isShut = () =>
      RawClient.connect(daemon.port()).then(
        (late) => late.close(),
        () => true,
      );
    expect(await eventually(async () => (await isShut()) === true), 'nobody else comes in').to.equal(true);
    expect(daemon.isRunning, 'it waits').to.equal(true);
    expect(await daemon.stop('SIGTERM')).to.equal(143);
    raw.close();
  });

  describe('with TLS (needs openssl)', () => {
    const { path, remove } = scratch();
    let certificates: Certificates;
    let daemon: Daemon;
    before(async function () {
      if (!hasOpenssl()) return this.skip();
      certificates = makeCertificates(path);
      writeFileSync(path('c.json'), '{}');
      copyFileSync(certificates.server.cert, path('used.pem'));
      copyFileSync(certificates.server.key, path('used.key'));
      daemon = await Daemon.start([
        ...['--config', path('c.json'), '--tls-cert', path('used.pem'), '--tls-key', path('used.key')],
        ...['--tls-ca', certificates.ca, '--tls-allow', 'C=GB, O="Oncilla, Inc", CN=alice'],
        ...['--listen', 'tls://127.0.0.1:0', '--listen', 'tls://127.0.0.1:0?starttls=1'],
      ]);
    });
    after(async () => {
      await daemon?.stop();
      remove();
    });

    const as = ({ cert, key }: Certificate, index: number): Promise<string> => {
      const query = `ca=${certificates.ca}&cert=${cert}&key=${key}${index === 1 ? '&starttls=1' : ''}`;
      return connectVirt(`test+tls://127.0.0.1:${daemon.port(index)}/default?${query}`).then(
        async (client) => {
          const uri = await client.uri();
          await client.close();
          return uri;
        },
        () => 'refused',
      );
    };

    /** SIGHUP, and how it was obeyed: a line that it was, or one for each listener that it was not. */
    const reload = async (expected: readonly string[]) => {
      const before = daemon.log.length;
      daemon.process.kill('SIGHUP');
      const said = () =>
        daemon.log
          .slice(before)
          .filter(({ event }) => event.startsWith('reload'))
          .map(({ level, event }) => `${level} ${event}`);
      await eventually(() => said().length >= expected.length);
      expect(said()).to.deep.equal(expected);
    };

    it('takes those who are allowed by name, from the first byte on and by STARTTLS', async () => {
      expect(daemon.urls[0]).to.match(/^tls:/);
      for (const index of [0, 1]) {
        expect(await as(certificates.alice, index)).to.equal('test:///default');
        expect(await as(certificates.bob, index)).to.equal('refused');
        expect(await as(certificates.rogue, index)).to.equal('refused');
      }
    });

    it('keeps its certificate when SIGHUP finds none, and says so', async () => {
      const good = readFileSync(path('used.pem'));
      for (const bad of ['', 'no certificate', good.subarray(0, 200), null]) {
        if (bad === null) rmSync(path('used.pem'));
        else writeFileSync(path('used.pem'), bad);
        await reload(['error reload', 'error reload']);
        for (const index of [0, 1]) expect(await as(certificates.alice, index)).to.equal('test:///default');
      }
      writeFileSync(path('used.pem'), good);
      await reload(['info reloaded']);
    });

    it('says once a minute who fails the handshake, however often', async () => {
      const before = daemon.log.length;
      for (let i = 0; i < 30; i++) {
        const raw = await RawClient.connect(daemon.port(i % 2));
        raw.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        await raw.ended(5000);
        raw.close();
      }
      // The first from this address was in a test before.
      expect(await as(certificates.bob, 0)).to.equal('refused');
      const said = daemon.log.filter(({ event, level }) => event === 'connection' && level === 'warn');
      expect(said.map(({ remote }) => String(remote).split(':')[0])).to.deep.equal(['127.0.0.1']);
      expect(daemon.log.slice(before).filter(({ level }) => level !== 'debug')).to.deep.equal([]);
    });

    it('takes another limit of the handshake, and another certificate, on SIGHUP', async () => {
      const patient = await RawClient.connect(daemon.port());
      copyFileSync(certificates.renewed.cert, path('used.pem'));
      copyFileSync(certificates.renewed.key, path('used.key'));
      writeFileSync(path('c.json'), '{"serve": {"max-handshake": 1}}');
      await reload(['info reloaded']);
      for (const index of [0, 1]) {
        const silent = await RawClient.connect(daemon.port(index));
        const since = Date.now();
        expect(await silent.ended(5000)).to.not.equal(null);
        expect(Date.now() - since).to.be.within(900, 3000);
        silent.close();
        expect(await as(certificates.alice, index)).to.equal('test:///default');
      }
      expect(patient.ending, 'one that came before').to.equal(null);
      patient.close();
    });
  });

  /** The daemon's first line on standard output, else what it wrote as it ended, with a socket from systemd. */
  const handedDown = async (fd: number) => {
    // LISTEN_PID must be the daemon's own: the shell knows it before it becomes the daemon.
    const script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" --import tsx cli/main.ts serve';
    const child = spawn('sh', ['-c', script, process.execPath], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', fd],
    });
    let log = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      log += String(bytes);
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const said = await Promise.race([
      new Promise<string>((resolve) => child.stdout?.once('data', (bytes: Buffer) => resolve(String(bytes)))),
      ended.then(() => log),
    ]);
    const stop = () => {
      child.kill('SIGTERM');
      return ended;
    };
    return { line: said.split('\n')[0]!, status: () => child.exitCode, stop };
  };

  it('takes sockets that systemd hands down', async () => {
    for (const where of ['127.0.0.1', null]) {
      const folder = mkdtempSync(join(tmpdir(), 'oncilla-serve-'));
      const server = createServer();
      await new Promise<void>((resolve) => {
        if (where === null) server.listen(join(folder, 's'), resolve);
        else server.listen(0, where, resolve);
      });
      const daemon = await handedDown((server as unknown as { _handle: { fd: number } })._handle.fd);
      const port = where === null ? 0 : (server.address() as AddressInfo).port;
      const url = where === null ? 'fd:3' : `tcp://127.0.0.1:${port}`;
      expect(JSON.parse(daemon.line)).to.deep.equal({ event: 'listening', url, access: 'rw' });
      // This process would take the connection otherwise; a UNIX socket it would remove.
      server.close();
      if (where !== null) {
        const client = await connectVirt(`test+${url}/default`);
        expect(await client.uri()).to.equal('test:///default');
        await client.close();
      }
      await daemon.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it('asks a socket from systemd for its address when it is not listened on yet, too', async () => {
    // Bound only: not in /proc/net/tcp. Node has no public way to make one.
    const { TCP } = (
      process as unknown as { binding(name: string): { TCP: new (type: number) => Bound } }
    ).binding('tcp_wrap');
    const bound = (address: string): Bound => {
      const handle = new TCP(0);
      expect(handle.bind(address, 0)).to.equal(0);
      return handle;
    };
    const [everywhere, loopback] = [bound('0.0.0.0'), bound('127.0.0.1')];
    const refused = await handedDown(everywhere.fd);
    expect(refused.line).to.match(
      /^oncilla: tcp:\/\/0\.0\.0\.0:\d+: 0\.0\.0\.0 is not loopback, and this listener is in the clear/,
    );
    expect(refused.status()).to.equal(2);
    const taken = await handedDown(loopback.fd);
    expect(JSON.parse(taken.line)).to.include({ event: 'listening', access: 'rw' });
    await taken.stop();
    for (const handle of [everywhere, loopback]) handle.close();
  });
});

/** Node's own handle of a TCP socket. */
interface Bound {
  readonly fd: number;
  bind(address: string, port: number): number;
  close(): void;
}
