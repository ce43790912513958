/**
 * What is known of RPC programs while frames are shown: names for columns and labels, and the field in which a
 * program shows its procedure. Joins the table of known programs with descriptions from `.x` files. Never throws.
 */
import { findProgram, knownProgramNumbers } from '../../codec/programs/known-programs.ts';
import type { Declarations, DeclaredProcedure } from '../../codec/rpc/declarations.ts';
import type { Procedure, Program, ProgramVersion } from '../../codec/rpc/program.ts';
import type { Flow } from '../network/flow.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import { compoundInfo, compoundOperations, type Operation } from './compound-info.ts';
import type { FieldDef } from './field.ts';
import { FileHandles } from './file-handles.ts';
import { InnerCalls } from './inner-calls.ts';
import { messageInfo } from './message-info.ts';
import { ProgramFields } from './program-fields.ts';
import type { Registry } from './registry.ts';
import type { ProgramBody } from './walk-program.ts';

/** Headings of the programs' subtrees, where they differ from the Protocol column. */
const TITLES: ReadonlyMap<number, string> = new Map([
  [2112, 'Kerberos Administration'],
  [100003, 'Network File System'],
  [100004, 'Yellow Pages Service'],
  [100005, 'Mount Service'],
  [100007, 'Yellow Pages Bind'],
  [100008, 'Remote Wall protocol'],
  [100009, 'Yellow Pages Passwd'],
  [100011, 'Remote Quota'],
  [100020, 'Kernel Lock Manager'],
  [100021, 'Network Lock Manager Protocol'],
  [100024, 'Network Status Monitor Protocol'],
  [100026, 'Boot Parameters'],
  [100069, 'Yellow Pages Transfer'],
  [100302, 'NIS+ Callback'],
  [150001, 'PC NFS'],
  [200048, 'Network Status Monitor CallBack Protocol'],
  [390512, 'Clearcase NFS'],
  [391004, 'SGI Mount Service'],
  [395183, 'VXI-11 Core Protocol'],
  [395184, 'VXI-11 Asynchronous Abort'],
  [395185, 'VXI-11 Interrupt'],
  [1001911, 'File Mapping Protocol'],
  [1001912, 'File Mapping Protocol Notify'],
  [788585389, 'Hummingbird NFS Daemon'],
  [1073741824, 'Network File System CB'],
]);

/** What is declared beside the descriptions; a ProgramTable (codec/programs) is one. */
export interface DeclaredLookup {
  procedure(program: number, version: number, procedure: number): DeclaredProcedure | undefined;
  procedureName(program: number, version: number, procedure: number): string | undefined;
  declarations(program: number, version: number): Declarations | undefined;
}

/** tshark names no procedure from here on. */
const MAX_NAMED_PROCEDURE = 256;

export class Programs {
  readonly #described = new Map<number, Program>();
  readonly #byFilter = new Map<string, Program>();
  readonly #filters = new Map<number, string>();
  readonly #protocols = new Map<number, FieldDef>();
  readonly #procedures = new Map<string, FieldDef | null>();
  readonly #defined = new Set<number>();
  readonly #registry: Registry;
  readonly #tshark: boolean;
  readonly #declared: DeclaredLookup | null;
  readonly #fields = new Map<number, ProgramFields>();
  readonly #bodies = new Map<string, ProgramBody | null>();
  readonly #innerCalls = new InnerCalls();
  /** programs with a procedure that holds another's call */
  readonly #carriers: ReadonlySet<number>;
  /** names of file handles, null in compat mode; whoever shows them has them learn */
  readonly handles: FileHandles | null;
  /** stands for a program nobody described: tshark gives it no name either */
  readonly unknown: FieldDef;

  /** `tshark`: only what tshark knows counts, as --tshark-compat has it. */
  constructor(
    registry: Registry,
    described: readonly Program[],
    tshark: boolean,
    declared: DeclaredLookup | null = null,
  ) {
    this.#registry = registry;
    this.#declared = declared;
    this.#tshark = tshark;
    this.handles = tshark ? null : new FileHandles();
    this.unknown = registry.definer('rpc-unknown')('rpc-unknown', 'Unknown RPC program', 'protocol');
    for (const program of described) this.#describe(program);
    this.#carriers = new Set(
      described.filter((program) => this.#carries(program)).map(({ number }) => number),
    );
    registry.addSource((name) => this.#defineFor(name));
  }

  #carries({ number, versions }: Program): boolean {
    const declared = this.#declared;
    return versions.some((version) =>
      version.procedures.some(
        (p) => declared?.procedure(number, version.number, p.number)?.declared.innerCall !== undefined,
      ),
    );
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
    return findProgram(program) !== undefined || this.#described.has(program);
  }

  /** As the Protocol column has it; undefined for a program nobody described. */
  column(program: number): string | undefined {
    return findProgram(program)?.column ?? this.#described.get(program)?.name;
  }

  /** Heading of the program's subtree. */
  title(program: number): string {
    return (
      TITLES.get(program) ??
      this.column(program)?.toString() ??
      this.#described.get(program)?.name ??
      `RPC program ${program}`
    );
  }

  /** First word of the program's field names. */
  filter(program: number): string {
    const old = this.#filters.get(program);
    if (old !== undefined) return old;
    const filter = findProgram(program)?.filter ?? this.#newFilter(program);
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
      knownProgramNumbers().some((n) => findProgram(n)?.filter === word)
    );
  }

  /** The procedure's short name, or `proc-N`. */
  procedure(program: number, version: number, procedure: number): string {
    return (
      findProgram(program)?.procedureName(version, procedure) ??
      this.#declared?.procedureName(program, version, procedure) ??
      this.#describedProcedure(program, version, procedure)?.name ??
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

  #describedProcedure(program: number, version: number, procedure: number): Procedure | undefined {
    return this.version(program, version)?.procedures.find((p) => p.number === procedure);
  }

  #fieldsOf(program: number): ProgramFields {
    let fields = this.#fields.get(program);
    if (fields === undefined) {
      fields = new ProgramFields(this.#registry, this.filter(program));
      this.#fields.set(program, fields);
    }
    return fields;
  }

  /** What it takes to walk the body of a procedure's messages; null for one that nobody described. */
  body(program: number, version: number, procedure: number): ProgramBody | null {
    const key = `${program}.${version}.${procedure}`;
    const old = this.#bodies.get(key);
    if (old !== undefined) return old;
    const plain = this.#describedProcedure(program, version, procedure);
    const declared =
      this.#declared?.procedure(program, version, procedure) ??
      (plain === undefined ? undefined : { procedure: plain, declared: {} });
    const body =
      declared === undefined
        ? null
        : {
            declared,
            declarations: this.#declared?.declarations(program, version),
            fields: this.#fieldsOf(program),
            handlePath: (pdu: Pdu, handle: Uint8Array) => this.handlePath(pdu, handle),
            lookup: (p: number, v: number, n: number) => this.#declared?.procedure(p, v, n),
            innerCall: (pdu: Pdu) => this.#innerCalls.of(pdu),
          };
    // wire numbers are anybody's: what nobody described is not remembered
    if (body !== null) this.#bodies.set(key, body);
    return body;
  }

  /** The fields defined so far that show the name of a file handle. */
  handleFields(): readonly FieldDef[] {
    const names = [...this.#described.values()].flatMap(({ number, versions }) =>
      versions.map((version) => this.#declared?.declarations(number, version.number)?.fileHandle?.path),
    );
    return this.#registry.all().filter(({ name }) => names.includes(name));
  }

  /** Learns the names of file handles from a frame's messages. They are named as of its time until the next. */
  noteHandles(list: PduList): void {
    const { handles } = this;
    if (handles === null) return;
    for (let i = 0; i < list.count; i++) {
      const pdu = list.pdus[i]!;
      if (pdu.kind !== 'message' || pdu.procedure < 0) continue;
      const declared = this.#declared?.procedure(pdu.program, pdu.version, pdu.procedure);
      if (declared !== undefined) handles.note(declared, pdu, serverOf(pdu));
    }
  }

  /** Remembers which calls a frame's calls hold, for their replies. */
  noteInnerCalls(list: PduList): void {
    if (this.#carriers.size === 0) return;
    for (let i = 0; i < list.count; i++) {
      const pdu = list.pdus[i]!;
      if (pdu.kind !== 'message' || pdu.msgtyp !== 0 || !this.#carriers.has(pdu.program)) continue;
      const declared = this.#declared?.procedure(pdu.program, pdu.version, pdu.procedure);
      if (declared !== undefined) this.#innerCalls.note(declared, pdu);
    }
  }

  /** The path of a file handle in a message of the frame last noted. */
  handlePath(pdu: Pdu, handle: Uint8Array): string | null {
    if (this.handles === null) return null;
    const server = serverOf(pdu);
    // a callback tells its server of the caller's own
    return this.handles.pathOf(server, handle) ?? this.handles.pathOf(otherOf(pdu, server), handle);
  }

  /** The path of a file handle, in hexadecimal, of the first of these servers that has it. */
  pathOfHandle(handle: string, servers: readonly string[]): string | null {
    for (const server of servers) {
      const path = this.handles?.pathOfHex(server, handle) ?? null;
      if (path !== null) return path;
    }
    return null;
  }

  /** The operations of a compound message, as the Info column has them; '' for any other. */
  operations(pdu: Pdu): string {
    const declared = this.#declared?.procedure(pdu.program, pdu.version, pdu.procedure);
    const compound = declared?.declared.compound;
    return declared === undefined || compound === undefined ? '' : compoundInfo(declared, compound, pdu);
  }

  /** What of a message's arguments or results the Info column has, operations of a compound among them. */
  details(pdu: Pdu): string {
    const declared = this.#declared?.procedure(pdu.program, pdu.version, pdu.procedure);
    if (declared === undefined) return '';
    return declared.declared.compound === undefined ? messageInfo(declared, pdu) : this.operations(pdu);
  }

  /** The operations of a compound message, as far as they can be decoded; none for any other. */
  compoundOperations(pdu: Pdu): readonly Operation[] {
    const declared = this.#declared?.procedure(pdu.program, pdu.version, pdu.procedure);
    const compound = declared?.declared.compound;
    return declared === undefined || compound === undefined
      ? []
      : compoundOperations(declared, compound, pdu);
  }

  /** The protocol fields made so far: those somebody asked for or that were seen. */
  protocols(): readonly FieldDef[] {
    return [this.unknown, ...this.#protocols.values()];
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
    const known = findProgram(program)?.versions.includes(version) ?? false;
    const def = known || described !== undefined ? this.#defineProcedure(program, version, described) : null;
    if (def !== null) this.#procedures.set(key, def);
    return def;
  }

  #defineProcedure(program: number, version: number, described: ProgramVersion | undefined): FieldDef {
    const known = findProgram(program);
    const strings = new Map<number, string>();
    for (const p of described?.procedures ?? []) strings.set(p.number, p.name);
    for (let n = 0; n < MAX_NAMED_PROCEDURE; n++) {
      const name = known?.procedureName(version, n);
      if (name !== undefined) strings.set(n, name);
    }
    const filter = this.filter(program);
    const field = known?.procedureField(version) ?? `${filter}.procedure_v${version}`;
    return this.#registry.definer(filter)(field, `V${version} Procedure`, 'uint32', { strings });
  }

  /** Defines the fields of the program whose filter name `name` begins with; true when there is one. */
  #defineFor(name: string): boolean {
    const program = this.#programOf(name);
    if (program === undefined || this.#defined.has(program)) return false;
    this.#defined.add(program);
    this.protocol(program);
    const versions = [
      ...(findProgram(program)?.versions ?? []),
      ...(this.#described.get(program)?.versions ?? []).map((v) => v.number),
    ];
    for (const version of versions) this.procedureField(program, version);
    for (const version of this.#described.get(program)?.versions ?? []) {
      this.#fieldsOf(program).defineAll(version, this.#declared?.declarations(program, version.number));
    }
    return true;
  }

  /** The program with the longest filter name that is `name` or stands before a '.' in it. */
  #programOf(name: string): number | undefined {
    for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
      const described = this.#byFilter.get(prefix);
      if (described !== undefined) return described.number;
      const known = knownProgramNumbers().find((n) => findProgram(n)?.filter === prefix);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

/** The address that a call is sent to and a reply comes from. */
function serverOf({ flow, dir, msgtyp }: Pdu): string {
  return addressOf(flow, (dir === 0) === (msgtyp === 0) ? 'b' : 'a');
}

function otherOf({ flow }: Pdu, address: string): string {
  return addressOf(flow, flow?.aAddr === address ? 'b' : 'a');
}

function addressOf(flow: Flow | null, end: 'a' | 'b'): string {
  return (end === 'a' ? flow?.aAddr : flow?.bAddr) ?? '';
}
