/**
 * What the options of `inspect` ask for, checked: tshark's little languages behind -d, -o, -z and the words left
 * over. Throws CliError (status 2) in tshark's words where it has some.
 */
import type { JsonFilter } from '../dissector/output/json-filter.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../dissector/session/options.ts';
import type { Statistic } from '../dissector/stats/statistic.ts';
import { findStatistic, STATISTICS } from '../dissector/stats/statistics.ts';
import type { Arguments } from './arguments.ts';
import { CliError } from './errors.ts';
import type { OUTPUT_FORMATS, TIME_FORMATS } from './inspect-options.ts';

type OutputFormat = (typeof OUTPUT_FORMATS)[number];
type TimeFormat = (typeof TIME_FORMATS)[number];

/** A -z as it was written, what it names, and what follows the name. */
export interface NamedStatistic {
  readonly argument: string;
  readonly statistic: Statistic;
  readonly args: string;
}

export interface InspectSettings {
  readonly file: string;
  readonly filter: string;
  readonly format: OutputFormat;
  readonly timeFormat: TimeFormat;
  readonly fields: readonly string[];
  /** -E, for the writer to check */
  readonly fieldsOptions: readonly string[];
  /** -V or -O */
  readonly details: boolean;
  /** the line of the packet list, in text */
  readonly summary: boolean;
  /** -w: the file that packets go to; `-` is standard output */
  readonly write: string | null;
  /** -P */
  readonly print: boolean;
  readonly conversations: boolean;
  readonly decrypted: boolean;
  readonly withSecrets: boolean;
  /** -O: the protocols shown in full; null: all */
  readonly only: ReadonlySet<string> | null;
  /** -j and -J */
  readonly filterKeys: JsonFilter | null;
  readonly noDuplicateKeys: boolean;
  readonly hexdump: boolean;
  readonly quiet: boolean;
  readonly lineBuffered: boolean;
  readonly twoPass: boolean;
  readonly calls: boolean;
  readonly compat: boolean;
  readonly strict: boolean;
  readonly statistics: readonly NamedStatistic[];
  /** packets to read at most */
  readonly count: number;
  readonly preferences: Partial<Preferences>;
  readonly tcpPorts: ReadonlySet<number>;
  readonly udpPorts: ReadonlySet<number>;
  readonly disabledHeuristics: ReadonlySet<string>;
  /** files of TLS secrets */
  readonly keyLogFiles: readonly string[];
}

/** What -e and -x go with. */
const WITH_FIELDS: readonly OutputFormat[] = ['fields', 'json', 'ek', 'pdml', 'psml', 'ndjson'];
const WITH_BYTES: readonly OutputFormat[] = ['text', 'json', 'jsonraw', 'ek'];

/** Reads and checks everything but -E, which belongs to the writer. */
export function inspectSettings(args: Arguments): InspectSettings {
  const { file, filter } = fileAndFilter(args);
  const format = (args.text('format') ?? 'text') as OutputFormat;
  const fields = args.list('field');
  if (format === 'fields' && fields.length === 0) {
    throw new CliError('-T', '"-Tfields" was specified, but no fields were specified with "-e".');
  }
  if (fields.length > 0 && !WITH_FIELDS.includes(format)) {
    throw new CliError('-e', `"-e" was specified, but none of -T ${WITH_FIELDS.join(', ')}`);
  }
  if (args.has('hexdump') && !WITH_BYTES.includes(format)) {
    throw new CliError('-x', `the bytes of packets are printed with -T ${WITH_BYTES.join(', ')}`);
  }
  if (args.has('no-duplicate-keys') && format !== 'json' && format !== 'jsonraw') {
    throw new CliError('--no-duplicate-keys', 'can only be used with -T json and jsonraw');
  }
  const calls = args.has('calls');
  if (calls && format !== 'text' && format !== 'ndjson') {
    throw new CliError('--calls', `prints text or ndjson, not ${format}`);
  }
  if (calls && (args.has('details') || args.has('hexdump'))) {
    throw new CliError('--calls', 'shows one line per call, so -V and -x do not go with it');
  }
  const write = args.text('write') ?? null;
  for (const name of ['conversations', 'decrypted', 'with-secrets']) {
    if (args.has(name) && write === null)
      throw new CliError(`--${name}`, 'says what -w writes, which is missing');
  }
  const only = args.text('only-protocols');
  const details = args.has('details') || only !== undefined;
  const ports = decodeAs(args.list('decode-as'));
  return {
    file,
    filter,
    format,
    timeFormat: (args.text('time-format') ?? 'r') as TimeFormat,
    fields,
    fieldsOptions: args.list('fields-option'),
    details,
    write,
    print: args.has('print'),
    conversations: args.has('conversations'),
    decrypted: args.has('decrypted'),
    withSecrets: args.has('with-secrets'),
    summary: args.has('print') || !(details || args.has('hexdump')),
    only: only === undefined ? null : new Set(words(only)),
    filterKeys: jsonFilter(args),
    noDuplicateKeys: args.has('no-duplicate-keys'),
    hexdump: args.has('hexdump'),
    quiet: args.has('quiet'),
    lineBuffered: args.has('line-buffered'),
    twoPass: args.has('two-pass'),
    calls,
    compat: args.has('tshark-compat'),
    strict: args.has('strict'),
    statistics: statistics(args.list('statistics')),
    count: args.integer('count') ?? Number.POSITIVE_INFINITY,
    preferences: preferences(args.list('preference')),
    ...ports,
    disabledHeuristics: heuristics(args.list('disable-heuristic')),
    keyLogFiles: keyLogFiles(args),
  };
}

/** Names with commas or spaces between them. */
function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function jsonFilter(args: Arguments): JsonFilter | null {
  const shallow = args.text('filter-layers');
  const deep = args.text('filter-deep');
  if (shallow !== undefined && deep !== undefined) throw new CliError('-j', 'does not go with -J');
  if (shallow === undefined && deep === undefined) return null;
  return { protocols: new Set(words(shallow ?? deep ?? '')), deep: deep !== undefined };
}

function fileAndFilter(args: Arguments): { file: string; filter: string } {
  const named = args.text('read-file');
  const words = named === undefined ? args.positionals.slice(1) : args.positionals;
  const file = named ?? args.positionals[0];
  if (file === undefined) throw new CliError('inspect', 'no capture file', { hint: 'oncilla inspect FILE' });
  const filter = args.text('display-filter');
  if (words.length > 0 && filter !== undefined) {
    throw new CliError(words.join(' '), 'a display filter was given both with -Y and as further words');
  }
  return { file, filter: filter ?? words.join(' ') };
}

function statistics(names: readonly string[]): NamedStatistic[] {
  return names.map((argument) => {
    const found = findStatistic(argument);
    if (found !== undefined) return { argument, ...found };
    const detail = STATISTICS.map(({ usage }) => `     ${usage}`).join('\n');
    throw new CliError('-z', `"${argument}" is not among the statistics offered`, { detail });
  });
}

/** `tcp.port==N,rpc`, also `N-M` and `N:COUNT`, as tshark has them. */
function decodeAs(rules: readonly string[]): { tcpPorts: Set<number>; udpPorts: Set<number> } {
  const tcpPorts = new Set<number>();
  const udpPorts = new Set<number>();
  for (const rule of rules) {
    const match = /^(tcp|udp)\.port==(\d{1,5})(?:([-:])(\d{1,5}))?,(.+)$/.exec(rule);
    if (match === null) {
      throw new CliError('-d', `"${rule}" is not understood`, { hint: 'tcp.port==N,rpc or udp.port==N,rpc' });
    }
    const [, transport, first, separator, second, protocol] = match;
    if (protocol !== 'rpc') throw new CliError('-d', `"${protocol}" cannot be decoded as; only rpc can`);
    const low = Number(first);
    const high =
      separator === undefined ? low : separator === '-' ? Number(second) : low + Number(second) - 1;
    if (low > 65_535 || high > 65_535 || high < low) throw new CliError('-d', `"${rule}" has no valid ports`);
    for (let port = low; port <= high; port++) (transport === 'tcp' ? tcpPorts : udpPorts).add(port);
  }
  return { tcpPorts, udpPorts };
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
