/**
 * What a target is taken to serve: the programs that are fuzzed, as their `.x` describe them. Pure.
 */
import { ProgramTable } from '../codec/programs/index.ts';
import type { DeclaredProcedure, Program } from '../codec/rpc/index.ts';
import type { Served } from './expect.ts';
import type { FuzzProcedure } from './plan.ts';

const VOID = { kind: 'void' } as const;

/** NULL is there by convention (RFC 5531 section 12.1), whether the `.x` names it or not. */
const NULL_PROCEDURE: DeclaredProcedure = {
  procedure: { name: 'NULL', number: 0, args: [], argument: VOID, result: VOID },
  declared: {},
};

/** The same of programs as `parseIdl` gives them. */
export function servedBy(programs: readonly Program[]): ReturnType<typeof servedOf> {
  const table = new ProgramTable();
  for (const program of programs) table.add(program);
  return servedOf(
    table,
    programs.map(({ number }) => number),
  );
}

/** The procedures of these programs, ascending by version, and how to find one. The table must have loaded them. */
export function servedOf(
  table: ProgramTable,
  programs: readonly number[],
): Served & { readonly procedures: readonly FuzzProcedure[] } {
  const known = table.programs().filter((one) => programs.includes(one.number));
  const procedures = known.flatMap(({ number: program, versions }) =>
    versions.flatMap(({ number: version, procedures: all }) =>
      all.flatMap(({ number }) => {
        const declared = table.procedure(program, version, number);
        return declared === undefined ? [] : [{ program, version, declared }];
      }),
    ),
  );
  return {
    procedures,
    find(program, version, procedure) {
      if (!programs.includes(program)) return 'program';
      if (table.version(program, version) === undefined) return 'version';
      return table.procedure(program, version, procedure) ?? (procedure === 0 ? NULL_PROCEDURE : 'procedure');
    },
  };
}
