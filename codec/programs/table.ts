/**
 * The programs that have a `.x` here, each imported when it is first asked for, and those that a user adds. After
 * `load` the getters are synchronous, for the dissector's loop. Nothing throws but a failing import.
 */
import type { Declarations, DeclaredProcedure } from '../rpc/declarations.ts';
import type { Procedure, Program, ProgramVersion } from '../rpc/program.ts';
import { type Refinements, refinementsOf } from '../xdr/index.ts';

interface ModulePart {
  readonly programs: readonly Program[];
}

interface DeclarePart {
  readonly declarations: Declarations;
}

interface BuiltinModule {
  /** which versions of which programs are in it */
  readonly holds: readonly (readonly [program: number, ...versions: number[]])[];
  /** procedures in it are declared as compounds */
  readonly compounds?: true;
  readonly load: () => Promise<readonly [ModulePart, DeclarePart]>;
}

const MODULES: readonly BuiltinModule[] = [
  {
    holds: [[100000, 2]],
    load: () => Promise.all([import('./portmap2.gen.ts'), import('./portmap2.declare.ts')]),
  },
  {
    holds: [[100000, 3, 4]],
    load: () => Promise.all([import('./rpcbind.gen.ts'), import('./rpcbind.declare.ts')]),
  },
  { holds: [[100003, 2]], load: () => Promise.all([import('./nfs2.gen.ts'), import('./nfs2.declare.ts')]) },
  {
    holds: [
      [100003, 3],
      [100227, 3],
    ],
    load: () => Promise.all([import('./nfs3.gen.ts'), import('./nfs3.declare.ts')]),
  },
  {
    holds: [
      [100003, 4],
      [0x40000000, 1],
    ],
    compounds: true,
    load: () => Promise.all([import('./nfs4.gen.ts'), import('./nfs4.declare.ts')]),
  },
  {
    holds: [[100004, 2]],
    load: () => Promise.all([import('./ypserv.gen.ts'), import('./ypserv.declare.ts')]),
  },
  {
    holds: [[100005, 1, 2]],
    load: () => Promise.all([import('./mount1.gen.ts'), import('./mount1.declare.ts')]),
  },
  {
    holds: [[100005, 3]],
    load: () => Promise.all([import('./mount3.gen.ts'), import('./mount3.declare.ts')]),
  },
  {
    holds: [[100007, 2]],
    load: () => Promise.all([import('./ypbind.gen.ts'), import('./ypbind.declare.ts')]),
  },
  {
    holds: [[100011, 1, 2]],
    load: () => Promise.all([import('./rquota.gen.ts'), import('./rquota.declare.ts')]),
  },
  {
    holds: [[100021, 1, 2, 3]],
    load: () => Promise.all([import('./nlm.gen.ts'), import('./nlm.declare.ts')]),
  },
  { holds: [[100021, 4]], load: () => Promise.all([import('./nlm4.gen.ts'), import('./nlm4.declare.ts')]) },
  {
    holds: [
      [100024, 1],
      [200048, 1],
    ],
    load: () => Promise.all([import('./nsm.gen.ts'), import('./nsm.declare.ts')]),
  },
  {
    holds: [
      [0x20001a65, 1],
      [0x20001a66, 1],
    ],
    load: () => Promise.all([import('./virt.gen.ts'), import('./virt.declare.ts')]),
  },
];

/** The (program, version) pairs that have a `.x` here. */
export function builtinVersions(): (readonly [program: number, version: number])[] {
  return MODULES.flatMap((m) => m.holds).flatMap(([p, ...versions]) => versions.map((v) => [p, v] as const));
}

/** The program of a `.x` here that has this version, with its other versions there; null when none has. */
export async function loadProgram(program: number, version: number): Promise<Program | null> {
  const module = builtinModule(program, version);
  if (module === undefined) return null;
  const [{ programs }] = await module.load();
  return programs.find((p) => p.number === program) ?? null;
}

function builtinModule(program: number, version: number): BuiltinModule | undefined {
  return MODULES.find((m) => m.holds.some(([p, ...versions]) => p === program && versions.includes(version)));
}

const UNDECLARED: Declarations = { prefixes: [] };

interface Entry {
  readonly version: ProgramVersion;
  readonly byNumber: ReadonlyMap<number, DeclaredProcedure>;
  readonly program: Program;
  readonly declarations: Declarations;
}

/** Programs at hand, by number and version. A program that a user adds stands before one that is built in. */
export class ProgramTable {
  readonly #entries = new Map<string, Entry>();
  readonly #added = new Set<string>();

  /** Adds every version of a user's program. */
  add(program: Program, declarations: Declarations = UNDECLARED): void {
    for (const version of program.versions) {
      this.#added.add(`${program.number}.${version.number}`);
      this.#enter(program, version, declarations);
    }
  }

  /** Makes a built-in version ready; false when there is no `.x` for it. */
  async load(program: number, version: number): Promise<boolean> {
    if (this.#entries.has(`${program}.${version}`)) return true;
    const module = builtinModule(program, version);
    if (module === undefined) return false;
    await this.#loadModule(module);
    return true;
  }

  /** Makes all built-in programs ready, or all versions of those named. */
  async loadAll(programs?: readonly number[]): Promise<void> {
    const wanted = MODULES.filter(
      (m) => programs === undefined || m.holds.some(([p]) => programs.includes(p)),
    );
    await Promise.all(wanted.map((module) => this.#loadModule(module)));
  }

  /** Makes those ready whose messages are shown operation by operation in one line. */
  async loadCompounds(): Promise<void> {
    await Promise.all(MODULES.filter((m) => m.compounds).map((module) => this.#loadModule(module)));
  }

  /** The programs at hand, versions from several sources merged, versions ascending. */
  programs(): Program[] {
    const merged = new Map<number, Program>();
    for (const { program, version } of this.#entries.values()) {
      const known = merged.get(program.number);
      const versions = [...(known?.versions ?? []), version].sort((a, b) => a.number - b.number);
      merged.set(program.number, { name: known?.name ?? program.name, number: program.number, versions });
    }
    return [...merged.values()];
  }

  version(program: number, version: number): ProgramVersion | undefined {
    return this.#entries.get(`${program}.${version}`)?.version;
  }

  /** A procedure with what is declared of it: what `decodeArguments` takes, and the `lookup` it asks for. */
  procedure(program: number, version: number, procedure: number): DeclaredProcedure | undefined {
    return this.#entries.get(`${program}.${version}`)?.byNumber.get(procedure);
  }

  /** A procedure's name without prefix: 'GETATTR'. */
  procedureName(program: number, version: number, procedure: number): string | undefined {
    const entry = this.#entries.get(`${program}.${version}`);
    const name = entry?.byNumber.get(procedure)?.procedure.name;
    if (entry === undefined || name === undefined) return undefined;
    const prefix = entry.declarations.prefixes.find((p) => name.startsWith(p) && name !== p) ?? '';
    return name.slice(prefix.length);
  }

  /** What is declared for a program's version. */
  declarations(program: number, version: number): Declarations | undefined {
    return this.#entries.get(`${program}.${version}`)?.declarations;
  }

  async #loadModule(module: BuiltinModule): Promise<void> {
    const [{ programs }, { declarations }] = await module.load();
    for (const program of programs) {
      for (const version of program.versions) {
        if (!this.#added.has(`${program.number}.${version.number}`))
          this.#enter(program, version, declarations);
      }
    }
  }

  #enter(program: Program, version: ProgramVersion, declarations: Declarations): void {
    const refinements = declarations.refinements && refinementsOf(declarations.refinements);
    const byNumber = new Map(
      version.procedures.map((p) => [p.number, declaredProcedure(p, declarations, refinements)]),
    );
    this.#entries.set(`${program.number}.${version.number}`, { program, version, byNumber, declarations });
  }
}

function declaredProcedure(
  procedure: Procedure,
  { procedures = {} }: Declarations,
  refinements: Refinements | undefined,
): DeclaredProcedure {
  const declared = Object.hasOwn(procedures, procedure.name) ? (procedures[procedure.name] ?? {}) : {};
  return refinements === undefined ? { procedure, declared } : { procedure, declared, refinements };
}
