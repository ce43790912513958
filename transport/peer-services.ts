/**
 * The programs that are served, by number: program → version → procedure, all Maps, so that no name or number from
 * a peer ever is an object's key. Codecs, access and handlers are looked up once, when a service is added; a bad
 * service throws TypeError then.
 */
import { encodeResult, type Procedure, type ProgramVersion, type RpcError } from '../codec/rpc/index.ts';
import { type CodecOptions, codecOf, resolve, SERVER_LIMITS, type Writer } from '../codec/xdr/index.ts';
import type { CallContext, Handler, ProcedureAccess, Service } from './peer-types.ts';

/** How strictly arguments are read, and how much they may hold. */
export interface DecodeRules {
  readonly limits?: CodecOptions['limits'];
  /** accept trailing bytes, non-zero padding and bad booleans, each reported to `onNote` */
  readonly lenient?: boolean;
  readonly onNote?: CodecOptions['onNote'];
}

/** What a caller's listener has to grant; a higher level holds the lower ones. */
export const AccessLevel = { 'before-open': 0, ro: 1, rw: 2, nobody: 3 } as const;

/** One procedure as it is served. */
export interface ServedProcedure {
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  /** position among all that are served here: counters are kept in arrays */
  readonly index: number;
  readonly level: number;
  readonly handler: Handler;
  readonly guard: ((context: CallContext) => RpcError | null) | null;
  /** its result is an array of values of the result's type */
  readonly repeats: boolean;
  /** the arguments in `bytes` from `off` on, whose buffer they may keep where it is `owned`; throws XdrError */
  decode: (bytes: Uint8Array, off: number, owned: boolean) => unknown;
  /** appends the result; throws XdrError and leaves the writer as it was */
  readonly encode: (writer: Writer, result: unknown) => void;
}

export interface ServedProgram {
  readonly versions: Map<number, ReadonlyMap<number, ServedProcedure>>;
  low: number;
  high: number;
}

const noResult: Handler = () => undefined;

export class ServiceTable {
  readonly programs = new Map<number, ServedProgram>();
  /** every served procedure by its index */
  readonly procedures: ServedProcedure[] = [];
  #rules: CodecOptions;

  constructor(rules: DecodeRules = {}) {
    const { onNote, lenient = false } = rules;
    this.#rules = { limits: { ...SERVER_LIMITS, ...rules.limits }, lenient, ...(onNote && { onNote }) };
  }

  /** Other limits for arguments that are decoded from now on. */
  setLimits(limits: DecodeRules['limits']): void {
    this.#rules = { ...this.#rules, limits: { ...SERVER_LIMITS, ...limits } };
    for (const entry of this.procedures) entry.decode = this.#decoder(entry.procedure);
  }

  /** Throws TypeError for a version that the program lacks or that is served already. */
  add(service: Service): void {
    const { program } = service;
    const numbers = service.versions ?? program.versions.map((version) => version.number);
    const served = this.programs.get(program.number) ?? { versions: new Map(), low: 0xffffffff, high: 0 };
    for (const number of numbers) {
      const version = program.versions.find((one) => one.number === number);
      if (version === undefined) throw new TypeError(`${program.name} has no version ${number}`);
      if (served.versions.has(number)) throw new TypeError(`${program.name} ${number} is served already`);
      served.versions.set(number, this.#proceduresOf(service, version));
      served.low = Math.min(served.low, number);
      served.high = Math.max(served.high, number);
    }
    if (numbers.length > 0) this.programs.set(program.number, served);
  }

  #proceduresOf(service: Service, version: ProgramVersion): ReadonlyMap<number, ServedProcedure> {
    const all = new Map<number, ServedProcedure>();
    // NULL is there by convention (RFC 5531 section 12.1), whether the `.x` names it or not.
    const described = new Map(version.procedures.map((procedure) => [procedure.number, procedure]));
    if (!described.has(0)) described.set(0, NULL_PROCEDURE);
    for (const procedure of described.values()) {
      const handler =
        service.handler(procedure.name, version.number) ?? (isNull(procedure) ? noResult : undefined);
      if (handler === undefined) continue;
      const entry = this.#entry(service, version.number, procedure, handler);
      all.set(procedure.number, entry);
      this.procedures.push(entry);
    }
    return all;
  }

  #entry(service: Service, version: number, procedure: Procedure, handler: Handler): ServedProcedure {
    const declared = service.declarations?.procedures;
    const facts =
      declared !== undefined && Object.hasOwn(declared, procedure.name)
        ? declared[procedure.name]
        : undefined;
    const result = codecOf(procedure.result);
    return {
      program: service.program.number,
      version,
      procedure,
      index: this.procedures.length,
      level: levelOf(service.access, procedure),
      handler,
      guard: service.guard === undefined || procedure.number === 0 ? null : service.guard.bind(service),
      repeats: facts?.repeats !== undefined,
      decode: this.#decoder(procedure),
      encode:
        facts?.repeats === undefined
          ? (writer, value) => result.encodeInto(writer, value)
          : (writer, value) => writer.bytes(encodeResult({ procedure, declared: facts }, value)),
    };
  }

  #decoder(procedure: Procedure): ServedProcedure['decode'] {
    const argument = codecOf(procedure.argument, this.#rules);
    return (bytes, off, owned) => (owned ? argument.decodeOwned(bytes, off) : argument.decode(bytes, off));
  }
}

const VOID = { kind: 'void' } as const;
const NULL_PROCEDURE: Procedure = { name: 'NULL', number: 0, args: [], argument: VOID, result: VOID };

function isNull({ number, argument, result }: Procedure): boolean {
  return number === 0 && resolve(argument).kind === 'void' && resolve(result).kind === 'void';
}

function levelOf(access: Service['access'], procedure: Procedure): number {
  if (access === 'unrestricted' || isNull(procedure)) return AccessLevel['before-open'];
  const needed: ProcedureAccess | undefined = access?.get(procedure.name);
  return needed === undefined ? AccessLevel.nobody : AccessLevel[needed];
}
