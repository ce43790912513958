/**
 * `oncilla virt`: virsh's commands over a VIRT daemon. Status 1 for what the daemon refuses, 3 where there is none.
 */
import { connectVirt, type VirtOptions } from '../client/virt.ts';
import { isVirtError } from '../client/virt-error.ts';
import type { Arguments } from './arguments.ts';
import { nearest } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_NEGATIVE, EXIT_OK } from './errors.ts';
import { insecureAloud } from './insecure.ts';
import { FLAGS, type Flag, type VirtCommand, type VirtCommands } from './virt/command.ts';
import { DOMAIN_COMMANDS } from './virt/domains.ts';
import { printEvents } from './virt/events.ts';
import { HOST_COMMANDS } from './virt/host.ts';
import { lines } from './virt/layout.ts';
import { NETWORK_COMMANDS } from './virt/networks.ts';

const COMMANDS: VirtCommands = { ...DOMAIN_COMMANDS, ...NETWORK_COMMANDS, ...HOST_COMMANDS };
const NAMES = [...Object.keys(COMMANDS), 'event'];
const DEFAULT_URI = 'test:///default';
const DEFAULT_TIMEOUT_S = 25;

export const virt: Command = {
  name: 'virt',
  describe: 'manage domains and networks of a daemon, as virsh does',
  usage: `virt [-c URI] COMMAND …\n\ncommands: ${NAMES.join(', ')}`,
  options: {
    connect: {
      short: 'c',
      value: 'URI',
      describe: 'driver[+transport]://[user@][host][:port]/[path] (test:///default)',
    },
    json: { describe: 'print JSON' },
    timeout: {
      value: 'SECONDS',
      minimum: 1,
      describe: 'give up a call after so long (25); event: stop then',
    },
    all: { describe: 'list, net-list: those that do not run, too' },
    inactive: {
      describe: 'list, net-list: only those that do not run; dumpxml: what the next start will use',
    },
    name: { describe: 'list, net-list: names only; list: with --uuid, both' },
    uuid: { describe: 'list, net-list: UUIDs only' },
    reason: { describe: 'domstate: why, too' },
    disable: { describe: 'autostart, net-autostart: no longer' },
    'security-info': { describe: 'dumpxml: with passwords' },
    daemon: { describe: "version: the daemon's, too" },
    loop: { describe: 'event: go on until interrupted' },
  },
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const [name, ...words] = args.positionals;
  if (name === undefined) throw new CliError('virt', 'no command', { hint: NAMES.join(', ') });
  const uri = args.text('connect') ?? DEFAULT_URI;
  const timeout = args.integer('timeout');
  const tls = insecureAloud(io);
  const options: VirtOptions = { callTimeoutMs: (timeout ?? DEFAULT_TIMEOUT_S) * 1000, tls };
  const flags = new Set(FLAGS.filter((flag) => args.has(flag)));
  try {
    if (name === 'event') {
      requireWords(name, words, []);
      const timeoutMs = timeout === undefined ? null : timeout * 1000;
      const settings = { uri, loop: args.has('loop'), json: args.has('json'), timeoutMs };
      return await printEvents({ ...settings, options: { tls } }, io);
    }
    const command = commandOf(name);
    requireWords(name, words, command.words);
    requireFlags(name, flags, command);
    return await once(command, uri, options, words, flags, args.has('json'), io);
  } catch (e) {
    if (isVirtError(e)) throw new CliError(name, e.message, { status: EXIT_NEGATIVE, cause: e });
    throw callFailure(uri, e);
  }
}

async function once(
  command: VirtCommand,
  uri: string,
  options: VirtOptions,
  words: readonly string[],
  flags: ReadonlySet<Flag>,
  json: boolean,
  io: Io,
): Promise<number> {
  const client = await connectVirt(uri, options);
  try {
    const shown = await command.run({ client, words, flags, io });
    io.stdout.write(json ? `${JSON.stringify(shown.json)}\n` : page(shown.text));
    return EXIT_OK;
  } finally {
    await client.close();
  }
}

/** As virsh ends everything: with an empty line, which is all there is where nothing is to be said. */
function page(text: string): string {
  return text === '' ? '\n' : `${lines(text)}\n\n`;
}

function commandOf(name: string): VirtCommand {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  const near = nearest(name, NAMES);
  throw new CliError(name, 'unknown command', {
    hint: near === undefined ? 'oncilla virt --help lists them' : `did you mean ${near}?`,
  });
}

function requireWords(name: string, words: readonly string[], wanted: readonly string[]): void {
  const missing = wanted[words.length];
  if (missing !== undefined) throw new CliError(name, `needs a ${missing}`);
  if (words.length > wanted.length) throw new CliError(name, `takes no ${words[wanted.length]}`);
}

function requireFlags(name: string, flags: ReadonlySet<Flag>, command: VirtCommand): void {
  for (const flag of flags) {
    if (command.flags?.includes(flag) !== true) throw new CliError(`--${flag}`, `means nothing to ${name}`);
  }
  const together = command.exclusive?.filter((flag) => flags.has(flag)) ?? [];
  if (together.length > 1)
    throw new CliError(together.map((flag) => `--${flag}`).join(' and '), `${name} takes only one of them`);
}
