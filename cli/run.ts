/**
 * The program behind main: finds the command, gives it its options (configuration, then environment, then the
 * command line), runs it, and turns whatever is thrown into one line on standard error and an exit status.
 * Never throws.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import { expandArguments, GLOBAL_OPTIONS, nearest, parseArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { COMMANDS } from './commands.ts';
import { CliError, EXIT_OK, EXIT_USAGE, isCliError, isClosedPipe } from './errors.ts';
import { packageVersion } from './version.ts';

/** Runs one command line (without node and script); returns the exit status. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let status: number;
  try {
    status = await dispatch(argv, io);
  } catch (e) {
    status = report(e, io);
  }
  try {
    io.stdout.flush();
    io.stderr.flush();
  } catch (e) {
    if (!isClosedPipe(e)) return report(e, io);
  }
  return status;
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const { leading, name, rest } = splitCommand(argv);
  const options = expandArguments(leading, GLOBAL_OPTIONS).options;
  if (options.includes('--version')) {
    io.stdout.write(`${packageVersion(import.meta.dirname)}\n`);
    return EXIT_OK;
  }
  if (options.includes('--help')) {
    io.stdout.write(await overview());
    return EXIT_OK;
  }
  if (name === undefined) {
    io.stderr.write(await overview());
    return EXIT_USAGE;
  }
  const entry = COMMANDS.find((e) => e.name === name);
  if (entry === undefined) throw unknownCommand(name);
  return runCommand(await entry.load(), [...leading, ...rest], io);
}

/** Parses and runs one command. */
export async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const table = { ...GLOBAL_OPTIONS, ...command.options };
  const parse = () =>
    parseArguments(argv, command, async (given) => {
      const { environmentOptions } = await import('./environment.ts');
      const fromEnvironment = environmentOptions(io.env, table);
      const file = lastValue([...fromEnvironment, ...given], 'config');
      if (file === undefined) return fromEnvironment;
      const { configOptions } = await import('./config.ts');
      const names = COMMANDS.map((entry) => entry.name);
      return [...(await configOptions(file, command.name, table, names)), ...fromEnvironment];
    });
  const args = await parse();
  if (args.has('help')) {
    const { helpText } = await import('./yargs.ts');
    io.stdout.write(await helpText(command, table, columns(io)));
    return EXIT_OK;
  }
  if (args.has('version')) {
    io.stdout.write(`${packageVersion(import.meta.dirname)}\n`);
    return EXIT_OK;
  }
  return command.run(args, io, parse);
}

/** Global options may stand before the command's name. */
function splitCommand(argv: readonly string[]): {
  leading: readonly string[];
  name: string | undefined;
  rest: readonly string[];
} {
  let at = 0;
  while (at < argv.length && argv[at]!.startsWith('-')) {
    const name = argv[at]!.startsWith('--') ? argv[at]!.slice(2) : '';
    const option = GLOBAL_OPTIONS[name];
    const next = argv[at + 1];
    const takesNext =
      option?.value !== undefined &&
      (option.alone === undefined || (next !== undefined && option.choices?.includes(next) === true));
    at += takesNext ? 2 : 1;
  }
  return { leading: argv.slice(0, at), name: argv[at], rest: argv.slice(at + 1) };
}

function lastValue(options: readonly string[], name: string): string | undefined {
  return options.findLast((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function columns(io: Io): number {
  const n = Number(io.env.COLUMNS);
  return Number.isInteger(n) && n >= 40 ? n : 100;
}

async function overview(): Promise<string> {
  const width = Math.max(...COMMANDS.map((entry) => entry.name.length));
  return [
    'usage: oncilla COMMAND [options]',
    '',
    'Reads, checks and explains XDR and ONC RPC (SunRPC): in captures, in messages, in .x files.',
    '',
    ...COMMANDS.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.describe}`),
    '',
    '  oncilla COMMAND --help  shows the options of a command',
    '  oncilla --version       shows the version',
    '',
  ].join('\n');
}

function unknownCommand(name: string): CliError {
  const near = nearest(
    name,
    COMMANDS.map((entry) => entry.name),
  );
  if (near !== undefined) return new CliError(name, 'unknown command', { hint: `did you mean ${near}?` });
  if (/\.(pcap|pcapng|cap)(\.gz)?$/.test(name)) {
    return new CliError(name, 'unknown command', { hint: `oncilla inspect ${name}` });
  }
  return new CliError(name, 'unknown command', { hint: 'oncilla --help lists them' });
}

function report(e: unknown, io: Io): number {
  if (isClosedPipe(e)) return EXIT_OK;
  try {
    io.stdout.flush();
  } catch {
    // the reader of standard output is gone; the error itself still goes to standard error
  }
  const debug = (io.env.ONCILLA_DEBUG ?? '') !== '' && io.env.ONCILLA_DEBUG !== '0';
  try {
    if (isCliError(e)) {
      const hint = e.hint === undefined ? '' : ` (${e.hint})`;
      io.stderr.write(`oncilla: ${oneLine(e.what)}: ${oneLine(e.why)}${oneLine(hint)}\n`);
      if (e.detail !== undefined) io.stderr.write(`${e.detail}\n`);
    } else {
      const why = e instanceof Error ? e.message : String(e);
      const hint = debug ? '' : ' (ONCILLA_DEBUG=1 shows where)';
      io.stderr.write(`oncilla: internal error: ${oneLine(why)}${hint}\n`);
    }
    if (debug && e instanceof Error) io.stderr.write(`${e.stack}\n`);
    io.stderr.flush();
  } catch {
    // nobody can be told: the status is all that is left
  }
  return isCliError(e) ? e.status : EXIT_USAGE;
}

/** Text from files and peers must not steer the terminal or start a second line. */
function oneLine(text: string): string {
  return escapeTerminal(text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' '));
}
