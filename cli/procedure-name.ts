/**
 * Procedures as people name them: `PROC`, `PROGRAM.PROC`, `PROGRAM.VERSION.PROC`, names in any case and with or
 * without their prefix, or numbers. Where several versions have it, the highest is meant. Throws CliError with what
 * there is.
 */
import { findProgram } from '../codec/programs/known-programs.ts';
import type { ProgramTable } from '../codec/programs/table.ts';
import type { DeclaredProcedure, Procedure, Program } from '../codec/rpc/index.ts';
import { nearest } from './arguments.ts';
import { CliError } from './errors.ts';
import { serviceName } from './service-names.ts';

export interface NamedProcedure {
  readonly program: number;
  readonly version: number;
  readonly declared: DeclaredProcedure;
}

const VOID = { kind: 'void' } as const;
/** The procedure that every version of every program has. */
export const NULL_PROCEDURE: Procedure = { name: 'NULL', number: 0, args: [], argument: VOID, result: VOID };
const SHOWN = 8;

/** The procedure that `text` names among the programs of `table`, all of which must be loaded. */
export function findProcedure(table: ProgramTable, text: string): NamedProcedure {
  const parts = text.split('.');
  if (parts.length > 3 || parts.includes(''))
    throw new CliError(text, 'a procedure is PROC, PROGRAM.PROC or PROG.VERS.PROC');
  const procedure = parts.at(-1) as string;
  const version = parts.length === 3 ? numberIn(parts[1] as string) : null;
  if (parts.length === 3 && version === null) throw new CliError(text, `"${parts[1]}" is no version`);
  const wanted = parts.length === 1 ? null : (parts[0] as string);
  const programs = table.programs().filter((program) => wanted === null || isNamed(program, wanted));
  const found = programs.flatMap((program) => matches(table, program, version, procedure));
  const exact = found.filter(({ declared }) => declared.procedure.name === procedure);
  const candidates = exact.length > 0 ? exact : found;
  const numbers = new Set(candidates.map((one) => one.program));
  if (numbers.size > 1) {
    throw ambiguous(
      text,
      programs.filter((one) => numbers.has(one.number)).map((one) => one.name),
      procedure,
    );
  }
  const best = candidates.toSorted((a, b) => b.version - a.version)[0];
  if (best !== undefined) return best;
  // NULL can be called without any description (RFC 5531 section 12.1), of any version of any program.
  const number = programs[0]?.number ?? numberIn(wanted ?? '');
  if (number !== null && version !== null && numberIn(procedure) === 0) {
    return { program: number, version, declared: { procedure: NULL_PROCEDURE, declared: {} } };
  }
  throw programs.length === 0
    ? unknownProgram(wanted ?? '', table)
    : unknownProcedure(table, text, procedure, programs);
}

/** The one program that `text` names among those of `table`, all of which must be loaded. */
export function requireProgram(table: ProgramTable, text: string): Program {
  const [program] = table.programs().filter((one) => isNamed(one, text));
  if (program === undefined) throw unknownProgram(text, table);
  return program;
}

function matches(
  table: ProgramTable,
  program: Program,
  version: number | null,
  name: string,
): NamedProcedure[] {
  const number = numberIn(name);
  const wanted = name.toUpperCase();
  return program.versions
    .filter((one) => version === null || one.number === version)
    .flatMap(({ number: vers, procedures }) =>
      procedures
        .filter((one) =>
          number === null
            ? one.name.toUpperCase() === wanted || shortName(table, program.number, vers, one) === wanted
            : one.number === number,
        )
        .map((one) => ({
          program: program.number,
          version: vers,
          declared: table.procedure(program.number, vers, one.number) as DeclaredProcedure,
        })),
    );
}

/** Without the prefix that is declared for it, or that all procedures of its version share. */
function shortName(
  table: ProgramTable,
  program: number,
  version: number,
  { name, number }: Procedure,
): string {
  const declared = table.procedureName(program, version, number) ?? name;
  if (declared !== name) return declared.toUpperCase();
  const names = table.version(program, version)?.procedures.map((one) => one.name) ?? [];
  return name.slice(sharedPrefix(names).length).toUpperCase();
}

/** What several names begin with, up to an underscore: 'LEDGER_'. */
function sharedPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = others.length === 0 ? 0 : first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  return length === 0 ? '' : first.slice(0, first.lastIndexOf('_', length - 1) + 1);
}

/** By number, by the `.x`'s name for it, or by a name it is known under: nfs, mount, mountd. */
function isNamed(program: Program, wanted: string): boolean {
  const number = numberIn(wanted);
  if (number !== null) return program.number === number;
  const known = findProgram(program.number);
  const names = [program.name, known?.column, known?.filter, serviceName(program.number)];
  return names.some((name) => name !== undefined && bare(name) === bare(wanted));
}

/** Upper case, and without the word "program" at the end, which differs from one `.x` to the next. */
function bare(name: string): string {
  return name.toUpperCase().replace(/_?PROG(RAM)?$/, '');
}

function unknownProgram(wanted: string, table: ProgramTable): CliError {
  const names = table.programs().map((one) => findProgram(one.number)?.filter ?? one.name);
  const near = nearest(wanted.toLowerCase(), names);
  return new CliError(wanted, 'no program of that name', {
    hint:
      near === undefined
        ? `--idl FILE.x describes one; there are ${[...new Set(names)].join(', ')}`
        : `did you mean ${near}?`,
  });
}

function unknownProcedure(
  table: ProgramTable,
  text: string,
  procedure: string,
  programs: readonly Program[],
): CliError {
  const names = programs.flatMap((program) =>
    program.versions.flatMap((version) =>
      version.procedures.map((one) => shortName(table, program.number, version.number, one)),
    ),
  );
  const near = nearest(procedure.toUpperCase(), names);
  return new CliError(text, 'no such procedure', {
    ...(near !== undefined
      ? { hint: `did you mean ${near}?` }
      : programs.length === 1 && { hint: `there are ${[...new Set(names)].join(', ')}` }),
  });
}

function ambiguous(text: string, programs: readonly string[], procedure: string): CliError {
  const shown = programs.slice(0, SHOWN).map((name) => `${name}.${procedure}`);
  const more = programs.length > SHOWN ? ', …' : '';
  return new CliError(text, 'several programs have it', { hint: `say ${shown.join(', ')}${more}` });
}

function numberIn(text: string): number | null {
  if (!/^(?:\d{1,10}|0x[0-9A-Fa-f]{1,8})$/.test(text)) return null;
  const n = Number(text);
  return n <= 0xffffffff ? n : null;
}
