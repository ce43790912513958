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
import type { OptionalType, StructType, UnionType, XdrType } from './types.ts';

/** Takes text piece by piece, and bytes that are to be shown in hex. */
export interface TextTarget {
  text(text: string): void;
  /** `bytes[off, off + len)` as lower-case hex */
  hexBytes(bytes: Uint8Array, off: number, len: number): void;
}

type Writer = (value: unknown, out: TextTarget) => void;

const NO_REFINEMENTS: Refinements = new Map();

/** Made once for a type and what refines it, which are immutable. */
const writers = new WeakMap<Refinements, WeakMap<XdrType, Writer>>();

class TextOfPieces implements TextTarget {
  all = '';

  text(text: string): void {
    this.all += text;
  }

  hexBytes({ buffer, byteOffset }: Uint8Array, off: number, len: number): void {
    this.all += Buffer.from(buffer, byteOffset + off, len).toString('hex');
  }
}

/** The text of `value` as JSON. Types and refinements are recognised when they come again. */
export function jsonText(type: XdrType, value: unknown, options: ToJsonOptions = {}): string {
  const out = new TextOfPieces();
  writeJsonText(out, type, value, options);
  return out.all;
}

/** The same, piece by piece: bytes in hex, which may be most of it, are never a string. */
export function writeJsonText(
  out: TextTarget,
  type: XdrType,
  value: unknown,
  options: ToJsonOptions = {},
): void {
  writerOf(type, options.refinements ?? NO_REFINEMENTS)(value, out);
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
  made.set(type, (value, out) => writer!(value, out));
  writer = makeWriter(resolve(type), refinements);
  made.set(type, writer);
  return writer;
}

function makeWriter(type: ResolvedType, refinements: Refinements): Writer {
  switch (type.kind) {
    case 'void':
      return (_value, out) => out.text('null');
    case 'bool':
      return (value, out) => out.text(String(value));
    case 'string':
      return (value, out) => out.text(JSON.stringify(value));
    case 'integer':
      if (type.bits === 64) return (value, out) => out.text(`"${value}"`);
      return (value, out) => out.text(String(value));
    case 'float':
      return (value, out) => out.text(JSON.stringify(toJson(type, value)));
    case 'enum': {
      const names = new Map([...enumNames(type)].map(([number, name]) => [number, JSON.stringify(name)]));
      return (value, out) => out.text(names.get(value as number) ?? String(value));
    }
    case 'opaque':
      return (value, out) => {
        const bytes = value as Uint8Array;
        out.text('"');
        out.hexBytes(bytes, 0, bytes.length);
        out.text('"');
      };
    case 'array':
      return listWriter(writerOf(type.element, refinements));
    case 'struct':
      return structWriter(type, refinements);
    case 'union':
      return unionWriter(type, refinements);
    case 'optional':
      return optionalWriter(type, refinements);
  }
}

function optionalWriter(type: OptionalType, refinements: Refinements): Writer {
  const list = listIdiom(type);
  if (list !== null) return listWriter(structWriter(list.items, refinements));
  const element = writerOf(type.element, refinements);
  const boxed = isBoxed(type);
  return (value, out) => {
    if (value === null) out.text('null');
    else if (!boxed) element(value, out);
    else {
      out.text('{"value":');
      element(getField(value as object, 'value'), out);
      out.text('}');
    }
  };
}

function listWriter(item: Writer): Writer {
  return (value, out) => {
    let before = '[';
    for (const one of value as unknown[]) {
      out.text(before);
      before = ',';
      item(one, out);
    }
    out.text(before === '[' ? '[]' : ']');
  };
}

function structWriter(type: StructType, refinements: Refinements): Writer {
  // what an opaque of it holds depends on the value: left to the reference
  if (refinements.has(wholeStruct(type))) {
    return (value, out) => out.text(JSON.stringify(toJson(type, value, { refinements })));
  }
  const fields = type.fields.map((field, i) => ({
    name: field.name,
    inherited: isInheritedName(field.name),
    lead: `${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`,
    writer: writerOf(field.type, refinements),
  }));
  if (fields.length === 0) return (_value, out) => out.text('{}');
  return (value, out) => {
    for (const { name, inherited, lead, writer } of fields) {
      const part = inherited ? getField(value as object, name) : (value as Record<string, unknown>)[name];
      out.text(lead);
      writer(part, out);
    }
    out.text('}');
  };
}

function unionWriter(type: UnionType, refinements: Refinements): Writer {
  const { name, type: switched } = type.discriminant;
  const lead = `{${JSON.stringify(name)}:`;
  const discriminant = writerOf(switched, NO_REFINEMENTS);
  return (value, out) => {
    const shown = getField(value as object, name);
    out.text(lead);
    discriminant(shown, out);
    const arm = armOf(type, typeof shown === 'boolean' ? Number(shown) : (shown as number | bigint));
    if (arm !== undefined && resolve(arm.type).kind !== 'void') {
      const key = armKey(type, arm);
      out.text(`,${JSON.stringify(key)}:`);
      writerOf(arm.type, refinements)(getField(value as object, key), out);
    }
    out.text('}');
  };
}
