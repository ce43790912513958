/**
 * What a command is: a name, a table of its options, and `run`, which gets parsed arguments and its whole
 * outside world as `Io`, so that a test calls it without a process. A command returns the exit status; wrong
 * usage and unreadable input are thrown as CliError, which main prints on one line.
 */
import type { Arguments } from './arguments.ts';

/** One option of a command; the key in the table is its long name. */
export interface Option {
  readonly describe: string;
  /** the one-character form, without the dash */
  readonly short?: string;
  /** name of the value in the help text; absent for a flag */
  readonly value?: string;
  /** may be given more than once, each value kept */
  readonly repeat?: boolean;
  /** the only values allowed */
  readonly choices?: readonly string[];
  /** with `choices`: the value meant when the option stands alone */
  readonly alone?: string;
  /** the value is a whole number not below this */
  readonly minimum?: number;
  /** accepted for compatibility, not shown in the help text */
  readonly hidden?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** Where text and bytes go; buffered, written in order. `write` throws ClosedPipe when nobody reads any more. */
export interface Output {
  readonly isTty: boolean;
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  flush(): void;
}

/** The outside world of a command. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** aborted by SIGINT: finish with a partial summary and return 130 */
  readonly interrupt: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** one line for the list of commands */
  readonly describe: string;
  /** what stands behind `oncilla NAME` in the usage line */
  readonly usage: string;
  readonly options: OptionTable;
  /** one-character options of the tool whose habits this command follows that are known but not offered */
  readonly lacking?: { readonly tool: string; readonly flags: string; readonly names: readonly string[] };
  /** `again` reads configuration, environment and command line anew, for a command that outlives a change of them */
  run(args: Arguments, io: Io, again?: () => Promise<Arguments>): Promise<number>;
}
