/**
 * What is known of RPC programs while frames are shown: names for columns and labels, and the field in which a
 * program shows its procedure. Joins the table of known programs with descriptions from `.x` files. Never throws.
 */
import type { Program, ProgramVersion } from '../../codec/rpc/program.ts';
import type { FieldDef } from './field.ts';
import { type KnownPrograms, knownPrograms } from './known-programs.ts';
import type { Registry } from './registry.ts';

export class Programs {
  readonly #known: KnownPrograms = knownPrograms();
  readonly #described = new Map<number, Program>();
  readonly #byFilter = new Map<string, Program>();
  readonly #filters = new Map<number, string>();
  readonly #protocols = new Map<number, FieldDef>();
  readonly #procedures = new Map<string, FieldDef | null>();
  readonly #registry: Registry;
  readonly #tshark: boolean;
  /** stands for a program nobody described: tshark gives it no name either */
  readonly unknown: FieldDef;

  /** `tshark`: only what tshark knows counts, as --tshark-compat has it. */
  constructor(registry: Registry, described: readonly Program[], tshark: boolean) {
    this.#registry = registry;
    this.#tshark = tshark;
    this.unknown = registry.definer('rpc-unknown')('rpc-unknown', 'Unknown RPC program', 'protocol');
    for (const program of described) this.#describe(program);
    registry.addSource((name) => this.#defineFor(name));
  }

  #describe(program: Program): void {
    // two versions of one program may come from two files
    const old = this.#described.get(program.number);
    const merged: Program =
      old === undefined
        ? program
        : {
            ...old,
            versions: [
              ...old.versions.filter((v) => !program.versions.some((w) => w.number === v.number)),
              ...program.versions,
            ],
          };
    this.#described.set(program.number, merged);
    this.#byFilter.set(this.filter(program.number), merged);
  }

  /** The description of a program's version, or undefined. */
  version(program: number, version: number): ProgramVersion | undefined {
    return this.#described.get(program)?.versions.find((v) => v.number === version);
  }

  isKnown(program: number): boolean {
    return this.#known.find(program) !== undefined || this.#described.has(program);
  }

  /** As the Protocol column has it; undefined for a program nobody described. */
  column(program: number): string | undefined {
    return this.#known.find(program)?.column ?? this.#described.get(program)?.name;
  }

  /** Heading of the program's subtree. */
  title(program: number): string {
    return this.#known.find(program)?.title ?? this.#described.get(program)?.name ?? `RPC program ${program}`;
  }

  /** First word of the program's field names. */
  filter(program: number): string {
    const old = this.#filters.get(program);
    if (old !== undefined) return old;
    const filter = this.#known.find(program)?.filter ?? this.#newFilter(program);
    this.#filters.set(program, filter);
    return filter;
  }

  #newFilter(program: number): string {
    const name = this.#described.get(program)?.name.toLowerCase() ?? `program${program}`;
    const short = name.replace(/_?prog(ram)?$/, '');
    const taken = (word: string): boolean => word === '' || this.#byFilter.has(word) || this.#isTaken(word);
    if (!taken(short)) return short;
    return taken(name) ? `program${program}` : name;
  }

  #isTaken(word: string): boolean {
    return (
      this.#registry.all().some((def) => def.protocol === word) ||
      this.#known.all.some((k) => k.filter === word)
    );
  }

  /** The procedure's short name, or `proc-N`. */
  procedure(program: number, version: number, procedure: number): string {
    return (
      this.#known.procedure(program, version, procedure) ??
      this.version(program, version)?.procedures.find((p) => p.number === procedure)?.name ??
      `proc-${procedure}`
    );
  }

  /** The protocol field of a program, null when it is not known. */
  protocol(program: number): FieldDef | null {
    if (!this.isKnown(program)) return null;
    const old = this.#protocols.get(program);
    if (old !== undefined) return old;
    const filter = this.filter(program);
    const def = this.#registry.definer(filter)(filter, this.title(program), 'protocol');
    this.#protocols.set(program, def);
    return def;
  }

  /** The protocol fields made so far: those somebody asked for or that were seen. */
  protocols(): readonly FieldDef[] {
    return [this.unknown, ...this.#protocols.values()];
  }

  /** Whether rpc.procedure stands in for the program's own procedure field. */
  repeatsProcedure(program: number, version: number): boolean {
    const versions = this.#known.find(program)?.versions;
    // tshark keeps one field per version up to the highest it knows, and shows none for a gap between
    return versions === undefined || versions.length === 0 || version > Math.max(...versions);
  }

  /**
   * The field that shows the procedure in the program's subtree. Null: the program is not known in that version,
   * and rpc.procedure is shown again; that is tshark's rule too.
   */
  procedureField(program: number, version: number): FieldDef | null {
    const key = `${program}.${version}`;
    const old = this.#procedures.get(key);
    if (old !== undefined) return old;
    const described = this.#tshark ? undefined : this.version(program, version);
    const known = this.#known.find(program)?.versions.includes(version) ?? false;
    const def = known || described !== undefined ? this.#defineProcedure(program, version, described) : null;
    this.#procedures.set(key, def);
    return def;
  }

  #defineProcedure(program: number, version: number, described: ProgramVersion | undefined): FieldDef {
    const strings = new Map<number, string>();
    for (const p of described?.procedures ?? []) strings.set(p.number, p.name);
    for (let n = 0; n < 256; n++) {
      const name = this.#known.procedure(program, version, n);
      if (name !== undefined) strings.set(n, name);
    }
    const filter = this.filter(program);
    const define = this.#registry.definer(filter);
    return define(`${filter}.procedure_v${version}`, `V${version} Procedure`, 'uint32', { strings });
  }

  /** Defines what a name such as `nfs` or `nfs.procedure_v3` asks for. */
  #defineFor(name: string): boolean {
    for (const known of this.#known.all) {
      if (name === known.filter) return this.protocol(known.number) !== null;
      if (name.startsWith(`${known.filter}.procedure_v`)) {
        const version = Number(name.slice(known.filter.length + '.procedure_v'.length));
        if (known.versions.includes(version)) return this.procedureField(known.number, version) !== null;
      }
    }
    for (const [filter, program] of this.#byFilter) {
      if (name === filter) return this.protocol(program.number) !== null;
      if (name.startsWith(`${filter}.procedure_v`)) {
        const version = Number(name.slice(filter.length + '.procedure_v'.length));
        if (this.version(program.number, version) !== undefined) {
          return this.procedureField(program.number, version) !== null;
        }
      }
    }
    return false;
  }
}
