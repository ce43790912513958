/**
 * Target URLs of the command line: `tcp://`, `udp://`, `unix:///path`, `tls://`, `ssh://`, and `fd:N` for a socket
 * handed down by systemd. Text in, plain data out; TransportError BAD_TARGET for anything else. No look-ups.
 */
import { TransportError } from './errors.ts';

export type TargetKind = 'tcp' | 'udp' | 'unix' | 'tls' | 'ssh' | 'fd';

/** `host` without brackets; `port` 0 where there is none; `path` absolute, of unix and ssh; `fd` of fd. */
export interface Target {
  readonly kind: TargetKind;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** of ssh, '' without */
  readonly user: string;
  readonly fd: number;
  readonly params: ReadonlyMap<string, string>;
}

const SCHEMES: readonly TargetKind[] = ['tcp', 'udp', 'unix', 'tls', 'ssh'];

/** What may stand behind the question mark: for each kind, as a client or as a listener. */
const TLS_PARAMS = ['starttls', 'ca', 'cert', 'key', 'servername', 'verify'];
const LISTENER_PARAMS = ['access', 'dialect'];
const PARAMS: Readonly<Record<TargetKind, readonly string[]>> = {
  tcp: LISTENER_PARAMS,
  udp: LISTENER_PARAMS,
  unix: LISTENER_PARAMS,
  tls: [...TLS_PARAMS, ...LISTENER_PARAMS],
  ssh: LISTENER_PARAMS,
  fd: LISTENER_PARAMS,
};

/** Parses a target; what stands in it is taken literally except for %XX in paths, users and parameters. */
export function parseTarget(text: string): Target {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(text) ?? fail(text, 'no scheme');
  // A NUL or a line break would end a file name or a command line early.
  if (/[\0-\x20\x7f]/.test(text)) fail(text, 'a blank or control character');
  const [head, query] = cut(rest, '?');
  if (query?.includes('#') || head.includes('#')) fail(text, 'a fragment means nothing here');
  if (scheme === 'fd') {
    const params = parseParams(text, 'fd', query);
    if (!/^\d{1,9}$/.test(head)) fail(text, 'fd:N needs a number');
    return { kind: 'fd', host: '', port: 0, path: '', user: '', fd: Number(head), params };
  }
  const kind = SCHEMES.find((known) => known === scheme);
  if (kind === undefined) return fail(text, `unknown scheme ${scheme}`);
  if (!head.startsWith('//')) fail(text, `${scheme}:// expected`);
  const params = parseParams(text, kind, query);
  const slash = head.indexOf('/', 2);
  const authority = slash < 0 ? head.slice(2) : head.slice(2, slash);
  const path = slash < 0 ? '' : decodePart(text, head.slice(slash));
  if (kind === 'unix') {
    if (authority !== '') fail(text, 'unix:// takes no host: write unix:///path');
    if (path === '' || path === '/') fail(text, 'no path');
    return { kind, host: '', port: 0, path, user: '', fd: -1, params };
  }
  const [before, after] = cut(authority, '@');
  const user = after === undefined ? '' : decodePart(text, before);
  if (after !== undefined && kind !== 'ssh') fail(text, 'only ssh:// takes a user');
  const { host, port } = parseHostPort(text, after ?? authority, kind);
  if (kind === 'ssh') {
    if (path === '' || path === '/') fail(text, 'no remote socket path');
  } else if (path !== '' && path !== '/') {
    fail(text, `${scheme}:// takes no path`);
  }
  return { kind, host, port, path: kind === 'ssh' ? path : '', user, fd: -1, params };
}

/** The target as a URL, without parameters. */
export function targetUrl(target: Target): string {
  const { kind, host, port, path, user } = target;
  if (kind === 'fd') return `fd:${target.fd}`;
  if (kind === 'unix') return `unix://${encodeURI(path)}`;
  const at = user === '' ? '' : `${encodeURIComponent(user)}@`;
  return `${kind}://${at}${joinHostPort(host, kind === 'ssh' && port === 0 ? -1 : port)}${encodeURI(path)}`;
}

/** `host:port`, `[v6]:port`; only the host for port -1. */
export function joinHostPort(host: string, port: number): string {
  const text = host.includes(':') ? `[${host}]` : host;
  return port < 0 ? text : `${text}:${port}`;
}

/** Whether an address can only be reached from this machine. A name other than localhost is not taken for one. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether what a target names is this machine's own: a socket in the file system, or loopback. SSH may lead anywhere. */
export function isOwnMachine({ kind, host }: Pick<Target, 'kind' | 'host'>): boolean {
  return kind === 'unix' || (kind !== 'ssh' && isLoopback(host));
}

function parseHostPort(text: string, hostPort: string, kind: TargetKind): { host: string; port: number } {
  const match =
    /^\[([0-9A-Fa-f:.]+(?:%[0-9A-Za-z_.-]+)?)\](?::(\d{1,5}))?$/.exec(hostPort) ??
    /^([0-9A-Za-z._-]+)(?::(\d{1,5}))?$/.exec(hostPort);
  if (match === null) return fail(text, 'no host:port ([address]:port for IPv6)');
  const [, host = '', digits] = match;
  if (host.startsWith('-')) fail(text, 'a host does not begin with -');
  if (digits === undefined) {
    if (kind !== 'ssh') fail(text, 'no port');
    return { host, port: 0 };
  }
  const port = Number(digits);
  if (port > 65535) fail(text, `no port: ${digits}`);
  return { host, port };
}

function parseParams(text: string, kind: TargetKind, query: string | undefined): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  if (query === undefined || query === '') return params;
  for (const part of query.split('&')) {
    const [name, value] = cut(part, '=');
    if (!PARAMS[kind].includes(name)) fail(text, `${kind} has no parameter ${JSON.stringify(name)}`);
    if (value === undefined) fail(text, `parameter ${name} needs a value`);
    if (params.has(name)) fail(text, `parameter ${name} twice`);
    params.set(name, decodePart(text, value as string));
  }
  choice(text, params, 'starttls', ['0', '1']);
  choice(text, params, 'verify', ['none', 'peer']);
  choice(text, params, 'access', ['ro', 'rw']);
  choice(text, params, 'dialect', ['oncrpc', 'libvirt']);
  return params;
}

function choice(
  text: string,
  params: ReadonlyMap<string, string>,
  name: string,
  values: readonly string[],
): void {
  const value = params.get(name);
  if (value !== undefined && !values.includes(value)) fail(text, `${name} is ${values.join(' or ')}`);
}

function decodePart(text: string, part: string): string {
  let out = '';
  try {
    out = decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    fail(text, 'a bad %XX');
  }
  if (/[\0-\x1f\x7f]/.test(out)) fail(text, 'a control character');
  return out;
}

function cut(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

function fail(text: string, why: string): never {
  throw new TransportError('BAD_TARGET', `${JSON.stringify(text)} is no target: ${why}`);
}
