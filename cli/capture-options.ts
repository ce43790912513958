/** The options of live traffic, which `capture` and `watch` share, and what they ask for. Throws CliError. */
import { parseTarget, type Target, targetUrl } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { OptionTable } from './command.ts';
import { CliError } from './errors.ts';
import { listenTarget } from './listen-target.ts';

export const LIVE_OPTIONS: OptionTable = {
  interface: { short: 'i', value: 'IFACE', describe: 'capture on this interface, with dumpcap or tcpdump' },
  'capture-filter': {
    short: 'f',
    value: 'BPF',
    describe: 'with -i: capture only what this filter lets through',
  },
  proxy: {
    value: 'LISTEN=TARGET',
    describe: 'listen, pass everything on to TARGET, and show what passes; tcp:// udp:// unix:// tls://',
  },
  'insecure-listen': { describe: 'with --proxy: allow a listener in the clear that others can reach' },
};

export const CAPTURE_OPTIONS: OptionTable = {
  ...LIVE_OPTIONS,
  write: { short: 'w', value: 'FILE.pcapng', describe: 'where the packets go; - is standard output' },
  count: { short: 'c', value: 'N', minimum: 1, describe: 'end after N packets' },
  autostop: { short: 'a', value: 'duration:S', describe: 'end after S seconds' },
  quiet: { short: 'q', describe: 'no progress, no summary' },
};

export interface InterfaceSettings {
  readonly kind: 'interface';
  readonly name: string;
  readonly filter: string | null;
}

export interface ProxySettings {
  readonly kind: 'proxy';
  readonly listen: Target;
  readonly target: Target;
}

export type LiveSettings = InterfaceSettings | ProxySettings;

/** Null where neither -i nor --proxy was given. */
export function liveSettings(args: Arguments): LiveSettings | null {
  const [name, proxy, filter] = [args.text('interface'), args.text('proxy'), args.text('capture-filter')];
  if (name !== undefined && proxy !== undefined) throw new CliError('--proxy', 'does not go with -i');
  if (filter !== undefined && name === undefined) throw new CliError('-f', 'needs -i');
  if (name !== undefined) {
    if (name === '' || name.startsWith('-')) throw new CliError('-i', `"${name}" is no interface`);
    return { kind: 'interface', name, filter: filter ?? null };
  }
  return proxy === undefined ? null : proxySettings(proxy, args);
}

/** LISTEN may have an equals sign in its parameters: the one that counts has a scheme behind it. */
const JOINT = /=(?=(?:tcp|udp|unix|tls|ssh|fd):)/;

function proxySettings(text: string, args: Arguments): ProxySettings {
  const at = text.search(JOINT);
  if (at < 0) {
    throw new CliError('--proxy', `"${text}" is not LISTEN=TARGET`, {
      hint: 'tcp://127.0.0.1:4000=tcp://server:2049',
    });
  }
  const risk = 'whoever reaches it reaches the target, as you do';
  const listen = listenTarget('--proxy', text.slice(0, at), args, risk);
  const target = parse(text.slice(at + 1));
  if (target.kind === 'fd') throw new CliError('--proxy', `${targetUrl(target)} is nothing to connect to`);
  if ((listen.kind === 'udp') !== (target.kind === 'udp')) {
    throw new CliError(
      '--proxy',
      `${targetUrl(listen)} and ${targetUrl(target)}: one has datagrams, the other a stream`,
    );
  }
  for (const side of [listen, target]) {
    for (const name of ['access', 'dialect']) {
      if (side.params.has(name)) throw new CliError('--proxy', `${name}= means nothing to a proxy`);
    }
  }
  return { kind: 'proxy', listen, target };
}

function parse(url: string): Target {
  try {
    return parseTarget(url);
  } catch (e) {
    throw callFailure('--proxy', e);
  }
}
