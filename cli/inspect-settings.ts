/**
 * What the options of `inspect` ask for, checked: tshark's little language behind -z and the words left over. Throws CliError (status 2) in tshark's words where it has some.
 */
import type { JsonFilter } from '../dissector/output/json-filter.ts';
import type { Statistic } from '../dissector/stats/statistic.ts';
import { findStatistic, STATISTICS } from '../dissector/stats/statistics.ts';
import type { Arguments } from './arguments.ts';
import { type DecodeSettings, decodeSettings } from './decode-options.ts';
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

export interface InspectSettings extends DecodeSettings {
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
    ...decodeSettings(args),
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
