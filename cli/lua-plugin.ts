/**
 * What `oncilla compile --to lua` puts in a plugin: the programs of a `.x` under the names that `inspect` gives their
 * fields, and what is declared beside a built-in `.x` where the given one describes the same. Throws CliError for a
 * `.x` without a program.
 */
import {
  describesSame,
  emitLua,
  type IdlModule,
  type LuaProgram,
  type LuaVersion,
} from '../codec/idl/index.ts';
import { isKnownProgram, knownProgramNumbers, loadProgram, ProgramTable } from '../codec/programs/index.ts';
import type { Declarations } from '../codec/rpc/declarations.ts';
import type { Program, ProgramVersion } from '../codec/rpc/program.ts';
import { type FieldKind, type Refinement, refinementsOf } from '../codec/xdr/index.ts';
import { Programs, Registry } from '../dissector/tree/index.ts';
import { CliError } from './errors.ts';

/** Wireshark's own dissector is registered on this port, and would be asked first. */
const PORTMAP = { program: 100_000, port: 111 };

/** The plugin's text. */
export async function luaPlugin(module: IdlModule, file: string): Promise<string> {
  const builtin = new ProgramTable();
  const table = new ProgramTable();
  const refinements = new Set<Refinement>();
  for (const program of module.programs) {
    for (const version of program.versions) {
      const known = await declaredBuiltin(builtin, program, version);
      for (const refinement of known?.declarations.refinements ?? []) refinements.add(refinement);
      const { name, number } = program;
      // aliases are names of Wireshark's own fields, which has them itself
      const { aliases: _, ...declarations } = known?.declarations ?? { prefixes: [] };
      table.add({ name, number, versions: [known?.version ?? version] }, declarations);
    }
  }
  const described = table.programs();
  if (described.length === 0) throw new CliError(file, 'has no program to make a plugin for');
  const registry = new Registry();
  const programs = new Programs(registry, described, false, table);
  const shown = described.map((program) => luaProgram(program, programs, registry, table));
  return emitLua(shown, { refinements: refinementsOf([...refinements]), known: knownProgramNumbers() });
}

interface BuiltinVersion {
  readonly version: ProgramVersion;
  readonly declarations: Declarations;
}

/** The built-in description of a version and what is declared of it, if the given one says the same. */
async function declaredBuiltin(
  builtin: ProgramTable,
  program: Program,
  version: ProgramVersion,
): Promise<BuiltinVersion | undefined> {
  if ((await loadProgram(program.number, version.number)) === null) return undefined;
  await builtin.load(program.number, version.number);
  const known = builtin.version(program.number, version.number);
  const declarations = builtin.declarations(program.number, version.number);
  if (known === undefined || declarations === undefined || !describesSame(known, version)) return undefined;
  return { version: known, declarations };
}

function luaProgram(
  program: Program,
  programs: Programs,
  registry: Registry,
  table: ProgramTable,
): LuaProgram {
  const { number } = program;
  const filter = programs.filter(number);
  // asking for any name defines them all
  registry.find(`${filter}.`);
  const begin = `${filter}.`;
  const procedureFields = new Set<string>();
  const versions = program.versions.map((version): LuaVersion => {
    const name = programs.procedureField(number, version.number)?.name ?? '';
    procedureFields.add(name);
    return {
      number: version.number,
      field: name.startsWith(begin) ? name.slice(begin.length) : `procedure_v${version.number}`,
      procedures: version.procedures.map((procedure) => {
        const declared = table.procedure(number, version.number, procedure.number)?.declared;
        return {
          procedure,
          name: programs.procedure(number, version.number, procedure.number),
          ...(declared?.repeats === undefined ? {} : { last: declared.repeats.last }),
          ...(declared?.innerCall === undefined ? {} : { inner: declared.innerCall }),
        };
      }),
    };
  });
  const fields = registry
    .all()
    .filter((def) => def.protocol === filter && def.name.startsWith(begin))
    .filter((def) => !procedureFields.has(def.name) && !/^procedure_v\d+$/.test(def.name.slice(begin.length)))
    .map((def) => ({
      path: def.name.slice(begin.length),
      kind: def.type as FieldKind,
      strings: def.strings,
    }));
  return {
    number,
    filter,
    title: programs.title(number),
    column: programs.column(number) ?? program.name,
    builtin: isKnownProgram(number),
    ...(number === PORTMAP.program ? { port: PORTMAP.port } : {}),
    versions,
    fields,
  };
}
