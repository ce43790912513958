import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { connect } from '../../transport/connect.ts';
import { isTransportError, TransportError } from '../../transport/errors.ts';
import { type Accepted, inheritedTargets, listen } from '../../transport/listen.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { until } from '../until.ts';
import { attend, Seen, scratch, watch } from './streams.ts';
import { keepaliveLeft } from './tcp-timer.ts';

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (e: unknown) => e,
  );
  if (!isTransportError(error)) throw error;
  return error.code;
}

const nobody = (): never => {
  throw new Error('nobody was to come');
};

describe('listen', () => {
  const { path: at, remove } = scratch();
  after(remove);

  it('says where it listens, port 0 resolved', async () => {
    for (const [target, url] of [
      ['tcp://127.0.0.1:0?access=ro', /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
      ['tcp://[::1]:0', /^tcp:\/\/\[::1\]:[1-9]\d*$/],
      [`unix://${at('where.sock')}`, new RegExp(`^unix://${at('where.sock')}$`)],
    ] as const) {
      const listener = await listen(target, {}, nobody);
      expect(listener.url).to.match(url);
      await listener.close();
    }
  });

  it('refuses an address in use, and what is nothing to listen on', async () => {
    const listener = await listen('tcp://127.0.0.1:0', {}, nobody);
    expect(await failure(listen(listener.url, {}, nobody))).to.equal('IN_USE');
    await listener.close();
    const again = await listen(listener.url, {}, nobody);
    await again.close();
    expect(await failure(listen('udp://127.0.0.1:0', {}, nobody))).to.equal('BAD_TARGET');
    expect(await failure(listen('ssh://h/a', {}, nobody))).to.equal('BAD_TARGET');
  });

  it('makes UNIX sockets for this user only, and their directory too', async () => {
    const socket = at('new/deep/a.sock');
    const umask = process.umask();
    const listener = await listen(`unix://${socket}`, {}, nobody);
    expect(process.umask()).to.equal(umask);
    expect(fs.statSync(socket).mode & 0o777).to.equal(0o600);
    expect(fs.statSync(path.dirname(socket)).mode & 0o777).to.equal(0o700);
    await listener.close();
    expect(fs.existsSync(socket)).to.equal(false);
  });

  it('takes over the socket of a process that died, but not a living one or another file', async () => {
    const socket = at('stale.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(fs.lstatSync(socket).isSocket()).to.equal(true);
    const listener = await listen(`unix://${socket}`, {}, (duplex) => void attend(duplex));
    expect(await failure(listen(`unix://${socket}`, {}, nobody))).to.equal('IN_USE');
    await listener.close();
    fs.writeFileSync(socket, 'precious');
    expect(await failure(listen(`unix://${socket}`, {}, nobody))).to.equal('IN_USE');
    expect(fs.readFileSync(socket, 'utf8')).to.equal('precious');
  });

  it('leaves at its path, when it closes, what has come in the place of its own socket', async () => {
    const socket = at('replaced.sock');
    const first = await listen(`unix://${socket}`, {}, nobody);
    fs.rmSync(socket);
    const second = await listen(`unix://${socket}`, {}, (duplex) => void attend(duplex));
    await first.close();
    await first.close();
    const client = await connect(`unix://${socket}`);
    client.reset();
    const third = await listen(`unix://${at('gone.sock')}`, {}, nobody);
    fs.rmSync(at('gone.sock'));
    await third.close();
    await second.close();
    expect(
      fs.readdirSync(path.dirname(socket)).filter((name) => /^(replaced|gone)/.test(name)),
    ).to.deep.equal([]);
  });

  it('announces a connection before it is one, lets it be refused and says when it is gone', async () => {
    const accepted: Accepted[] = [];
    let gone = 0;
    let let_in = false;
    const served: unknown[] = [];
    const listener = await listen(
      'tcp://127.0.0.1:0',
      {
        admit: (one) => {
          accepted.push(one);
          one.onGone(() => gone++);
          return let_in;
        },
      },
      (duplex, one) => {
        duplex.start(new Seen().handlers);
        served.push(one);
      },
    );
    const refused = await attend(await connect(listener.url)).until((s) => s.ended > 0 || s.reason !== null);
    expect(refused.messages).to.have.length(0);
    expect(served).to.have.length(0);
    let_in = true;
    const client = await connect(listener.url);
    const seen = watch(client);
    while (served.length === 0) await new Promise(setImmediate);
    expect(served[0]).to.equal(accepted[1]);
    expect(accepted[1]?.remote.text).to.equal(client.local.text);
    accepted[1]?.drop();
    await seen.until((s) => s.ended > 0 || s.reason !== null);
    expect(gone).to.equal(2);
    client.reset();
    await listener.close();
  });

  it('lets TCP ask a silent connection whether it is there, after the time it is told', async function () {
    if (!fs.existsSync('/proc/net/tcp')) return this.skip();
    const options: { keepaliveMs?: number } = {};
    const served: MessageDuplex[] = [];
    const listener = await listen('tcp://127.0.0.1:0', options, (duplex) => {
      attend(duplex);
      served.push(duplex);
    });
    const asked = async (): Promise<number | null> => {
      const client = await connect(listener.url);
      watch(client);
      await until(() => served.length > 0);
      const left = keepaliveLeft(client.remote.port, client.local.port);
      client.reset();
      served.pop()?.reset();
      return left;
    };
    expect(await asked()).to.be.within(400, 500);
    options.keepaliveMs = 60_000;
    expect(await asked()).to.be.within(5900, 6000);
    options.keepaliveMs = 0;
    expect(await asked()).to.equal(null);
    await listener.close();
  });

  it('goes on listening on a socket handed down', async () => {
    const module = pathToFileURL(path.resolve('transport/listen.ts')).href;
    const script = `
      import { inheritedTargets, listen } from ${JSON.stringify(module)};
      const targets = inheritedTargets({ LISTEN_FDS: '1', LISTEN_PID: String(process.pid) });
      const handlers = { message() {}, drain() {}, end() {}, closed() {} };
      const listener = await listen(targets[0], {}, (duplex) => { duplex.start(handlers); duplex.send(Buffer.from('handed down')); });
      console.log(listener.url);`;
    const parent = net.createServer();
    await new Promise<void>((resolve) => parent.listen(0, '127.0.0.1', resolve));
    const { fd } = (parent as unknown as { _handle: { fd: number } })._handle;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
    });
    const url = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (d) => resolve(String(d).trim())),
    );
    parent.close();
    expect(url).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    const client = await connect(url);
    const seen = await watch(client).until((s) => s.messages.length > 0);
    expect(seen.bytes.toString()).to.equal('handed down');
    client.reset();
    child.kill();
  });

  it('takes what was handed down only when it was meant for this process', () => {
    const kinds = (env: Record<string, string>): string[] =>
      inheritedTargets(env, 5).map((target) => `${target.kind}:${target.fd}`);
    expect(kinds({ LISTEN_FDS: '2', LISTEN_PID: '5' })).to.deep.equal(['fd:3', 'fd:4']);
    for (const env of [
      {},
      { LISTEN_FDS: '2' },
      { LISTEN_PID: '5' },
      { LISTEN_FDS: '2', LISTEN_PID: '6' },
      { LISTEN_FDS: 'of another', LISTEN_PID: '6' },
    ])
      expect(kinds(env as Record<string, string>)).to.deep.equal([]);
  });

  it('refuses numbers from systemd that are none, as sd_listen_fds does', () => {
    for (const bad of ['', '0', '-1', '1e2', '0x1', ' 2', '2.0', 'x', '1001', '99999999999999999999']) {
      expect(() => inheritedTargets({ LISTEN_FDS: bad, LISTEN_PID: '5' }, 5), bad)
        .to.throw(TransportError, `LISTEN_FDS=${JSON.stringify(bad)} is no number from 1 to 1000`)
        .with.property('code', 'BAD_TARGET');
    }
    for (const bad of ['', '0', '-5', '5x', '9007199254740993']) {
      expect(() => inheritedTargets({ LISTEN_FDS: '1', LISTEN_PID: bad }, 5), bad).to.throw(
        TransportError,
        `LISTEN_PID=${JSON.stringify(bad)} is no number`,
      );
    }
  });
});
