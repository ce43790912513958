/**
 * `oncilla fuzz`: a server held against its `.x`, with every mutation of valid calls that the catalogue has. Here is
 * what can be said on its command line; fuzz-target.ts runs it, and fuzz-replay.ts, fuzz-minimize.ts, fuzz-merge.ts and
 * fuzz-in-process.ts are its subcommands. Status 1 for findings, 3 for a target that is not reached or is gone.
 */
import { FAMILIES, REPORT_ENDINGS, SHAPE_NOTES } from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io, OptionTable } from './command.ts';
import { AUTH_CHOICES } from './credential.ts';
import { CliError, EXIT_OK } from './errors.ts';
import {
  DEFAULT_CASES,
  DEFAULT_FINDINGS,
  DEFAULT_OUT,
  DEFAULT_RATE,
  DEFAULT_SECONDS,
  fuzzTarget,
} from './fuzz-target.ts';
import { IDL_OPTIONS, IDL_SOURCE_OPTIONS } from './idl-option-table.ts';

const OPTIONS = {
  program: { value: 'NAME', describe: 'the program to fuzz; default the only one of --idl' },
  procedure: { value: 'NAME', repeat: true, describe: 'only this procedure' },
  ...IDL_OPTIONS,
  from: {
    value: 'FILE',
    repeat: true,
    describe: 'begin with the calls of a capture, and draw values and words from it',
  },
  keylog: { value: 'FILE', repeat: true, describe: '--from: decrypt TLS with these secrets' },
  seed: {
    value: 'N',
    minimum: 0,
    describe: 'the same seed sends the same bytes (default: a new one, printed first)',
  },
  'max-cases': { value: 'N', minimum: 1, describe: `send at most so many cases (${DEFAULT_CASES})` },
  'max-time': { value: 'SECONDS', describe: `stop after so long (${DEFAULT_SECONDS})` },
  'max-findings': { value: 'N', minimum: 1, describe: `stop after so many findings (${DEFAULT_FINDINGS})` },
  rate: { value: 'R', describe: `cases a second (${DEFAULT_RATE}); 0: as fast as they are answered` },
  timeout: { value: 'SECONDS', describe: 'an answer that takes longer is late or missing (1)' },
  profile: {
    value: 'PROFILE',
    choices: ['lenient', 'strict'],
    describe:
      'lenient (default) allows what servers in the field do and no RFC forbids; strict: to the letter',
  },
  auth: { value: 'FLAVOR', choices: AUTH_CHOICES, describe: 'credential: none (default) or sys' },
  case: {
    value: 'ID',
    repeat: true,
    describe: 'only this case, family (len.max) or shape (X-02); --in-process: this input',
  },
  'list-cases': { describe: 'print the families of cases and the shapes that they send' },
  shard: { value: 'I/N', describe: 'only every Nth case, beginning with the Ith of N' },
  restart: { value: 'CMD', describe: 'start the server with this command, and again when it is gone' },
  baseline: { value: 'FILE', describe: 'findings that are known, as JSON: no reason for status 1' },
  out: { value: 'DIR', describe: `write findings here, as .json and .pcapng (${DEFAULT_OUT})` },
  report: {
    value: 'FILE',
    repeat: true,
    describe: `write a report, by its ending: .${REPORT_ENDINGS.join(' .')} (.xml is JUnit)`,
  },
  to: {
    value: 'TARGET',
    describe: 'replay, minimize: where to send the finding; merge: where replay lines send it',
  },
  'in-process': {
    value: 'WHAT',
    describe:
      'no TARGET: guided by coverage, the decoders of --program (codec), the dissector (inspect) or a module',
  },
  'i-own-this-target': { describe: 'allow a target off this machine' },
} satisfies OptionTable;

type OptionName = keyof typeof OPTIONS;

const IDL = Object.keys(IDL_OPTIONS) as OptionName[];
/** Where nothing is encoded, or generated code is what is looked into. */
const IDL_FILES = ['idl', ...Object.keys(IDL_SOURCE_OPTIONS)] as OptionName[];
const TO_A_SERVER: readonly OptionName[] = [
  'to',
  'program',
  ...IDL,
  'timeout',
  'restart',
  'i-own-this-target',
];

/** What each form of the command can be told; anything else is refused, for it would be ignored. */
const TAKES: Readonly<Record<string, readonly OptionName[]>> = {
  replay: [...TO_A_SERVER, 'profile'],
  minimize: [...TO_A_SERVER, 'profile', 'out', 'max-cases', 'max-time'],
  merge: ['to', 'program', ...IDL_FILES, 'baseline', 'out', 'report', 'i-own-this-target'],
  '--in-process': [
    'in-process',
    'program',
    'procedure',
    ...IDL_FILES,
    'from',
    'keylog',
    'seed',
    'max-cases',
    'max-time',
    'max-findings',
    'case',
    'out',
  ],
};

export const fuzz: Command = {
  name: 'fuzz',
  describe: 'hold a server against its .x with malformed calls, and shrink what it gets wrong',
  usage: [
    'fuzz TARGET [--program NAME | --idl FILE.x] [options]',
    '   or: oncilla fuzz replay FINDING.json --to TARGET',
    '   or: oncilla fuzz minimize FINDING.json [--to TARGET]',
    '   or: oncilla fuzz merge DIR…',
    '   or: oncilla fuzz --in-process codec|inspect|FILE.js [options]',
  ].join('\n'),
  options: OPTIONS,
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const [word, ...words] = args.positionals;
  if (args.has('list-cases')) return listCases(io);
  if (args.has('in-process')) {
    only('--in-process', args);
    if (word !== undefined) throw new CliError('--in-process', `takes no target: "${word}"`);
    return (await import('./fuzz-in-process.ts')).fuzzInside(args, io);
  }
  if (word === undefined) throw new CliError('fuzz', 'needs TARGET');
  if (word in TAKES) only(word, args);
  switch (word) {
    case 'replay':
      return (await import('./fuzz-replay.ts')).replayFinding(words, args, io);
    case 'minimize':
      return (await import('./fuzz-minimize.ts')).minimizeFinding(words, args, io);
    case 'merge':
      return (await import('./fuzz-merge.ts')).mergeResults(words, args, io);
  }
  if (words.length > 0) throw new CliError('fuzz', 'needs one TARGET');
  if (args.has('to')) throw new CliError('--to', 'of replay and minimize only; TARGET stands alone');
  return fuzzTarget(word, args, io);
}

/** An option that a form does not heed would be a promise that is not kept. */
function only(form: string, args: Arguments): void {
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    if (args.has(name) && !TAKES[form]?.includes(name)) {
      throw new CliError(`--${name}`, `not an option of fuzz ${form}`);
    }
  }
}

function listCases(io: Io): number {
  const width = Math.max(...FAMILIES.map(({ id }) => id.length));
  for (const { id, describe, shapes, stream, process } of FAMILIES) {
    const needs = [...(stream ? ['streams only'] : []), ...(process ? ['with --restart only'] : [])];
    const note = [...shapes, ...needs].join(', ');
    io.stdout.write(`${id.padEnd(width)}  ${describe}${note === '' ? '' : ` (${note})`}\n`);
  }
  for (const [shape, note] of Object.entries(SHAPE_NOTES))
    io.stdout.write(`${shape.padEnd(width)}  ${note}\n`);
  return EXIT_OK;
}
