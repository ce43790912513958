/**
 * One TLS session for captures/record.sh: `tls-session.ts NAME FOLDER`, where NAME is one below. The peers speak
 * directly, their secrets end up in FOLDER/NAME.keys.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeServerCertificate, runTlsSession, type TlsCase } from '../tls-peers.ts';

const CASES: readonly TlsCase[] = [
  { name: 'tls13-openssl-key-update', client: 'openssl', server: 'openssl', version: '1.3', command: 'K' },
  {
    name: 'tls13-openssl-early-data',
    client: 'openssl',
    server: 'openssl',
    version: '1.3',
    resume: true,
    early: true,
    serverArgs: ['-early_data'],
  },
  {
    name: 'tls13-node-chacha20',
    client: 'node',
    server: 'node',
    version: '1.3',
    suite: 'TLS_CHACHA20_POLY1305_SHA256',
  },
  {
    name: 'tls12-gnutls-cbc',
    client: 'gnutls',
    server: 'openssl',
    version: '1.2',
    priority: '-CIPHER-ALL:+AES-128-CBC',
  },
];

/** Our own daemon and client, from the AUTH_TLS probe on (RFC 9289). */
async function starttls(name: string, folder: string): Promise<void> {
  const keyLog = join(folder, `${name}.keys`);
  writeFileSync(keyLog, '');
  const { cert, key } = makeServerCertificate(folder);
  const env = { ...process.env, SSLKEYLOGFILE: keyLog };
  const oncilla = ['--import', 'tsx', 'cli/main.ts'];
  const listen = ['--listen', 'tls://127.0.0.1:16609?starttls=1', '--tls-cert', cert, '--tls-key', key];
  const daemon = spawn(process.execPath, [...oncilla, 'serve', ...listen], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise((resolve) => daemon.stderr.once('data', resolve));
  const target = `tls://127.0.0.1:16609?starttls=1&ca=${cert}`;
  const { status, stderr } = spawnSync(process.execPath, [...oncilla, 'call', target, PROCEDURE], {
    env,
    encoding: 'utf8',
  });
  daemon.kill('SIGTERM');
  if (status !== 0) throw new Error(`oncilla call: ${stderr}`);
}

/** A procedure of the daemon without arguments. */
const PROCEDURE = 'virt.VIRT_GET_NODEINFO';

const [name = '', folder = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const found = CASES.find((c) => c.name === name);
if (found !== undefined) await runTlsSession(found, folder, false);
else if (name === 'tls13-oncilla-starttls') await starttls(name, folder);
else throw new Error(`no TLS session named ${name}`);
process.exit(0);
