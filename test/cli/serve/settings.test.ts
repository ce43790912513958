import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { LIMIT_OPTIONS } from '../../../cli/serve/limits.ts';
import { SERVE_OPTIONS } from '../../../cli/serve/options.ts';
import { needRestart, type ServeSettings, serveSettings } from '../../../cli/serve/settings.ts';

async function settings(argv: readonly string[], env: Record<string, string> = {}): Promise<ServeSettings> {
  return serveSettings(await parseArguments(argv, { options: SERVE_OPTIONS }), env);
}

async function refusal(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  try {
    await settings(argv, env);
  } catch (e) {
    expect((e as { status: number }).status).to.equal(2);
    return (e as Error).message;
  }
  return 'accepted';
}

const access = ({ listeners }: ServeSettings) =>
  listeners.map((listener) => `${listener.target.kind} ${listener.access}`);

const TLS = ['--tls-cert', 'c.pem', '--tls-key', 'k.pem'];
const VERIFY = [...TLS, '--tls-ca', 'a.pem', '--tls-verify-client'];
const QEMU = ['--driver', 'qemu:///system'];

describe('cli/serve/settings', () => {
  it('listens on loopback, read-write, while every driver is the test driver', async () => {
    const { listeners, drivers } = await settings([]);
    expect(drivers).to.deep.equal(['test:///default']);
    expect(listeners[0]?.target).to.include({ kind: 'tcp', host: '127.0.0.1', port: 16_609 });
    expect(listeners[0]?.access).to.equal('rw');
  });

  it('listens on a private socket with any other driver', async () => {
    const { listeners } = await settings(QEMU, { XDG_RUNTIME_DIR: '/run/user/7' });
    expect(listeners[0]?.target).to.include({ kind: 'unix', path: '/run/user/7/oncilla/virt.sock' });
    expect(listeners[0]?.access).to.equal('rw');
  });

  const granted: readonly (readonly [argv: readonly string[], access: string])[] = [
    [['--listen', 'tcp://127.0.0.1:0'], 'tcp rw'],
    [['--listen', 'udp://[::1]:0'], 'udp rw'],
    [['--listen', 'tcp://127.0.0.1:0?access=ro'], 'tcp ro'],
    [['--listen', 'unix:///tmp/s?access=ro'], 'unix ro'],
    [[...QEMU, '--listen', 'tcp://127.0.0.1:0'], 'tcp ro'],
    [[...QEMU, '--listen', 'udp://127.0.0.1:0'], 'udp ro'],
    [[...QEMU, '--listen', 'unix:///tmp/s'], 'unix rw'],
    [['--insecure-listen', '--listen', 'tcp://0.0.0.0:0'], 'tcp ro'],
    [[...TLS, '--listen', 'tls://0.0.0.0:0'], 'tls ro'],
    [[...TLS, '--tls-ca', 'a.pem', '--tls-verify-client', '--listen', 'tls://0.0.0.0:0'], 'tls rw'],
    [[...TLS, '--tls-ca', 'a.pem', '--tls-allow', 'CN=x', '--listen', 'tls://0.0.0.0:0'], 'tls rw'],
    [[...VERIFY, '--listen', 'tls://0.0.0.0:0?verify=none'], 'tls ro'],
    [[...VERIFY, '--tls-allow', 'CN=x', '--listen', 'tls://0.0.0.0:0?verify=none'], 'tls rw'],
    [[...TLS, '--listen', 'tls://0.0.0.0:0?verify=peer&ca=a.pem'], 'tls rw'],
    [['--listen', 'tls://127.0.0.1:0?cert=c.pem&key=k.pem'], 'tls rw'],
  ];
  for (const [argv, expected] of granted) {
    it(`grants ${expected} for ${argv.join(' ')}`, async () => {
      expect(access(await settings(argv))).to.deep.equal([expected]);
    });
  }

  const refused: readonly (readonly [argv: readonly string[], why: RegExp])[] = [
    [['--listen', 'tcp://0.0.0.0:1'], /not loopback/],
    [['--listen', 'udp://example.org:1'], /not loopback/],
    [['--insecure-listen', '--listen', 'tcp://0.0.0.0:1?access=rw'], /reading only/],
    [[...QEMU, '--listen', 'tcp://127.0.0.1:1?access=rw'], /reading only/],
    [['--listen', 'tcp://127.0.0.1:1?dialect=libvirt'], /not spoken/],
    [['--listen', 'ssh://h/s'], /nothing listens/],
    [['--listen', 'tls://127.0.0.1:1'], /--tls-cert/],
    [[...TLS, '--listen', 'tls://0.0.0.0:0?verify=peer'], /authorities/],
    [[...VERIFY, '--listen', 'tls://0.0.0.0:0?verify=none&access=rw'], /reading only/],
    [['--listen', 'nonsense'], /no target/],
    [['--tls-cert', 'c'], /--tls-key/],
    [['--tls-key', 'k'], /--tls-cert/],
    [['--tls-ca', 'a'], /--tls-cert/],
    [[...TLS, '--tls-verify-client'], /--tls-ca/],
    [['--metrics', '0.0.0.0:1'], /not loopback/],
    [['--metrics', 'here'], /HOST:PORT/],
    [['--max-in-flight', '0'], /below 1/],
    [['word'], /options only/],
  ];
  for (const [argv, why] of refused) {
    it(`refuses ${argv.join(' ')}`, async () => {
      expect(await refusal(argv)).to.match(why);
    });
  }

  it('takes sockets from systemd instead of the default', async () => {
    const { listeners } = await settings([], { LISTEN_FDS: '1', LISTEN_PID: String(process.pid) });
    expect(access({ listeners } as ServeSettings)).to.deep.equal(['fd null']);
  });

  it('refuses what systemd hands down when it is no number', async () => {
    const env = { LISTEN_FDS: 'one', LISTEN_PID: String(process.pid) };
    expect(await refusal([], env)).to.equal(
      'sockets from systemd: LISTEN_FDS="one" is no number from 1 to 1000',
    );
  });

  it('names what a running daemon does not take: all options but the log level and the limits', async () => {
    const others = {
      driver: ['--driver', 'test:///other.xml'],
      listen: ['--listen', 'tcp://127.0.0.1:1?access=ro'],
      'insecure-listen': ['--insecure-listen'],
      'state-dir': ['--state-dir', '/s'],
      'tls-cert': [...VERIFY, '--tls-cert', 'other.pem'],
      'tls-key': [...VERIFY, '--tls-key', 'other.pem'],
      'tls-ca': [...VERIFY, '--tls-ca', 'other.pem'],
      'tls-verify-client': [...TLS, '--tls-ca', 'a.pem'],
      'tls-allow': [...VERIFY, '--tls-allow', 'CN=alice'],
      rpcbind: ['--rpcbind'],
      record: ['--record', 'r.pcapng'],
      metrics: ['--metrics', '127.0.0.1:1'],
      drain: ['--drain', '1'],
      seed: ['--seed', 'other'],
    } as const;
    const taken = [
      '--log-level',
      'debug',
      ...Object.keys(LIMIT_OPTIONS).flatMap((name) => [`--${name}`, '7']),
    ];
    const names = Object.keys(SERVE_OPTIONS).filter((name) => !taken.includes(`--${name}`));
    expect(Object.keys(others)).to.have.members(names);
    const listen = ['--listen', 'tcp://127.0.0.1:1'];
    for (const [name, argv] of Object.entries(others)) {
      const tls = name.startsWith('tls-') ? VERIFY : [];
      const running = await settings([...listen, ...tls]);
      const now = await settings([...(name === 'listen' ? [] : listen), ...argv, ...taken]);
      expect(needRestart(running, now), name).to.deep.equal([name]);
      expect(needRestart(now, now)).to.deep.equal([]);
    }
    expect(needRestart(await settings([]), await settings(VERIFY))).to.include('tls-cert');
  });
});
