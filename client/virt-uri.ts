/**
 * The URIs of `oncilla virt`, libvirt's: `driver[+transport]://[user@][host][:port]/[path][?params]`. Text in, plain
 * data out: how to get there, and what is then opened there. Only what our own user typed comes here; `ext` and
 * `command` run programs. Throws TransportError BAD_TARGET. Looks nothing up.
 */
import { TransportError } from '../transport/errors.ts';
import type { SshOptions } from '../transport/ssh-channel.ts';
import { parseTarget, type Target } from '../transport/target.ts';
import { defaultSocket, SYSTEM_SOCKET } from '../transport/unix-path.ts';

export type VirtTransport = 'tcp' | 'tls' | 'unix' | 'ssh' | 'ext';

export interface VirtUri {
  readonly driver: string;
  /** null: none was named */
  readonly transport: VirtTransport | null;
  readonly user: string;
  /** without brackets */
  readonly host: string;
  /** 0: none was named */
  readonly port: number;
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
}

/** How to reach a daemon: a target, or a program whose standard input and output are the connection. */
export type VirtRoute = (
  | { readonly target: Target; readonly ssh?: SshOptions }
  | { readonly command: string }
) & {
  /** what to open there; null: the daemon's first driver */
  readonly open: string | null;
};

export interface VirtRouteOptions {
  /** where a daemon is that neither a transport nor a host is named for; default tcp://127.0.0.1:16609 */
  readonly local?: string;
  /** where XDG_RUNTIME_DIR is looked up; default the process's own */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const VIRT_PORT = 16_609;

const TRANSPORTS: readonly VirtTransport[] = ['tcp', 'tls', 'unix', 'ssh', 'ext'];
const TLS_FILES = ['ca', 'cert', 'key', 'servername', 'verify', 'starttls'] as const;
const PARAMS: Readonly<Record<VirtTransport, readonly string[]>> = {
  tcp: ['name'],
  tls: ['name', 'pkipath', 'no_verify', ...TLS_FILES],
  unix: ['name', 'socket'],
  ssh: ['name', 'socket', 'command', 'keyfile', 'no_verify', 'no_tty'],
  ext: ['name', 'command'],
};

const URI = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/;

export function parseVirtUri(text: string): VirtUri {
  const fail = failing(text);
  if (/[\0-\x20\x7f]/.test(text)) fail('a blank or control character');
  const match =
    URI.exec(text) ?? fail('driver[+transport]://[user@][host][:port]/[path][?params] is expected');
  const [, driver = '', named, authority = '', path = '/', query = ''] = match;
  const transport = named === undefined ? null : (TRANSPORTS.find((one) => one === named) ?? null);
  if (named !== undefined && transport === null)
    fail(`no transport ${named}; there are ${TRANSPORTS.join(', ')}`);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : decoded(authority.slice(0, at), fail);
  const hostPort = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]*))(?::(\d{1,5}))?$/.exec(
    authority.slice(at + 1),
  );
  if (hostPort === null) return fail('no host:port ([address]:port for IPv6)');
  const host = hostPort[1] ?? hostPort[2] ?? '';
  const port = Number(hostPort[3] ?? 0);
  if (port > 65_535) fail(`no port: ${port}`);
  if (host.startsWith('-') || user.startsWith('-')) fail('hosts and users do not begin with -');
  if (user !== '' && transport !== 'ssh') fail('only ssh takes a user');
  if (host === '' && (port !== 0 || at >= 0)) fail('a user or port without a host');
  return {
    driver,
    transport,
    user,
    host,
    port,
    path: path === '' ? '/' : path,
    params: parseParams(query, fail),
  };
}

/** Without a transport, a host means TLS, as it does for libvirt. */
export function routeOf(text: string, options: VirtRouteOptions = {}): VirtRoute {
  const fail = failing(text);
  const uri = parseVirtUri(text);
  const { driver, host, port, path, user, params } = uri;
  const open = params.get('name') ?? (driver === 'remote' ? null : `${driver}://${path}`);
  if (uri.transport === null && host === '') {
    if ([...params.keys()].some((name) => name !== 'name')) fail('parameters without a transport');
    return { target: parseTarget(options.local ?? `tcp://127.0.0.1:${VIRT_PORT}`), open };
  }
  const transport = uri.transport ?? 'tls';
  for (const name of params.keys())
    if (!PARAMS[transport].includes(name)) fail(`${transport} has no parameter ${JSON.stringify(name)}`);
  const at = { host, port, path: '', user: '', fd: -1, params: new Map<string, string>() };
  switch (transport) {
    case 'tcp':
      return { target: { ...at, kind: 'tcp', host: host || '127.0.0.1', port: port || VIRT_PORT }, open };
    case 'tls':
      if (host === '') fail('tls needs a host');
      return {
        target: { ...at, kind: 'tls', port: port || VIRT_PORT, params: tlsParams(params, fail) },
        open,
      };
    case 'unix':
      if (host !== '') fail('unix takes no host');
      return {
        target: {
          ...at,
          kind: 'unix',
          path: socketOf(params, defaultSocket(options.env ?? process.env), fail),
        },
        open,
      };
    case 'ssh': {
      if (host === '') fail('ssh needs a host');
      // Whose folders are whose on the far side is not known here: without a word it is the machine's daemon.
      const target: Target = { ...at, kind: 'ssh', user, path: socketOf(params, SYSTEM_SOCKET, fail) };
      return { target, ssh: sshOptions(params, fail), open };
    }
    case 'ext': {
      const command = params.get('command') ?? fail('ext needs command=PROGRAM');
      if (host !== '') fail('ext takes no host');
      return { command, open };
    }
  }
}

type Fail = (why: string) => never;

function failing(text: string): Fail {
  return (why) => {
    throw new TransportError('BAD_TARGET', `${JSON.stringify(text)} is no URI of a driver: ${why}`);
  };
}

function parseParams(query: string, fail: Fail): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const cut = part.indexOf('=');
    if (cut < 0) fail(`parameter ${part} needs a value`);
    const name = decoded(part.slice(0, cut), fail);
    if (params.has(name)) fail(`parameter ${name} twice`);
    params.set(name, decoded(part.slice(cut + 1), fail));
  }
  return params;
}

function decoded(part: string, fail: Fail): string {
  let text = '';
  try {
    text = decodeURIComponent(part);
  } catch (e) {
    if (!(e instanceof URIError)) throw e;
    fail('a bad %XX');
  }
  if (/[\0-\x1f\x7f]/.test(text)) fail('a control character');
  return text;
}

function flag(params: ReadonlyMap<string, string>, name: string, fail: Fail): boolean {
  const value = params.get(name) ?? '0';
  if (value !== '0' && value !== '1') fail(`${name} is 0 or 1`);
  return value === '1';
}

function socketOf(params: ReadonlyMap<string, string>, otherwise: string, fail: Fail): string {
  const socket = params.get('socket') ?? otherwise;
  if (!socket.startsWith('/')) fail('socket is an absolute path');
  return socket;
}

function tlsParams(params: ReadonlyMap<string, string>, fail: Fail): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  const folder = params.get('pkipath');
  if (folder !== undefined) {
    own.set('ca', `${folder}/cacert.pem`);
    own.set('cert', `${folder}/clientcert.pem`);
    own.set('key', `${folder}/clientkey.pem`);
  }
  if (flag(params, 'no_verify', fail)) own.set('verify', 'none');
  if (flag(params, 'starttls', fail)) own.set('starttls', '1');
  for (const name of ['ca', 'cert', 'key', 'servername', 'verify']) {
    const value = params.get(name);
    if (value !== undefined) own.set(name, value);
  }
  if (!['none', 'peer'].includes(own.get('verify') ?? 'peer')) fail('verify is none or peer');
  return own;
}

function sshOptions(params: ReadonlyMap<string, string>, fail: Fail): SshOptions {
  const program = params.get('command');
  const keyfile = params.get('keyfile');
  const args = [
    ...(keyfile === undefined ? [] : ['-i', keyfile]),
    ...(flag(params, 'no_tty', fail) ? ['-o', 'BatchMode=yes'] : []),
    ...(flag(params, 'no_verify', fail) ? ['-o', 'StrictHostKeyChecking=no'] : []),
  ];
  return { args, ...(program === undefined ? {} : { program }) };
}
