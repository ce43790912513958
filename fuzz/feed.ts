/**
 * Which values of a result may go into which arguments: those of the same declared type, and numbers, texts and bytes
 * of one kind that go by the same name. Pure, from descriptions alone.
 */
import { childrenOf, type ResolvedType, resolve, type XdrType } from '../codec/xdr/index.ts';
import type { BaseCall, FuzzProcedure } from './call.ts';
import type { Part } from './points.ts';
import type { Carry } from './step.ts';

/** Whether a result of `feeder` holds something that the arguments of `procedure` may take up. */
export function isFedBy(procedure: FuzzProcedure, feeder: FuzzProcedure): boolean {
  const given = kindsOf(feeder.declared.procedure.result);
  for (const taken of kindsOf(procedure.declared.procedure.argument)) if (given.has(taken)) return true;
  return false;
}

/** What a call takes up of the results of those before it, each of the latest that has it; never one within another. */
export function carriesInto(base: BaseCall, before: readonly FuzzProcedure[]): readonly Carry[] {
  const carries: Carry[] = [];
  for (const part of base.map.parts) {
    const within = carries.some(({ off, len }) => part.off >= off && part.off + part.len <= off + len);
    if (within || part.len === 0) continue;
    const kinds = kindsOfPart(part);
    const from = before.findLastIndex((one) => {
      const given = kindsOf(one.declared.procedure.result);
      return kinds.some((kind) => given.has(kind));
    });
    if (from < 0) continue;
    const wanted = (given: Part): boolean => kindsOfPart(given).some((kind) => kinds.includes(kind));
    carries.push({ from, off: part.off, len: part.len, wanted });
  }
  return carries;
}

/** A declared type itself, or 'integer id' for what has no name but a field's. */
type Kind = ResolvedType | string;

/** Types whose values mean nothing by their type alone: any number is like any other. */
const PLAIN: ReadonlySet<string> = new Set(['void', 'bool', 'integer', 'float', 'enum', 'string', 'opaque']);

function kindsOfPart({ path, type }: Part): readonly Kind[] {
  const at = resolve(type);
  const name = /([^.[\]]+)(?:\[\d+\])*$/.exec(path)?.[1] ?? '';
  return kindsOfNamed(at, name, typedefOf(type));
}

function kindsOfNamed(at: ResolvedType, name: string, typedef: string): readonly Kind[] {
  if (at.kind === 'void' || at.kind === 'bool' || at.kind === 'enum') return [];
  if (!PLAIN.has(at.kind)) return [at];
  const kinds: Kind[] = [];
  if (typedef !== '') kinds.push(`${at.kind} type ${typedef}`);
  // rpcgen's names for what has none
  if (name !== '' && !/^arg\d+$/.test(name)) kinds.push(`${at.kind} ${name}`);
  return kinds;
}

const cache = new WeakMap<XdrType, ReadonlySet<Kind>>();

/** The kinds of all that values of a type may hold. */
function kindsOf(type: XdrType): ReadonlySet<Kind> {
  const known = cache.get(type);
  if (known !== undefined) return known;
  const kinds = new Set<Kind>();
  const seen = new Set<XdrType>();
  const todo: (readonly [XdrType, string])[] = [[type, '']];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [one, name] = next;
    const at = resolve(one);
    for (const kind of kindsOfNamed(at, name, typedefOf(one))) kinds.add(kind);
    if (seen.has(at)) continue;
    seen.add(at);
    if (at.kind === 'struct') todo.push(...at.fields.map((field) => [field.type, field.name] as const));
    else if (at.kind === 'union') todo.push(...childrenOf(at).map((child) => [child, ''] as const));
    else todo.push(...childrenOf(at).map((child) => [child, name] as const));
  }
  cache.set(type, kinds);
  return kinds;
}

/** The name that a use of a type goes by, '' for none. */
function typedefOf(type: XdrType): string {
  return type.kind === 'ref' ? type.name : '';
}
