/**
 * The options that say how captures are decoded, for every command that reads them: their table, and what they ask
 * for, checked. tshark's little languages behind -d and -o. Throws CliError (status 2) in tshark's words where it has
 * some.
 */
import { DEFAULT_PREFERENCES, type Preferences } from '../dissector/session/options.ts';
import type { Arguments } from './arguments.ts';
import type { OptionTable } from './command.ts';
import { CliError } from './errors.ts';

export const DECODE_OPTIONS = {
  'decode-as': {
    short: 'd',
    value: 'tcp.port==N,rpc',
    repeat: true,
    describe: 'take every payload of a TCP or UDP port as RPC, or of a UDP port as vxlan or geneve',
  },
  preference: { short: 'o', value: 'NAME:VALUE', repeat: true, describe: 'set a preference, as in tshark' },
  keylog: {
    value: 'FILE',
    repeat: true,
    describe: 'decrypt TLS with the secrets in FILE (SSLKEYLOGFILE format); a capture may bring its own',
  },
  'disable-heuristic': {
    value: 'NAME',
    repeat: true,
    describe: 'do not look for RPC by content (rpc_tcp, rpc_udp)',
  },
} as const satisfies OptionTable;

type Tunnel = 'vxlan' | 'geneve';

export interface DecodeSettings {
  readonly preferences: Partial<Preferences>;
  readonly tcpPorts: ReadonlySet<number>;
  readonly udpPorts: ReadonlySet<number>;
  readonly tunnelPorts: ReadonlyMap<number, Tunnel>;
  readonly disabledHeuristics: ReadonlySet<string>;
  /** files of TLS secrets */
  readonly keyLogFiles: readonly string[];
}

export function decodeSettings(args: Arguments): DecodeSettings {
  return {
    preferences: preferences(args.list('preference')),
    ...decodeAs(args.list('decode-as')),
    disabledHeuristics: heuristics(args.list('disable-heuristic')),
    keyLogFiles: keyLogFiles(args),
  };
}

const RULES = 'tcp.port==N,rpc, udp.port==N,rpc, udp.port==N,vxlan or udp.port==N,geneve';

/** `tcp.port==N,rpc`, also `N-M` and `N:COUNT`, as tshark has them. */
function decodeAs(rules: readonly string[]): Pick<DecodeSettings, 'tcpPorts' | 'udpPorts' | 'tunnelPorts'> {
  const tcpPorts = new Set<number>();
  const udpPorts = new Set<number>();
  const tunnelPorts = new Map<number, Tunnel>();
  for (const rule of rules) {
    const match = /^(tcp|udp)\.port==(\d{1,5})(?:([-:])(\d{1,5}))?,(.+)$/.exec(rule);
    if (match === null) {
      throw new CliError('-d', `"${rule}" is not understood`, { hint: RULES });
    }
    const [, transport, first, separator, second, protocol] = match;
    const tunnel = transport === 'udp' && isTunnel(protocol) ? protocol : null;
    if (protocol !== 'rpc' && tunnel === null) {
      throw new CliError('-d', `"${protocol}" cannot be decoded as by ${transport}.port`, { hint: RULES });
    }
    const low = Number(first);
    const high =
      separator === undefined ? low : separator === '-' ? Number(second) : low + Number(second) - 1;
    if (low > 65_535 || high > 65_535 || high < low) throw new CliError('-d', `"${rule}" has no valid ports`);
    for (let port = low; port <= high; port++) {
      if (tunnel !== null) tunnelPorts.set(port, tunnel);
      else (transport === 'tcp' ? tcpPorts : udpPorts).add(port);
    }
  }
  return { tcpPorts, udpPorts, tunnelPorts };
}

function isTunnel(word: string | undefined): word is Tunnel {
  return word === 'vxlan' || word === 'geneve';
}

const HEURISTICS = ['rpc_tcp', 'rpc_udp', 'smpp_tcp'];

function heuristics(names: readonly string[]): Set<string> {
  for (const name of names) {
    if (!HEURISTICS.includes(name)) {
      throw new CliError('--disable-heuristic', `no such heuristic: ${name}`, {
        hint: HEURISTICS.join(', '),
      });
    }
  }
  return new Set(names);
}

/** tshark's preference for what --keylog names; empty, as it is by default, it names none. */
const KEY_LOG_PREFERENCE = 'tls.keylog_file:';

function keyLogFiles(args: Arguments): string[] {
  const preferred = args
    .list('preference')
    .filter((setting) => setting.startsWith(KEY_LOG_PREFERENCE))
    .map((setting) => setting.slice(KEY_LOG_PREFERENCE.length).trim());
  return [...args.list('keylog'), ...preferred].filter((file) => file !== '');
}

/** Preferences of tshark that we have at one value only: asking for that value is fine. */
const FIXED: Readonly<Record<string, string>> = {
  'ip.check_checksum': 'FALSE',
  'nfs.file_name_snooping': 'FALSE',
  'nlm.msg_res_matching': 'FALSE',
  'tcp.analyze_sequence_numbers': 'TRUE',
  'tcp.check_checksum': 'FALSE',
  'tcp.relative_sequence_numbers': 'TRUE',
  'udp.check_checksum': 'FALSE',
};

function preferences(settings: readonly string[]): Partial<Preferences> {
  const out: Record<string, boolean | number> = {};
  for (const setting of settings) {
    if (setting.startsWith(KEY_LOG_PREFERENCE)) continue;
    const colon = setting.indexOf(':');
    if (colon <= 0) throw new CliError('-o', `"${setting}" is not NAME:VALUE`);
    const name = setting.slice(0, colon);
    const value = setting.slice(colon + 1).trim();
    if (Object.hasOwn(FIXED, name)) {
      if (value.toUpperCase() === FIXED[name]) continue;
      throw new CliError('-o', `"${setting}": only ${FIXED[name]} is offered`);
    }
    if (!Object.hasOwn(DEFAULT_PREFERENCES, name)) {
      throw new CliError('-o', `"${setting}" specifies an unknown preference`);
    }
    out[name] = preferenceValue(setting, value, DEFAULT_PREFERENCES[name as keyof Preferences]);
  }
  return out as Partial<Preferences>;
}

function preferenceValue(setting: string, value: string, like: boolean | number): boolean | number {
  if (typeof like === 'boolean') {
    if (/^true$/i.test(value)) return true;
    if (/^false$/i.test(value)) return false;
    throw new CliError('-o', `"${setting}": the value is TRUE or FALSE`);
  }
  if (!/^\d{1,10}$/.test(value) || Number(value) > 0x7fffffff) {
    throw new CliError('-o', `"${setting}": the value is a number up to 2147483647`);
  }
  return Number(value);
}
