/** The ssh transport through a real sshd on loopback, with keys and a configuration of the test's own. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { userInfo } from 'node:os';
import { expect } from 'chai';
import { connect } from '../../transport/connect.ts';
import { listen } from '../../transport/listen.ts';
import { Seen, scratch, watch } from '../transport/streams.ts';

const SSHD = '/usr/sbin/sshd';

describe('ssh (needs ssh and /usr/sbin/sshd)', () => {
  const { path, remove } = scratch();
  let sshd: ChildProcess | null = null;
  let port = 0;

  before(async function () {
    if (!existsSync(SSHD) || spawnSync('ssh', ['-V']).status !== 0) return this.skip();
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    for (const name of ['host', 'user']) {
      const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)], {
        encoding: 'utf8',
      });
      if (made.status !== 0) throw new Error(made.stderr);
    }
    writeFileSync(path('authorized'), readFileSync(path('user.pub')));
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    ({ port } = free.address() as net.AddressInfo);
    await new Promise((resolve) => free.close(resolve));
    writeFileSync(
      path('sshd_config'),
      `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${path('host')}\nAuthorizedKeysFile ${path('authorized')}\n` +
        'StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\n',
    );
    writeFileSync(path('known'), `[127.0.0.1]:${port} ${readFileSync(path('host.pub'), 'utf8')}`);
    // What stands on the far side for `oncilla ssh-proxy SOCKET`: it joins its own ends to the socket.
    writeFileSync(
      path('oncilla'),
      `#!${process.execPath}
const [command, socket] = process.argv.slice(2);
if (command !== 'ssh-proxy') throw new Error(command);
const s = require('node:net').connect({ path: socket, allowHalfOpen: true });
s.on('error', (e) => { console.error(e.message); process.exit(1); });
process.stdin.pipe(s);
s.pipe(process.stdout);
`,
    );
    chmodSync(path('oncilla'), 0o755);
    sshd = spawn(SSHD, ['-D', '-e', '-f', path('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      sshd?.stderr?.on('data', (text) => String(text).includes('listening') && resolve());
      sshd?.once('exit', (code) => reject(new Error(`sshd ended: ${code}`)));
    });
  });
  after(() => {
    sshd?.removeAllListeners('exit').kill();
    remove();
  });

  const ssh = (known = 'known') => ({
    args: [
      '-F',
      'none',
      '-i',
      path('user'),
      '-o',
      `UserKnownHostsFile=${path(known)}`,
      '-o',
      'BatchMode=yes',
    ],
    remoteProgram: path('oncilla'),
  });
  const url = (socket: string): string =>
    `ssh://${userInfo().username}@127.0.0.1:${port}${encodeURI(path(socket))}`;

  it('carries messages both ways, whatever the path', async () => {
    for (const name of ['plain.sock', "it's $(touch pwned); `x`.sock"]) {
      const served = new Seen();
      const listener = await listen(`unix://${encodeURI(path(name))}`, {}, (duplex) => {
        duplex.start({
          ...served.handlers,
          message: (bytes) => {
            served.handlers.message(bytes);
            duplex.send(Uint8Array.from(bytes));
          },
          end: () => duplex.close(),
        });
      });
      const client = await connect(url(name), { ssh: ssh() });
      const seen = watch(client);
      expect(client.kind).to.equal('ssh');
      client.send(Buffer.from('over ssh'));
      client.send(Buffer.alloc(300_000, 5));
      await seen.until((s) => s.messages.length === 2);
      expect(seen.messages[0]?.toString()).to.equal('over ssh');
      expect(seen.messages[1]?.equals(Buffer.alloc(300_000, 5))).to.equal(true);
      client.end();
      await seen.until((s) => s.ended === 1);
      client.close();
      await seen.closed();
      expect(seen.reason).to.deep.equal({ kind: 'closed' });
      await listener.close();
    }
    expect(existsSync('pwned')).to.equal(false);
  }).timeout(30_000);

  it('says why it ended when the far side has no such socket', async () => {
    const client = await connect(url('none.sock'), { ssh: ssh() });
    const seen = await watch(client).closed();
    expect(seen.reason?.kind).to.equal('error');
    expect(seen.reason?.error?.message).to.match(/^ssh to 127\.0\.0\.1: connect ENOENT .*none\.sock/);
  });

  it('says why it ended when the host is not the one known', async () => {
    writeFileSync(path('empty'), '');
    const client = await connect(url('plain.sock'), { ssh: ssh('empty') });
    const seen = await watch(client).closed();
    expect(seen.reason?.error?.message).to.equal('ssh to 127.0.0.1: Host key verification failed.');
  });
});
