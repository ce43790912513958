import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../until.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/portmap', () => {
  it('says where it listens, serves, and ends when it is interrupted', async () => {
    const io = fakeIo();
    const ended = run(['portmap', '--listen', 'tcp://127.0.0.1:0', '--listen', 'udp://127.0.0.1:0'], io);
    await until(() => io.stdout.text.includes('ready'));
    const [tcp, udp, ready] = io.stdout.text.split('\n', 3).map((line) => JSON.parse(line));
    expect(tcp.event).to.equal('listening');
    expect(udp.url).to.match(/^udp:\/\/127\.0\.0\.1:\d+$/);
    expect(ready).to.deep.equal({ event: 'ready', pid: process.pid });
    const listed = await run(['rpcinfo', '-p', '-n', tcp.url.replace(/^.*:/, '')]);
    expect(listed.out).to.contain('portmapper');
    io.abort.abort();
    expect((await ended).status).to.equal(130);
    expect((await run(['rpcinfo', '-p', '-n', tcp.url.replace(/^.*:/, '')])).status).to.equal(3);
  });

  it('ends in good order on SIGTERM: its socket is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-portmap-'));
    const socket = join(folder, 'rpcbind.sock');
    const main = ['--import', 'tsx', 'cli/main.ts', 'portmap', '--listen', `unix://${socket}`];
    const child = spawn(process.execPath, main, {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const bytes of child.stdout) {
      said += String(bytes);
      if (said.includes('ready')) break;
    }
    expect(existsSync(socket)).to.equal(true);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).to.deep.equal([0, null]);
    expect(existsSync(socket)).to.equal(false);
    rmSync(folder, { recursive: true });
  });

  it('ends with 2 without listeners, and when it cannot have one', async () => {
    expect((await run(['portmap'])).status).to.equal(2);
    expect((await run(['portmap', '--listen', 'nonsense'])).status).to.equal(2);
    expect((await run(['portmap', '--listen', 'tcp://192.0.2.1:1'])).status).to.equal(2);
  });
});
