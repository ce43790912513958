/**
 * What `oncilla fuzz` and its subcommands are told alike: the target, whether it may be loaded, the program whose `.x`
 * says what a right answer is, and the server that is started. Throws CliError.
 */

import { ProgramTable } from '../codec/programs/table.ts';
import { virtProcedures } from '../codec/programs/virt.declare.ts';
import { type FuzzProcedure, type Served, Supervisor, servedOf } from '../fuzz/index.ts';
import { openLane } from '../fuzz/lane.ts';
import { isTransportError } from '../transport/errors.ts';
import { isOwnMachine, parseTarget, type Target } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import { CliError, EXIT_UNREACHABLE } from './errors.ts';
import { loadIdl } from './idl-options.ts';
import { requireProgram } from './procedure-name.ts';

/** A target to send to. Throws for one that is not of this machine, unless the command line says that it is one's own. */
export function ownTarget(url: string, args: Arguments): Target {
  let target: Target;
  try {
    target = parseTarget(url);
  } catch (e) {
    throw callFailure('fuzz', e);
  }
  if (isOwnMachine(target) || args.has('i-own-this-target')) return target;
  throw new CliError(url, 'not this machine', { hint: '--i-own-this-target says that you may break it' });
}

export interface Described extends Served {
  readonly name: string;
  readonly number: number;
  readonly procedures: readonly FuzzProcedure[];
  readonly table: ProgramTable;
  /** values of the constants in the `.x` files of the command line */
  readonly constants: readonly (number | bigint | string)[];
}

/** The program of `--program`, else the only one of `--idl`. */
export async function describedProgram(args: Arguments, number?: number): Promise<Described> {
  const table = new ProgramTable();
  const modules = loadIdl(args);
  const own = modules.flatMap((module) => module.programs);
  for (const program of own) table.add(program);
  await table.loadAll();
  const wanted = args.text('program') ?? (number === undefined ? undefined : String(number));
  const [only, ...others] = [...new Set(own.map((one) => one.number))];
  if (wanted === undefined && (only === undefined || others.length > 0)) {
    throw new CliError('--program', 'needed: which program to fuzz', {
      hint:
        only === undefined
          ? '--idl FILE.x describes one, --program names one'
          : own.map((one) => one.name).join(', '),
    });
  }
  const program = requireProgram(table, wanted ?? String(only));
  const constants = modules.flatMap((module) => [...module.constants.values()]);
  return {
    ...servedOf(table, [program.number]),
    name: program.name,
    number: program.number,
    table,
    constants,
  };
}

/** Those of `--procedure`, all where there is none. */
export function wantedProcedures(program: Described, names: readonly string[]): Described['procedures'] {
  if (names.length === 0) return program.procedures;
  const known = program.procedures.map((one) => one.declared.procedure.name);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new CliError(name, `no procedure of ${program.name}`, { hint: `there are ${known.join(', ')}` });
    }
  }
  return program.procedures.filter((one) => names.includes(one.declared.procedure.name));
}

/** Procedures that may change something: all that are not known to only read. */
export function mutatingNames(procedures: readonly FuzzProcedure[]): string[] {
  return procedures
    .map(({ declared }) => declared.procedure)
    .filter(({ name, number }) => number !== 0 && virtProcedures.get(name)?.access !== 'ro')
    .map(({ name }) => name);
}

/** What `--timeout` says, in milliseconds. */
export function replyMsOf(args: Arguments): number {
  return (numberOf(args, 'timeout', 0.01, 3600) ?? 1) * 1000;
}

/** A number that may have a fraction; undefined where the option is not given. */
export function numberOf(args: Arguments, option: string, least: number, most: number): number | undefined {
  const text = args.text(option);
  if (text === undefined) return undefined;
  const n = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && n >= least && n <= most) return n;
  throw new CliError(`--${option}`, `"${text}" is no number from ${least} to ${most}`);
}

/** The server that `--restart` starts, running; null without the option. */
export async function supervisorOf(args: Arguments, target: Target): Promise<Supervisor | null> {
  const command = args.text('restart');
  if (command === undefined) return null;
  const supervisor = new Supervisor(command, () => takesConnections(target));
  try {
    await supervisor.start();
  } catch (e) {
    throw new CliError('--restart', (e as Error).message, { status: EXIT_UNREACHABLE, cause: e });
  }
  return supervisor;
}

/** Datagrams have no connection to be refused, so what ICMP says is waited for. */
const ICMP_MS = 30;

async function takesConnections(target: Target): Promise<boolean> {
  try {
    const lane = await openLane(target);
    // To a stream not a byte: who takes offence at it and hangs up serves all the same.
    if (!lane.stream) {
      lane.send(new Uint8Array(4));
      await lane.wait(() => lane.ended, ICMP_MS);
    }
    const { ended } = lane;
    lane.close();
    return !ended;
  } catch (e) {
    if (isTransportError(e)) return false;
    throw e;
  }
}
