/**
 * The fields of a program's arguments and results, named `program.field.path` after its description: struct
 * fields, a union's discriminant and arms, elements without an index; `arg1` and `result` where the whole is no
 * struct or union. A type within itself keeps the path of its first use, so the names of a recursive type are
 * finite. Where two uses of a name have different types, the later one ends in `_` and its type.
 */
import type { Declarations } from '../../codec/rpc/declarations.ts';
import type { ProgramVersion } from '../../codec/rpc/program.ts';
import { enumNames, listIdiom, resolve, type XdrType } from '../../codec/xdr/index.ts';
import type { FieldDef, FieldType } from './field.ts';
import type { Registry } from './registry.ts';

/** Bounds the names that one program can bring, whatever its `.x` says. */
const MAX_NAMES = 20_000;

/** Where each struct or union on the way here was first entered: type to path. */
export type Ancestors = ReadonlyMap<XdrType, string>;

export class ProgramFields {
  readonly #registry: Registry;
  readonly #protocol: string;
  readonly #byPath = new Map<string, FieldDef[]>();

  /** `protocol`: the program's filter name. */
  constructor(registry: Registry, protocol: string) {
    this.#registry = registry;
    this.#protocol = protocol;
  }

  /** The field of that path for values of `type`. */
  at(path: string, type: XdrType): FieldDef {
    const kind = fieldType(type);
    const known = this.#byPath.get(path);
    const old = known?.find((def) => def.type === kind);
    if (old !== undefined) return old;
    const define = this.#registry.definer(this.#protocol);
    const base = `${this.#protocol}.${path}`;
    const label = path.slice(path.lastIndexOf('.') + 1);
    const target = resolve(type);
    const strings = target.kind === 'enum' ? { strings: enumNames(target) } : {};
    let def = define(base, label, kind, strings);
    if (def.type !== kind) def = define(`${base}_${kind}`, label, kind, strings);
    if (known === undefined) this.#byPath.set(path, [def]);
    else known.push(def);
    return def;
  }

  /** The field by which values of a type, or of a struct's field, are known elsewhere; null when there is none. */
  alias(declarations: Declarations | undefined, key: string, type: XdrType): FieldDef | null {
    const aliases = declarations?.aliases;
    if (aliases === undefined || !Object.hasOwn(aliases, key)) return null;
    const name = aliases[key] ?? '';
    const kind = fieldType(type);
    const label = name.slice(name.lastIndexOf('.') + 1);
    const target = resolve(type);
    const strings = target.kind === 'enum' ? { strings: enumNames(target) } : {};
    const def = this.#registry.definer(this.#protocol)(name, label, kind, strings);
    return def.type === kind ? def : null;
  }

  /** Defines every name that the version's procedures can bring. */
  defineAll(version: ProgramVersion, declarations: Declarations | undefined): void {
    const budget = { left: MAX_NAMES };
    for (const procedure of version.procedures) {
      this.#define(procedure.argument, rootPath(procedure.argument, 'arg1'), new Map(), declarations, budget);
      this.#define(procedure.result, rootPath(procedure.result, 'result'), new Map(), declarations, budget);
    }
  }

  #define(
    type: XdrType,
    path: string,
    ancestors: Ancestors,
    declarations: Declarations | undefined,
    budget: { left: number },
    owner = '',
    name = '',
  ): void {
    if (budget.left-- <= 0) return;
    const target = resolve(type);
    if (path !== '' && target.kind !== 'void') this.at(path, type);
    for (const key of aliasKeys(type, owner, name)) this.alias(declarations, key, type);
    if (target.kind === 'array') {
      this.#define(target.element, path, ancestors, declarations, budget);
      return;
    }
    if (target.kind === 'optional') {
      // an item of a list keeps the list's path
      const item = listIdiom(target)?.items ?? target.element;
      this.#define(item, path, ancestors, declarations, budget);
      return;
    }
    if (target.kind !== 'struct' && target.kind !== 'union') return;
    if (ancestors.has(target)) return;
    const inside = new Map(ancestors).set(target, path);
    const child = (name: string, of: XdrType): void =>
      this.#define(of, joinPath(path, name), inside, declarations, budget, target.name ?? '', name);
    if (target.kind === 'struct') {
      for (const field of target.fields) child(field.name, field.type);
      return;
    }
    child(target.discriminant.name, target.discriminant.type);
    for (const arm of target.arms) child(arm.name, arm.type);
    if (target.default !== undefined) child(target.default.name, target.default.type);
  }
}

/** What an alias may be declared for: the named type, and the field of the named struct. */
export function aliasKeys(type: XdrType, owner: string, name: string): readonly string[] {
  const keys: string[] = [];
  if (owner !== '' && name !== '') keys.push(`${owner}.${name}`);
  if (type.kind === 'ref') keys.push(type.name);
  return keys;
}

/** A struct's or union's own fields stand directly below the program; anything else has a name. */
export function rootPath(type: XdrType, name: string): string {
  const { kind } = resolve(type);
  return kind === 'struct' || kind === 'union' ? '' : name;
}

export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** How values of a type are kept: containers as presence only. */
export function fieldType(type: XdrType): FieldType {
  const target = resolve(type);
  switch (target.kind) {
    case 'bool':
      return 'boolean';
    case 'integer':
      return `${target.signed ? '' : 'u'}int${target.bits}` as FieldType;
    case 'enum':
      return 'int32';
    case 'float':
      return target.bits === 128 ? 'bytes' : target.bits === 64 ? 'double' : 'float';
    case 'opaque':
      return 'bytes';
    case 'string':
      return 'string';
    case 'array':
      return leafType(target.element);
    case 'optional':
      return leafType(listIdiom(target)?.items ?? target.element);
    default:
      return 'none';
  }
}

/** An array of plain values shares its elements' field; one of structs is presence. */
function leafType(element: XdrType): FieldType {
  const { kind } = resolve(element);
  if (kind === 'optional' || kind === 'array') return 'none';
  return fieldType(element);
}
