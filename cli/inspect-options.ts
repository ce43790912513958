/** The options of `oncilla inspect`: tshark's letters and long names, and what tshark has not. */
import { STATISTICS } from '../dissector/stats/statistics.ts';
import type { Command, OptionTable } from './command.ts';
import { DECODE_OPTIONS } from './decode-options.ts';

export const TIME_FORMATS = ['a', 'ad', 'adoy', 'd', 'dd', 'e', 'r', 'u', 'ud', 'udoy'] as const;
export const OUTPUT_FORMATS = ['text', 'fields', 'json', 'jsonraw', 'ek', 'pdml', 'psml', 'ndjson'] as const;

export const INSPECT_OPTIONS = {
  'read-file': { short: 'r', value: 'FILE', describe: 'the capture to read; - is standard input' },
  'display-filter': {
    short: 'Y',
    value: 'FILTER',
    describe: 'show only packets that match a display filter',
  },
  count: { short: 'c', value: 'N', minimum: 1, describe: 'stop after N packets' },
  details: { short: 'V', describe: 'show the whole tree of every packet' },
  'only-protocols': {
    short: 'O',
    value: 'PROTOCOLS',
    describe: 'show the whole tree of these protocols only (a,b)',
  },
  print: { short: 'P', describe: 'show the line of a packet also with -x, -V or -w' },
  hexdump: { short: 'x', describe: 'show the bytes of every packet' },
  'no-resolve': { short: 'n', describe: 'show addresses and ports as numbers (always so)' },
  quiet: { short: 'q', describe: 'show no packets, only statistics' },
  'line-buffered': { short: 'l', describe: 'print every packet at once' },
  'two-pass': { short: '2', describe: 'read the file twice: calls then know the frame of their reply' },
  'time-format': {
    short: 't',
    value: 'FORMAT',
    choices: TIME_FORMATS,
    describe: 'how to show the time of a packet (r: since the first packet)',
  },
  format: { short: 'T', value: 'FORMAT', choices: OUTPUT_FORMATS, describe: 'what to print' },
  field: {
    short: 'e',
    value: 'FIELD',
    repeat: true,
    describe: 'a field to print with -T fields, json, ek, pdml or ndjson',
  },
  'fields-option': {
    short: 'E',
    value: 'NAME=VALUE',
    repeat: true,
    describe:
      '-T fields: header=y|n separator=X occurrence=f|l|a aggregator=X quote=d|s|n escape=y|n bom=y|n',
  },
  'filter-layers': {
    short: 'j',
    value: 'PROTOCOLS',
    describe: '-T json, jsonraw, ek, pdml: the fields of these protocols only, without what is below them',
  },
  'filter-deep': { short: 'J', value: 'PROTOCOLS', describe: 'the same, with everything below them' },
  'no-duplicate-keys': { describe: '-T json, jsonraw: equal keys become one, with an array' },
  write: {
    short: 'w',
    value: 'FILE',
    describe:
      'write what matches to a pcapng, or a pcap by its ending; packets are then printed with -P, -V or -x only',
  },
  conversations: { describe: '-w: the whole TCP and UDP conversations of what matches' },
  decrypted: { describe: '-w: what TLS carried in place of TLS, where there are keys' },
  'with-secrets': { describe: '-w: embed the secrets of --keylog and of the capture' },
  ...DECODE_OPTIONS,
  statistics: {
    short: 'z',
    value: 'NAME',
    repeat: true,
    describe: `print statistics: ${STATISTICS.map(({ usage }) => usage).join(' · ')}`,
  },
  calls: { describe: 'one line per call with its reply' },
  'tshark-compat': { describe: 'make the choices tshark 4.0.17 makes, where oncilla would do better' },
  strict: { describe: 'exit 1 if a message is malformed' },
} as const satisfies OptionTable;

/** What tshark has and `inspect` has not (-D and -I mean something else here). */
export const TSHARK_LACKING: NonNullable<Command['lacking']> = {
  tool: 'tshark',
  flags: 'AabBCFfGgHiKLMNpQRSsuUWXy',
  names: [
    'autostop',
    'buffer-size',
    'capture-comment',
    'capture-filter',
    'compress-type',
    'disable-all-protocols',
    'disable-protocol',
    'elastic-mapping-filter',
    'enable-heuristic',
    'enable-protocol',
    'export-objects',
    'export-tls-session-keys',
    'ifdescr',
    'ifname',
    'interface',
    'list-data-link-types',
    'list-interfaces',
    'list-time-stamp-types',
    'log-debug',
    'log-domain',
    'log-fatal',
    'log-file',
    'log-level',
    'log-noisy',
    'monitor-mode',
    'no-promiscuous-mode',
    'read-filter',
    'ring-buffer',
    'snapshot-length',
    'temp-dir',
    'time-stamp-type',
  ],
};
