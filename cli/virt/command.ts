/**
 * What a command of `oncilla virt` is: words and flags in, what to show out, as text in virsh's layout and as JSON.
 * Refusals of the daemon pass through as VirtError; wrong words are CliErrors.
 */
import type { VirtClient } from '../../client/virt.ts';
import { isVirtError } from '../../client/virt-error.ts';
import type { Io } from '../command.ts';
import { CliError, EXIT_NEGATIVE } from '../errors.ts';

/** A command's result; text ends without a line break. Nothing at all is printed for null. */
export interface Shown {
  readonly text: string;
  readonly json: unknown;
}

/** Flags of all commands; each command names those it takes. */
export const FLAGS = [
  'all',
  'inactive',
  'name',
  'uuid',
  'reason',
  'disable',
  'security-info',
  'daemon',
] as const;
export type Flag = (typeof FLAGS)[number];

export interface VirtContext {
  readonly client: VirtClient;
  readonly words: readonly string[];
  readonly flags: ReadonlySet<Flag>;
  readonly io: Io;
}

export interface VirtCommand {
  readonly describe: string;
  /** names of the words it needs */
  readonly words: readonly string[];
  readonly flags?: readonly Flag[];
  /** of these at most one */
  readonly exclusive?: readonly Flag[];
  run(context: VirtContext): Promise<Shown>;
}

export type VirtCommands = Readonly<Record<string, VirtCommand>>;

/** Runs `f`; a refusal of the daemon becomes a CliError that says what was tried, as virsh does. */
export async function attempt<T>(what: string, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (e) {
    if (!isVirtError(e)) throw e;
    throw new CliError(what, e.message, { status: EXIT_NEGATIVE, cause: e });
  }
}

/** Values for JSON: 64-bit numbers are decimal strings, as everywhere. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)));
}
