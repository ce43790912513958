/**
 * The list of commands. Each is loaded only when it is run (or when help or completion needs all tables), so
 * that `--version` and a short command pay for nothing else. A new command is one line here and one file.
 */
import type { Command } from './command.ts';

/** One entry of the list. */
export interface CommandEntry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'inspect',
    describe: 'explain the RPC traffic of a capture file',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'completion',
    describe: 'print a completion script for bash or zsh',
    load: async () => (await import('./completion.ts')).completion,
  },
];
