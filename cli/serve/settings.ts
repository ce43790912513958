/**
 * What `oncilla serve` is asked to do, checked against the access rules of DESIGN section 4 before anything listens:
 * who may write is decided here, from what every listener and driver is. Throws CliError (status 2). No sockets.
 */
import { isDeepStrictEqual } from 'node:util';
import { isTransportError } from '../../transport/errors.ts';
import { inheritedTargets } from '../../transport/listen.ts';
import type { Grant } from '../../transport/peer-types.ts';
import { isLoopback, parseTarget, type Target } from '../../transport/target.ts';
import { defaultSocket } from '../../transport/unix-path.ts';
import type { Arguments } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { limitsFrom, type ServeLimits } from './limits.ts';
import type { Level } from './log.ts';

export const DEFAULT_DRIVER = 'test:///default';
export const DEFAULT_PORT = 16_609;

type Environment = Readonly<Record<string, string | undefined>>;

/** One listener. `access` is null for a socket from systemd: what it is shows only when it is there. */
export interface ListenerSettings {
  readonly target: Target;
  readonly access: Grant | null;
}

/** Files of the TLS options; `allow` as they were given. */
export interface TlsSettings {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
  readonly verifyClient: boolean;
  readonly allow: readonly string[];
}

export interface ServeSettings {
  readonly drivers: readonly string[];
  readonly listeners: readonly ListenerSettings[];
  readonly insecure: boolean;
  readonly tls: TlsSettings | null;
  readonly stateDir: string | null;
  readonly rpcbind: boolean;
  readonly record: string | null;
  readonly metrics: { readonly host: string; readonly port: number } | null;
  readonly drainMs: number;
  readonly level: Level;
  readonly seed: string;
  readonly limits: ServeLimits;
}

export function serveSettings(args: Arguments, env: Environment): ServeSettings {
  if (args.positionals.length > 0) throw new CliError(args.positionals.join(' '), 'serve takes options only');
  const drivers = args.list('driver').length > 0 ? args.list('driver') : [DEFAULT_DRIVER];
  const insecure = args.has('insecure-listen');
  const tls = tlsSettings(args);
  const rules: Rules = { testOnly: drivers.every(isTestDriver), insecure, tls };
  const targets = listenTargets(args.list('listen'), env, rules);
  const metrics = args.text('metrics');
  return {
    drivers,
    listeners: targets.map((target) => ({ target, access: accessOf(target, rules) })),
    insecure,
    tls,
    stateDir: args.text('state-dir') ?? null,
    rpcbind: args.has('rpcbind'),
    record: args.text('record') ?? null,
    metrics: metrics === undefined ? null : metricsAddress(metrics, insecure),
    drainMs: (args.integer('drain') ?? 10) * 1000,
    level: (args.text('log-level') ?? 'info') as Level,
    seed: args.text('seed') ?? 'oncilla',
    limits: limitsFrom(args),
  };
}

/** What access depends on besides the listener itself. */
export interface Rules {
  readonly testOnly: boolean;
  readonly insecure: boolean;
  readonly tls: TlsSettings | null;
}

export function isTestDriver(uri: string): boolean {
  return uri.startsWith('test:');
}

/**
 * What a listener grants: what its URL asks for where it may have that, else the most it may have. Null for an
 * inherited socket, to be asked again with what it turned out to be.
 */
export function accessOf(target: Target, rules: Rules): Grant | null {
  const url = describe(target);
  if (target.params.get('dialect') === 'libvirt')
    throw new CliError(url, "libvirt's protocol is not spoken yet");
  if (target.kind === 'ssh') {
    throw new CliError(url, 'nothing listens over ssh', {
      hint: 'listen on unix:///PATH; clients come with ssh://HOST/PATH',
    });
  }
  if (target.kind === 'fd') return null;
  const most = mostAccess(target, rules);
  const asked = target.params.get('access') as Grant | undefined;
  if (asked === 'rw' && most === 'ro') {
    throw new CliError(url, 'may grant reading only', {
      hint: 'writing needs unix://, tls:// with --tls-verify-client, or ssh',
    });
  }
  return asked ?? most;
}

/** The options that a setting comes from; null: a reload takes it. */
const RESTART: Readonly<Record<Exclude<keyof ServeSettings, 'tls'>, string | null>> = {
  drivers: 'driver',
  listeners: 'listen',
  insecure: 'insecure-listen',
  stateDir: 'state-dir',
  rpcbind: 'rpcbind',
  record: 'record',
  metrics: 'metrics',
  drainMs: 'drain',
  level: null,
  seed: 'seed',
  limits: null,
};

const TLS_RESTART: Readonly<Record<keyof TlsSettings, string>> = {
  cert: 'tls-cert',
  key: 'tls-key',
  ca: 'tls-ca',
  verifyClient: 'tls-verify-client',
  allow: 'tls-allow',
};

/** The options that a daemon with the settings `running` would have to be started anew for, to have those of `now`. */
export function needRestart(running: ServeSettings, now: ServeSettings): string[] {
  return [...changed(running, now, RESTART), ...changed(running.tls ?? {}, now.tls ?? {}, TLS_RESTART)];
}

function changed<K extends string>(
  before: Readonly<Partial<Record<K, unknown>>>,
  after: Readonly<Partial<Record<K, unknown>>>,
  options: Readonly<Record<K, string | null>>,
): string[] {
  return (Object.keys(options) as K[]).flatMap((key) => {
    const option = options[key];
    return option === null || isDeepStrictEqual(before[key], after[key]) ? [] : [option];
  });
}

function mostAccess(target: Target, { testOnly, insecure, tls }: Rules): Grant {
  const url = describe(target);
  if (target.kind === 'unix') return 'rw';
  const local = isLoopback(target.host);
  if (target.kind === 'tls') return verifiesClients(target, tls) || (testOnly && local) ? 'rw' : 'ro';
  if (!local && !insecure) {
    throw new CliError(url, `${target.host} is not loopback, and this listener is in the clear`, {
      hint: '--insecure-listen allows it, reading only; tls:// is better',
    });
  }
  return testOnly && local ? 'rw' : 'ro';
}

/** Whether who connects must show a certificate, by the listener's own parameters before the options. */
function verifiesClients(target: Target, tls: TlsSettings | null): boolean {
  const url = describe(target);
  const { params } = target;
  if (tls === null && !(params.has('cert') && params.has('key'))) {
    throw new CliError(url, 'needs --tls-cert and --tls-key');
  }
  if (tls !== null && tls.allow.length > 0) return true;
  const verify = params.get('verify');
  const verifies = verify === undefined ? tls?.verifyClient === true : verify !== 'none';
  // Without authorities of one's own, every certificate that any of the public ones signed would do.
  if (verifies && !params.has('ca') && (tls?.ca ?? null) === null) {
    throw new CliError(url, 'verifying clients needs the authorities to trust: --tls-ca or ?ca=');
  }
  return verifies;
}

function listenTargets(urls: readonly string[], env: Environment, { testOnly }: Rules): readonly Target[] {
  const given = urls.map((url) => orRefuse('--listen', () => parseTarget(url)));
  const inherited = orRefuse('sockets from systemd', () => inheritedTargets(env));
  if (given.length + inherited.length > 0) return [...inherited, ...given];
  if (testOnly) return [parseTarget(`tcp://127.0.0.1:${DEFAULT_PORT}`)];
  return [parseTarget(`unix://${defaultSocket(env)}`)];
}

/** What is wrong with a target is the caller's to mend. */
function orRefuse<T>(what: string, f: () => T): T {
  try {
    return f();
  } catch (e) {
    if (!isTransportError(e)) throw e;
    throw new CliError(what, e.message, { cause: e });
  }
}

function metricsAddress(text: string, insecure: boolean): { host: string; port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw new CliError('--metrics', `"${text}" is no HOST:PORT`);
  if (!insecure && !isLoopback(host)) {
    throw new CliError('--metrics', `${host} is not loopback, and the counters would go out in the clear`, {
      hint: '--insecure-listen allows it',
    });
  }
  return { host, port };
}

function tlsSettings(args: Arguments): TlsSettings | null {
  const [cert, key, ca] = [args.text('tls-cert'), args.text('tls-key'), args.text('tls-ca')];
  const allow = args.list('tls-allow');
  const verifyClient = args.has('tls-verify-client') || allow.length > 0;
  if (cert === undefined && key === undefined) {
    if (ca !== undefined || verifyClient) {
      throw new CliError('--tls-cert', 'the other TLS options need it, and --tls-key');
    }
    return null;
  }
  if (cert === undefined) throw new CliError('--tls-cert', '--tls-key needs it');
  if (key === undefined) throw new CliError('--tls-key', '--tls-cert needs it');
  if (verifyClient && ca === undefined) {
    throw new CliError('--tls-ca', 'verifying clients needs the authorities to trust');
  }
  return { cert, key, ca: ca ?? null, verifyClient, allow };
}

function describe(target: Target): string {
  if (target.kind === 'unix') return `unix://${target.path}`;
  if (target.kind === 'fd') return `fd:${target.fd}`;
  return `${target.kind}://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
}
