/**
 * Definitions into linked types and programs. Every name is resolved once: a named type is one `ref` object, used
 * wherever it is named, whose target is filled in when its definition is built. Findings go to `report`; what they
 * stand in becomes void, and the caller drops the module.
 */
import type { Procedure, Program } from '../rpc/program.ts';
import type { EnumType, Field, RefType, StructType, UnionArm, UnionType, XdrType } from '../xdr/types.ts';
import { BrokenConstant, Constants } from './constants.ts';
import { isVoid } from './declaration.ts';
import { IdlError } from './error.ts';
import type { Expression } from './expression.ts';
import { findEndless } from './finite.ts';
import type { Token } from './lexer.ts';
import type { IdlModule } from './module.ts';
import { HEADER_TYPES, VOID } from './primitive.ts';
import { Scopes } from './scopes.ts';
import type { DeclarationNode, DefinitionNode, MemberNode, TypeNode, UnionNode } from './syntax.ts';

type Definition<K extends DefinitionNode['kind']> = Extract<DefinitionNode, { kind: K }>;

interface NamedType {
  readonly definition: Definition<'type'>;
  readonly ref: { -readonly [K in keyof RefType]: RefType[K] };
}

export function resolve(
  file: string,
  definitions: readonly DefinitionNode[],
  macros: ReadonlyMap<string, readonly Token[]>,
  report: (e: IdlError) => void,
): IdlModule {
  return new Resolver(report).module(file, definitions, macros);
}

const INT_MIN = -(1n << 31n);
const UINT_MAX = (1n << 32n) - 1n;

class Resolver {
  readonly #report: (e: IdlError) => void;
  readonly #constants: Constants;
  readonly #types = new Scopes<NamedType>();

  constructor(report: (e: IdlError) => void) {
    this.#report = report;
    this.#constants = new Constants(report);
  }

  module(
    file: string,
    all: readonly DefinitionNode[],
    macros: ReadonlyMap<string, readonly Token[]>,
  ): IdlModule {
    const definitions = this.#withoutRepeats(all);
    const named: NamedType[] = [];
    const constantNames = new Map<string, readonly string[]>();
    for (const d of definitions) {
      if (d.kind === 'constant') {
        this.#constants.define(d.name, d.scope, d.value);
        constantNames.set(d.name.text, d.scope);
      }
      if (d.kind === 'program') this.#declareNumbers(d);
      if (d.kind !== 'type') continue;
      this.#declareMembers(d.type, d.scope);
      if (d.name.text === '') {
        if (d.type.kind === 'enum') for (const m of d.type.members) constantNames.set(m.name.text, d.scope);
        continue;
      }
      const entry: NamedType = { definition: d, ref: { kind: 'ref', name: d.name.text, target: VOID } };
      this.#types.add(d.scope, d.name.text, entry);
      named.push(entry);
    }
    this.#constants.defineMacros(macros);
    this.#constants.check();
    for (const { definition, ref } of named) {
      ref.name = this.#types.shortName(definition.scope, definition.name.text);
    }
    for (const { definition, ref } of named) {
      ref.target = this.#build(definition.type, definition.scope, ref.name);
      Object.freeze(ref);
    }
    const types = new Map(named.map(({ ref }) => [ref.name, ref.target]));
    const names = new Map(named.map(({ definition, ref }) => [ref.name, definition.name]));
    for (const name of findEndless(types)) {
      this.#report(new IdlError(`'${name}' contains itself, so no value of it has an end`, names.get(name)!));
    }
    const constants = new Map<string, number | bigint | string>();
    for (const [name, scope] of constantNames) {
      const value = this.#constants.defined(scope, name);
      if (value !== undefined) constants.set(name, typeof value === 'bigint' ? plain(value) : value);
    }
    const programs = definitions.flatMap((d) => (d.kind === 'program' ? [this.#program(d)] : []));
    return { file, types, constants, programs };
  }

  /** The same definition twice (a file included twice) counts once; a different one under a used name is a finding. */
  #withoutRepeats(all: readonly DefinitionNode[]): DefinitionNode[] {
    const seen = new Map<string, DefinitionNode>();
    return all.filter((d) => {
      // Constants may repeat: their values are compared.
      if (d.kind === 'constant' || d.name.text === '') return true;
      const key = `${d.kind} ${[...d.scope, d.name.text].join('::')}`;
      const before = seen.get(key);
      if (before === undefined) {
        seen.set(key, d);
        return true;
      }
      if (before.text !== d.text) {
        const where = `${before.name.file}:${before.name.line}`;
        this.#report(new IdlError(`'${d.name.text}' is defined differently at ${where}`, d.name));
      }
      return false;
    });
  }

  /** A program's names stand for their numbers, as in C, and enums in its signatures declare their members. */
  #declareNumbers({ name, scope, number, versions }: Definition<'program'>): void {
    this.#constants.defineFallback(name, scope, number);
    for (const version of versions) {
      this.#constants.defineFallback(version.name, scope, version.number);
      for (const procedure of version.procedures) {
        this.#constants.defineFallback(procedure.name, scope, procedure.number);
        this.#declareMembers(procedure.result, scope);
        for (const arg of procedure.args) this.#declareMembers(arg.type, scope);
      }
    }
  }

  /** Enum members, wherever the enum stands, are constants of the namespace around it. */
  #declareMembers(type: TypeNode, scope: readonly string[]): void {
    switch (type.kind) {
      case 'enum':
        this.#constants.defineMembers(type.members, scope);
        return;
      case 'struct':
        for (const field of type.fields) this.#declareMembers(field.type, scope);
        return;
      case 'union':
        this.#declareMembers(type.discriminant.type, scope);
        for (const arm of type.arms) this.#declareMembers(arm.member.type, scope);
        if (type.default !== undefined) this.#declareMembers(type.default.type, scope);
        return;
      case 'array':
      case 'optional':
        this.#declareMembers(type.element, scope);
    }
  }

  /** Run `work`; a finding is reported and gives `fallback`. */
  #try<T>(work: () => T, fallback: T): T {
    try {
      return work();
    } catch (e) {
      if (!(e instanceof IdlError)) throw e;
      if (!(e instanceof BrokenConstant)) this.#report(e);
      return fallback;
    }
  }

  #number(
    expression: Expression,
    scope: readonly string[],
    least: bigint,
    most: bigint,
    what: string,
  ): bigint {
    const value = this.#constants.evaluate(expression, scope);
    if (value < least || value > most)
      throw new IdlError(`${what} ${value} is out of range`, expression.token);
    return value;
  }

  #size(expression: Expression | undefined, scope: readonly string[]): number | undefined {
    if (expression === undefined) return undefined;
    return this.#try(() => Number(this.#number(expression, scope, 0n, UINT_MAX, 'size')), 0);
  }

  #build(type: TypeNode, scope: readonly string[], name?: string): XdrType {
    switch (type.kind) {
      case 'built-in':
        return type.type;
      case 'name':
        return this.#named(type.token, type.path, scope);
      case 'string':
        return Object.freeze({ kind: 'string', size: this.#size(type.size, scope) });
      case 'opaque':
        return Object.freeze({ kind: 'opaque', fixed: type.fixed, size: this.#size(type.size, scope) });
      case 'optional':
        return Object.freeze({ kind: 'optional', element: this.#build(type.element, scope) });
      case 'array': {
        const element = this.#build(type.element, scope);
        return Object.freeze({
          kind: 'array',
          fixed: type.fixed,
          size: this.#size(type.size, scope),
          element,
        });
      }
      case 'enum':
        return this.#enum(type.members, scope, name);
      case 'struct':
        return this.#struct(type.fields, scope, name);
      case 'union':
        return this.#union(type, scope, name);
    }
  }

  #named(token: Token, path: readonly string[], scope: readonly string[]): XdrType {
    const found = this.#types.find(path, scope);
    if (found !== undefined) return found.ref;
    const header = path.length === 1 ? HEADER_TYPES.get(path[0]!) : undefined;
    if (header !== undefined) return header;
    this.#report(new IdlError(`unknown type '${path.join('::')}'`, token, 'a type'));
    return VOID;
  }

  #enum(nodes: readonly MemberNode[], scope: readonly string[], name: string | undefined): EnumType {
    const members = new Map<string, number>();
    for (const { name: member } of nodes) {
      const value = this.#try(() => this.#constants.value([member.text], member, scope), undefined);
      if (value === undefined) continue;
      if (value < INT_MIN || value > UINT_MAX) {
        this.#report(new IdlError(`enum value ${value} is out of range`, member));
      }
      members.set(member.text, Number(BigInt.asIntN(32, value)));
    }
    return Object.freeze({
      kind: 'enum',
      ...(name === undefined ? {} : { name }),
      members: Object.freeze([...members].map((m) => Object.freeze(m))),
    });
  }

  #struct(nodes: readonly DeclarationNode[], scope: readonly string[], name: string | undefined): StructType {
    const seen = new Set<string>();
    const fields = nodes.map((node): Field => {
      const token = node.name!;
      if (seen.has(token.text)) this.#report(new IdlError(`struct has two fields '${token.text}'`, token));
      seen.add(token.text);
      return Object.freeze({ name: token.text, type: this.#build(node.type, scope) });
    });
    return Object.freeze({
      kind: 'struct',
      ...(name === undefined ? {} : { name }),
      fields: Object.freeze(fields),
    });
  }

  #union(node: UnionNode, scope: readonly string[], name: string | undefined): UnionType {
    const type = this.#build(node.discriminant.type, scope);
    const number = this.#caseReader(node.discriminant, scope);
    const seen = new Set<number | bigint>();
    const arms = node.arms.map(({ cases, member }): UnionArm => {
      const values: (number | bigint)[] = [];
      for (const expression of cases) {
        const value = this.#try(
          () => number(this.#constants.evaluate(expression, scope), expression.token),
          undefined,
        );
        if (value === undefined) continue;
        if (seen.has(value)) this.#report(new IdlError(`union has two arms for ${value}`, expression.token));
        seen.add(value);
        values.push(value);
      }
      return Object.freeze({ cases: Object.freeze(values), ...this.#arm(member, scope) });
    });
    return Object.freeze({
      kind: 'union',
      ...(name === undefined ? {} : { name }),
      discriminant: Object.freeze({ name: node.discriminant.name?.text ?? 'discriminant', type }),
      arms: Object.freeze(arms),
      ...(node.default === undefined ? {} : { default: Object.freeze(this.#arm(node.default, scope)) }),
    });
  }

  #arm(member: DeclarationNode, scope: readonly string[]): Field {
    const type = this.#build(member.type, scope);
    if (isVoid(member.type)) return { name: '', type };
    // An arm without a name is called after its type.
    return {
      name: member.name?.text ?? (type.kind === 'ref' ? type.name.split('::').at(-1)! : 'value'),
      type,
    };
  }

  /** How a case's number is held, by the discriminant's type: DESIGN's bool as 0 and 1, 64 bits as bigint. */
  #caseReader(
    discriminant: DeclarationNode,
    scope: readonly string[],
  ): (v: bigint, at: Token) => number | bigint {
    const type = this.#underlying(discriminant.type, scope);
    const range = (v: bigint, at: Token, least: bigint, most: bigint) => {
      if (v < least || v > most) throw new IdlError(`case ${v} is out of the discriminant's range`, at);
      return v;
    };
    if (type?.kind === 'built-in' && type.type.kind === 'bool')
      return (v, at) => Number(range(v, at, 0n, 1n));
    if (type?.kind === 'built-in' && type.type.kind === 'integer') {
      const { bits, signed } = type.type;
      const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
      if (bits === 64) return (v, at) => wrap(64, range(v, at, -(1n << 63n), (1n << 64n) - 1n));
      return (v, at) => Number(wrap(32, range(v, at, INT_MIN, UINT_MAX)));
    }
    // Unknown types were reported already.
    if (type !== undefined && type.kind !== 'enum') {
      this.#report(
        new IdlError('a union is chosen by an integer, a bool or an enum', discriminant.at, 'such a type'),
      );
    }
    return (v, at) => Number(BigInt.asIntN(32, range(v, at, INT_MIN, UINT_MAX)));
  }

  /** The node behind typedefs; undefined if it is unknown or goes in a circle. */
  #underlying(start: TypeNode, startScope: readonly string[]): TypeNode | undefined {
    let type = start;
    let scope = startScope;
    const seen = new Set<TypeNode>();
    while (type.kind === 'name') {
      if (seen.has(type)) return undefined;
      seen.add(type);
      const found = this.#types.find(type.path, scope);
      if (found === undefined) {
        const header = type.path.length === 1 ? HEADER_TYPES.get(type.path[0]!) : undefined;
        return header === undefined ? undefined : { kind: 'built-in', type: header };
      }
      type = found.definition.type;
      scope = found.definition.scope;
    }
    return type;
  }

  #program(d: Definition<'program'>): Program {
    const { scope } = d;
    const number = (e: Expression, what: string) =>
      this.#try(() => Number(this.#number(e, scope, 0n, UINT_MAX, what)), 0);
    return Object.freeze({
      name: d.name.text,
      number: number(d.number, 'program number'),
      versions: Object.freeze(
        d.versions.map((version) =>
          Object.freeze({
            name: version.name.text,
            number: number(version.number, 'version number'),
            procedures: Object.freeze(
              version.procedures.map((procedure): Procedure => {
                const args = procedure.args.map((a) => this.#build(a.type, scope));
                return Object.freeze({
                  name: procedure.name.text,
                  number: number(procedure.number, 'procedure number'),
                  args: Object.freeze(args),
                  argument: argument(args),
                  result: this.#build(procedure.result, scope),
                });
              }),
            ),
          }),
        ),
      ),
    });
  }
}

/** The one type on the wire for these arguments; see `Procedure`. */
function argument(args: readonly XdrType[]): XdrType {
  if (args.length < 2) return args[0] ?? VOID;
  const fields = args.map((type, i) => Object.freeze({ name: `arg${i + 1}`, type }));
  return Object.freeze({ kind: 'struct', fields: Object.freeze(fields) });
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
