/**
 * A value as the text of its JSON, without the JSON value between: what `JSON.stringify(toJson(type, value))` gives,
 * which is the reference that it is tested against. Printing a long capture is mostly this. Expects a value of the
 * type.
 */
import { type ToJsonOptions, toJson } from './json.ts';
import type { Refinements } from './refine.ts';
import {
  armKey,
  armOf,
  enumNames,
  getField,
  isBoxed,
  isInheritedName,
  listIdiom,
  type ResolvedType,
  resolve,
  wholeStruct,
} from './shape.ts';
import type { StructType, UnionType, XdrType } from './types.ts';

type Writer = (value: unknown) => string;

const NO_REFINEMENTS: Refinements = new Map();

/** Made once for a type and what refines it, which are immutable. */
const writers = new WeakMap<Refinements, WeakMap<XdrType, Writer>>();

/** The text of `value` as JSON. Types and refinements are recognised when they come again. */
export function jsonText(type: XdrType, value: unknown, options: ToJsonOptions = {}): string {
  return writerOf(type, options.refinements ?? NO_REFINEMENTS)(value);
}

function writerOf(type: XdrType, refinements: Refinements): Writer {
  let made = writers.get(refinements);
  if (made === undefined) {
    made = new WeakMap();
    writers.set(refinements, made);
  }
  const old = made.get(type);
  if (old !== undefined) return old;
  // a type that holds itself finds this one, which leads to the real one once that is there
  let writer: Writer | undefined;
  made.set(type, (value) => writer!(value));
  writer = makeWriter(resolve(type), refinements);
  made.set(type, writer);
  return writer;
}

function makeWriter(type: ResolvedType, refinements: Refinements): Writer {
  switch (type.kind) {
    case 'void':
      return () => 'null';
    case 'bool':
      return String;
    case 'string':
      return JSON.stringify;
    case 'integer':
      return type.bits === 64 ? (value) => `"${value}"` : String;
    case 'float':
      return (value) => JSON.stringify(toJson(type, value));
    case 'enum': {
      const names = new Map([...enumNames(type)].map(([number, name]) => [number, JSON.stringify(name)]));
      return (value) => names.get(value as number) ?? String(value);
    }
    case 'opaque':
      return hexText;
    case 'array':
      return listText(writerOf(type.element, refinements));
    case 'struct':
      return structWriter(type, refinements);
    case 'union':
      return unionWriter(type, refinements);
    case 'optional': {
      const list = listIdiom(type);
      if (list !== null) return listText(structWriter(list.items, refinements));
      const element = writerOf(type.element, refinements);
      if (!isBoxed(type)) return (value) => (value === null ? 'null' : element(value));
      return (value) =>
        value === null ? 'null' : `{"value":${element(getField(value as object, 'value'))}}`;
    }
  }
}

function hexText(value: unknown): string {
  const { buffer, byteOffset, length } = value as Uint8Array;
  return `"${Buffer.from(buffer, byteOffset, length).toString('hex')}"`;
}

function listText(item: Writer): Writer {
  return (value) => {
    let text = '[';
    for (const one of value as unknown[]) text += text === '[' ? item(one) : `,${item(one)}`;
    return `${text}]`;
  };
}

function structWriter(type: StructType, refinements: Refinements): Writer {
  // what an opaque of it holds depends on the value: left to the reference
  if (refinements.has(wholeStruct(type))) {
    return (value) => JSON.stringify(toJson(type, value, { refinements }));
  }
  const fields = type.fields.map((field, i) => ({
    name: field.name,
    inherited: isInheritedName(field.name),
    lead: `${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`,
    writer: writerOf(field.type, refinements),
  }));
  if (fields.length === 0) return () => '{}';
  return (value) => {
    let text = '';
    for (const { name, inherited, lead, writer } of fields) {
      const part = inherited ? getField(value as object, name) : (value as Record<string, unknown>)[name];
      text += lead + writer(part);
    }
    return `${text}}`;
  };
}

function unionWriter(type: UnionType, refinements: Refinements): Writer {
  const { name, type: switched } = type.discriminant;
  const lead = `{${JSON.stringify(name)}:`;
  const discriminant = writerOf(switched, NO_REFINEMENTS);
  return (value) => {
    const shown = getField(value as object, name);
    const head = lead + discriminant(shown);
    const arm = armOf(type, typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint));
    if (arm === undefined || resolve(arm.type).kind === 'void') return `${head}}`;
    const key = armKey(type, arm);
    return `${head},${JSON.stringify(key)}:${writerOf(arm.type, refinements)(getField(value as object, key))}}`;
  };
}
