/**
 * The fields of a program's arguments and results, named `program.field.path` after its description: struct
 * fields, a union's discriminant and arms, elements without an index; `arg1` and `result` where the whole is no
 * struct or union. A type within itself keeps the path of its first use, so the names of a recursive type are
 * finite. Where two uses of a name have different types, the later one ends in `_` and its type.
 */
import type { Declarations } from '../../codec/rpc/declarations.ts';
import type { ProgramVersion } from '../../codec/rpc/program.ts';
import {
  enumNames,
  fieldKind,
  isBoxed,
  listIdiom,
  type Refinement,
  resolve,
  type StructType,
  wholeStruct,
  type XdrType,
} from '../../codec/xdr/index.ts';
import type { FieldDef } from './field.ts';
import type { Registry } from './registry.ts';

/** Bounds the names that one program can bring, whatever its `.x` says. */
const MAX_NAMES = 20_000;

const NONE: readonly FieldDef[] = [];

/** What a walk over a description has found, and how many names it may still find. */
interface Found {
  left: number;
  readonly defs: Set<FieldDef>;
}

/** Where each struct or union on the way here was first entered: type to path. */
export type Ancestors = ReadonlyMap<XdrType, string>;

export class ProgramFields {
  readonly #registry: Registry;
  readonly #protocol: string;
  readonly #byPath = new Map<string, FieldDef[]>();
  readonly #joined = new Map<string, Map<string, string>>();
  /** the latest answers, by path: the same type nearly always stands at a path */
  readonly #known = new Map<string, { readonly type: XdrType; readonly def: FieldDef }>();
  readonly #aliases = new Map<
    string,
    { readonly type: XdrType; readonly declarations: Declarations; readonly defs: readonly FieldDef[] }
  >();

  /** `protocol`: the program's filter name. */
  constructor(registry: Registry, protocol: string) {
    this.#registry = registry;
    this.#protocol = protocol;
  }

  /** `path.name`: the same string each time, whose hash is known. */
  join(path: string, name: string): string {
    let names = this.#joined.get(path);
    if (names === undefined) {
      names = new Map();
      this.#joined.set(path, names);
    }
    let joined = names.get(name);
    if (joined === undefined) {
      joined = joinPath(path, name);
      names.set(name, joined);
    }
    return joined;
  }

  /** The field of that path for values of `type`. */
  at(path: string, type: XdrType): FieldDef {
    const hit = this.#known.get(path);
    if (hit !== undefined && hit.type === type) return hit.def;
    const def = this.#find(path, type);
    this.#known.set(path, { type, def });
    return def;
  }

  #find(path: string, type: XdrType): FieldDef {
    const kind = fieldKind(type);
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

  /**
   * The fields by which values at a path are known elsewhere: declared for the part `name` of the struct or union
   * `owner`, else for their type.
   */
  aliases(
    declarations: Declarations | undefined,
    path: string,
    type: XdrType,
    owner: string,
    name: string,
  ): readonly FieldDef[] {
    if (declarations?.aliases === undefined) return NONE;
    const hit = this.#aliases.get(path);
    if (hit !== undefined && hit.type === type && hit.declarations === declarations) return hit.defs;
    const { aliases } = declarations;
    const key = aliasKeys(type, owner, name).find((key) => Object.hasOwn(aliases, key));
    const def = key === undefined ? null : this.#alias(aliases[key] ?? '', type);
    const defs = def === null ? NONE : [def];
    this.#aliases.set(path, { type, declarations, defs });
    return defs;
  }

  /** The field that shows the name of a file handle, beside its alias; null for any other alias. */
  handlePath(declarations: Declarations | undefined, alias: FieldDef): FieldDef | null {
    const declared = declarations?.fileHandle;
    if (declared === undefined || declared.alias !== alias.name) return null;
    return this.#registry.definer(this.#protocol)(declared.path, 'Full Name', 'string');
  }

  #alias(name: string, type: XdrType): FieldDef | null {
    const kind = fieldKind(type);
    const label = name.slice(name.lastIndexOf('.') + 1);
    const target = resolve(type);
    const strings = target.kind === 'enum' ? { strings: enumNames(target) } : {};
    const def = this.#registry.definer(this.#protocol)(name, label, kind, strings);
    return def.type === kind ? def : null;
  }

  /** Defines every name that the version's procedures can bring. */
  defineAll(version: ProgramVersion, declarations: Declarations | undefined): void {
    const found: Found = { left: MAX_NAMES, defs: new Set() };
    for (const procedure of version.procedures) {
      this.#define(procedure.argument, rootPath(procedure.argument, 'arg1'), new Map(), declarations, found);
      this.#define(procedure.result, rootPath(procedure.result, 'result'), new Map(), declarations, found);
    }
  }

  /** Every field that a body of `type` can bring; null when there are too many to tell. */
  all(type: XdrType, root: string, declarations: Declarations | undefined): ReadonlySet<FieldDef> | null {
    const found: Found = { left: MAX_NAMES, defs: new Set() };
    this.#define(type, rootPath(type, root), new Map(), declarations, found);
    return found.left < 0 ? null : found.defs;
  }

  #define(
    type: XdrType,
    path: string,
    ancestors: Ancestors,
    declarations: Declarations | undefined,
    found: Found,
    owner = '',
    name = '',
  ): void {
    if (found.left-- <= 0) return;
    const target = resolve(type);
    if (path !== '' && target.kind !== 'void') found.defs.add(this.at(path, type));
    for (const def of this.aliases(declarations, path, type, owner, name)) {
      found.defs.add(def);
      const shown = this.handlePath(declarations, def);
      if (shown !== null) found.defs.add(shown);
    }
    if (target.kind === 'array') {
      this.#define(target.element, path, ancestors, declarations, found);
      return;
    }
    if (target.kind === 'optional') {
      // an item of a list keeps the list's path, what an optional optional holds is a part of it
      const item = listIdiom(target)?.items ?? target.element;
      const below = isBoxed(target) ? joinPath(path, 'value') : path;
      this.#define(item, below, ancestors, declarations, found);
      return;
    }
    if (target.kind !== 'struct' && target.kind !== 'union') return;
    // the items of a list are the struct that links them: within it they keep its path
    const whole = wholeStruct(target);
    if (ancestors.has(whole)) return;
    const inside = new Map(ancestors).set(whole, path);
    const child = (name: string, of: XdrType): void =>
      this.#define(of, joinPath(path, name), inside, declarations, found, target.name ?? '', name);
    if (target.kind === 'struct') {
      for (const field of target.fields) child(field.name, field.type);
      this.#defineHeld(target, path, inside, declarations, found);
      return;
    }
    child(target.discriminant.name, target.discriminant.type);
    for (const arm of target.arms) child(arm.name, arm.type);
    if (target.default !== undefined) child(target.default.name, target.default.type);
  }

  /** The names below an opaque whose bytes are declared to hold something. */
  #defineHeld(
    struct: StructType,
    path: string,
    ancestors: Ancestors,
    declarations: Declarations | undefined,
    found: Found,
  ): void {
    for (const refinement of declarations?.refinements ?? []) {
      if (resolve(refinement.within) !== wholeStruct(struct)) continue;
      const below = joinPath(path, refinement.field);
      for (const { name, type } of heldParts(refinement)) {
        this.#define(type, joinPath(below, name), ancestors, declarations, found, '', name);
      }
    }
  }
}

/** The parts that bytes may be found to hold, whatever chooses among them. */
function heldParts({ by }: Refinement): readonly { readonly name: string; readonly type: XdrType }[] {
  if (by.kind === 'bitmap') return [...by.fields.values()];
  const types = by.kind === 'type' ? [by.type] : [...by.cases.values()];
  return types.flatMap((type) => {
    const held = resolve(type);
    return held.kind === 'struct' ? held.fields : [{ name: 'value', type }];
  });
}

/** What an alias may be declared for: the field of the named struct before the named type. */
function aliasKeys(type: XdrType, owner: string, name: string): readonly string[] {
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
