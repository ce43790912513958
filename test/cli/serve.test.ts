import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectVirt } from '../../client/virt.ts';
import { Daemon, eventually, ROOT } from '../peers/daemon.ts';
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
    expect(await daemon.stop()).to.equal(0);
    expect(daemon.log.at(-1)).to.include({ level: 'info', event: 'stopped' });
    rmSync(folder, { recursive: true });
  });

  it('takes sockets that systemd hands down', async () => {
    const server = await new Promise<import('node:net').Server>((resolve) => {
      import('node:net').then(({ createServer }) => {
        const one = createServer().listen(0, '127.0.0.1', () => resolve(one));
      });
    });
    const { port } = server.address() as { port: number };
    const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
    // LISTEN_PID must be the daemon's own: the shell knows it before it becomes the daemon.
    const script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" --import tsx cli/main.ts serve';
    const child = spawn('sh', ['-c', script, process.execPath], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore', fd],
    });
    const said = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (bytes: Buffer) => resolve(String(bytes))),
    );
    server.close();
    expect(JSON.parse(said.split('\n')[0]!)).to.deep.equal({
      event: 'listening',
      url: `tcp://127.0.0.1:${port}`,
      access: 'rw',
    });
    const client = await connectVirt(`test+tcp://127.0.0.1:${port}/default`);
    expect(await client.uri()).to.equal('test:///default');
    await client.close();
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  });
});
