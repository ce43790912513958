/**
 * Runs a script of test/peers/inside in a private network, mount and process namespace, where it may start daemons on
 * any port; whatever it started ends with it. What it found out comes back as one value.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Programs of a list that are not here; `sbin` is looked at too. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: ENVIRONMENT }).status !== 0,
  );
}

const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** rpcinfo asks for addresses as AI_ADDRCONFIG has them, which does not count 127.0.0.1. */
const PREPARE = [
  'set -e',
  'ip link set lo up',
  'ip address add 10.9.9.1/32 dev lo',
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/rpcbind /run/sendsigs.omit.d',
].join('\n');

const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Why namespaces cannot be had here, or null. */
export function noNamespace(): string | null {
  const missing = missingPrograms(['unshare', 'ip', 'mount']);
  if (missing.length > 0) return missing.join(', ');
  const tried = spawnSync('unshare', [...privileges(), ...UNSHARE, 'sh', '-c', PREPARE], {
    env: ENVIRONMENT,
  });
  return tried.status === 0 ? null : 'private network namespace';
}

/** Why a namespace cannot be had in which this user is root without a map, as mounting over a folder of its own needs. */
export function noRootNamespace(): string | null {
  return process.getuid?.() === 0 ? noNamespace() : 'root';
}

function privileges(): string[] {
  return process.getuid?.() === 0 ? [] : ['--map-root-user'];
}

/** The value that the script printed. Throws with its standard error when it failed. */
export function inNamespace(script: string, timeoutMs = 19_000): unknown {
  const file = join(import.meta.dirname, 'inside', script);
  // tsx is found from here, not from the current folder
  const tsx = pathToFileURL(join(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs')).href;
  const command = `${PREPARE}\nexec "$0" --import "$1" "$2"`;
  const ran = spawnSync(
    'unshare',
    [...privileges(), ...UNSHARE, 'bash', '-c', command, process.execPath, tsx, file],
    { encoding: 'utf8', timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24, env: ENVIRONMENT },
  );
  const result = ran.stdout.split('\n').find((line) => line.startsWith('RESULT '));
  if (ran.status !== 0 || result === undefined) {
    throw new Error(`${script}: status ${ran.status}, signal ${ran.signal}\n${ran.stderr}\n${ran.stdout}`);
  }
  return JSON.parse(result.slice('RESULT '.length));
}
