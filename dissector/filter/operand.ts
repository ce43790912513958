/**
 * Entities of a filter, checked and made into operands: things that list their values in the current frame. A field
 * lists its occurrences, a literal itself, arithmetic every combination of its two sides. Throws FilterError while
 * checking, never while evaluating.
 */
import type { FieldDef, FieldType } from '../tree/field.ts';
import type { Slot } from '../tree/field-collector.ts';
import { valueText } from '../tree/format.ts';
import { FilterError } from './error.ts';
import { type Literal, parseLiteral, writtenLiteral } from './literal.ts';
import type { Arithmetic, Entity, Range } from './syntax.ts';
import { familyOf, isNonZero, lengthOf, typeName, type Value } from './value.ts';

/** Bounds the values that one operand lists in a frame, so that `a + b + c` over many occurrences ends. */
const MAX_VALUES = 100_000;

/** A field as the filter reads it: its slot is bound when the filter is. */
export interface FieldReference {
  readonly def: FieldDef;
  slot: Slot;
  /** for each occurrence the number of its protocol's layer in the frame, from 1; bound only when asked for */
  layers: readonly number[] | null;
}

/** What checking needs to know: fields by name, and who refers to them. */
export interface Scope {
  find(name: string): FieldDef | undefined;
  reference(def: FieldDef, withLayers: boolean): FieldReference;
}

export interface Operand {
  readonly type: FieldType;
  /** the one field it is about, for value names */
  readonly def: FieldDef | null;
  readonly at: number;
  readonly end: number;
  /** set for a bare field */
  readonly field: FieldReference | null;
  /** set for a literal */
  readonly constant: { readonly value: Value; readonly prefix: number | null } | null;
  /** appends the values in the current frame */
  collect(out: Value[]): void;
}

/** What a literal is to be read as. */
export interface Expected {
  readonly type: FieldType;
  readonly def: FieldDef | null;
}

/** Whether the entity has no type of its own: literals, and what is made of nothing else. */
export function isLiteral(entity: Entity, scope: Scope): boolean {
  switch (entity.kind) {
    case 'word':
      return findField(entity.text, scope) === undefined;
    case 'string':
    case 'char':
      return true;
    case 'minus':
      return isLiteral(entity.of, scope);
    case 'arithmetic':
      return isLiteral(entity.left, scope) && isLiteral(entity.right, scope);
    default:
      return false;
  }
}

/** How an entity was written, for messages. */
export function written(entity: Entity): string {
  switch (entity.kind) {
    case 'word':
    case 'string':
    case 'char':
      return writtenLiteral(entity);
    case 'call':
      return entity.name;
    case 'slice':
    case 'layer':
    case 'minus':
      return written(entity.of);
    case 'arithmetic':
      return `${written(entity.left)} ${entity.op} ${written(entity.right)}`;
  }
}

/** Columns are no fields. */
function findField(name: string, scope: Scope): FieldDef | undefined {
  return name.startsWith('_ws.col.') ? undefined : scope.find(name);
}

/** Checks an entity. Literals are read as `expected`; null where only something with a type of its own will do. */
export function makeOperand(entity: Entity, scope: Scope, expected: Expected | null): Operand {
  const { at, end } = entity;
  switch (entity.kind) {
    case 'word': {
      const def = findField(entity.text, scope);
      if (def !== undefined) return fieldOperand(scope.reference(def, false), at, end);
      return literalOperand(entity, expected);
    }
    case 'string':
    case 'char':
      return literalOperand(entity, expected);
    case 'slice':
      return sliceOperand(entity.of, entity.ranges, end, scope);
    case 'layer':
      return layerOperand(entity.of, entity.ranges, end, scope);
    case 'call':
      return callOperand(entity, scope);
    case 'minus': {
      const of = makeOperand(entity.of, scope, expected);
      needNumber(of, entity.of, '-');
      return {
        ...derived(of, at, end),
        collect: (out) => mapInto(of, out, (v) => -(v as number)),
      };
    }
    case 'arithmetic':
      return arithmeticOperand(entity, scope, expected);
  }
}

function derived(of: Operand, at: number, end: number) {
  return { type: of.type, def: of.def, at, end, field: null, constant: null };
}

/** The value of occurrence `i`. */
function valueAt(slot: Slot, i: number): Value {
  const value = slot.values[i]!;
  if (value === null) {
    const off = slot.offs[i]!;
    return slot.def.type === 'none' ? 0 : slot.bufs[i]!.subarray(off, off + slot.lens[i]!);
  }
  return typeof value === 'boolean' ? Number(value) : value;
}

function fieldOperand(reference: FieldReference, at: number, end: number): Operand {
  return {
    type: reference.def.type,
    def: reference.def,
    at,
    end,
    field: reference,
    constant: null,
    collect(out) {
      const slot = reference.slot;
      for (let i = 0; i < slot.count; i++) out.push(valueAt(slot, i));
    },
  };
}

function literalOperand(entity: Literal, expected: Expected | null): Operand {
  if (expected === null) {
    throw new FilterError(
      `${writtenLiteral(entity)} is neither a field nor a protocol name.`,
      entity.at,
      entity.end,
    );
  }
  const constant = parseLiteral(entity, expected.type, expected.def);
  return {
    ...expected,
    at: entity.at,
    end: entity.end,
    field: null,
    constant,
    collect: (out) => {
      out.push(constant.value);
    },
  };
}

function mapInto(of: Operand, out: Value[], map: (value: Value) => Value | null): void {
  const values: Value[] = [];
  of.collect(values);
  for (const value of values) {
    const mapped = map(value);
    if (mapped !== null) out.push(mapped);
  }
}

function sliceOperand(entity: Entity, ranges: readonly Range[], end: number, scope: Scope): Operand {
  const of = makeOperand(entity, scope, null);
  const family = familyOf(of.type);
  if (family !== 'bytes' && family !== 'string') {
    throw new FilterError(
      `"${written(entity)}" is a ${typeName(of.type)} and cannot be sliced into a sequence of bytes.`,
      entity.at,
      entity.end,
    );
  }
  return {
    type: family === 'string' ? 'string' : 'bytes',
    def: null,
    at: entity.at,
    end,
    field: null,
    constant: null,
    collect: (out) => mapInto(of, out, (value) => slice(value as string | Uint8Array, ranges)),
  };
}

/** The ranges of a value, joined; null when one begins outside it. A range may end outside it. */
function slice(value: string | Uint8Array, ranges: readonly Range[]): Value | null {
  const parts: (string | Uint8Array)[] = [];
  for (const range of ranges) {
    const start = range.start < 0 ? value.length + range.start : range.start;
    if (start < 0 || start >= value.length) return null;
    const end = range.length === null ? value.length : Math.min(value.length, start + range.length);
    parts.push(typeof value === 'string' ? value.slice(start, end) : value.subarray(start, end));
  }
  if (parts.length === 1) return parts[0]!;
  return typeof value === 'string' ? parts.join('') : Buffer.concat(parts as Uint8Array[]);
}

function layerOperand(entity: Entity, ranges: readonly Range[], end: number, scope: Scope): Operand {
  const def = entity.kind === 'word' ? findField(entity.text, scope) : undefined;
  if (def === undefined) {
    throw new FilterError(
      `${written(entity)} is not a field, and only a field has layers.`,
      entity.at,
      entity.end,
    );
  }
  const reference = scope.reference(def, true);
  return {
    type: def.type,
    def,
    at: entity.at,
    end,
    field: null,
    constant: null,
    collect(out) {
      const { slot, layers } = reference;
      if (layers === null || slot.count === 0) return;
      const last = layers[slot.count - 1]!;
      for (let i = 0; i < slot.count; i++) {
        if (ranges.some((range) => inRange(layers[i]!, range, last))) out.push(valueAt(slot, i));
      }
    },
  };
}

/** Layers count from 1, and from -1 for the last. */
function inRange(layer: number, range: Range, last: number): boolean {
  const start = range.start < 0 ? last + 1 + range.start : range.start;
  return layer >= start && (range.length === null || layer < start + range.length);
}

function needNumber(of: Operand, entity: Entity, op: string): void {
  if (!['number', 'double', 'time', 'duration'].includes(familyOf(of.type))) {
    throw new FilterError(
      `${written(entity)} (type=${typeName(of.type)}) cannot ${op}.`,
      entity.at,
      entity.end,
    );
  }
}

function arithmeticOperand(
  entity: Extract<Entity, { kind: 'arithmetic' }>,
  scope: Scope,
  expected: Expected | null,
): Operand {
  const { op } = entity;
  const rightFirst = isLiteral(entity.left, scope) && !isLiteral(entity.right, scope);
  const first = makeOperand(rightFirst ? entity.right : entity.left, scope, expected);
  const second = makeOperand(rightFirst ? entity.left : entity.right, scope, first);
  const [left, right] = rightFirst ? [second, first] : [first, second];
  if (familyOf(left.type) !== familyOf(right.type)) {
    throw new FilterError(
      `${written(entity.left)} and ${written(entity.right)} are not of compatible types.`,
      entity.right.at,
      entity.right.end,
    );
  }
  if (op !== '&' || familyOf(left.type) !== 'bytes') needNumber(left, entity.left, op);
  return {
    ...derived(first, entity.at, entity.end),
    collect(out) {
      const lefts: Value[] = [];
      const rights: Value[] = [];
      left.collect(lefts);
      right.collect(rights);
      for (const a of lefts) {
        for (const b of rights) {
          const value = calculate(op, a, b);
          if (value !== null && out.length < MAX_VALUES) out.push(value);
        }
      }
    },
  };
}

/** null where there is no result (division by zero). */
function calculate(op: Arithmetic, a: Value, b: Value): Value | null {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.subarray(0, b.length).map((byte, i) => byte & b[i]!);
  }
  if (typeof a === 'number' && typeof b === 'number') return calculateNumbers(op, a, b);
  const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)];
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return y === 0n ? null : x / y;
    case '%':
      return y === 0n ? null : x % y;
    case '&':
      return x & y;
  }
}

function calculateNumbers(op: Arithmetic, a: number, b: number): number | null {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) return null;
      return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b;
    case '%':
      return b === 0 ? null : a % b;
    case '&':
      return a <= 0xffffffff && b <= 0xffffffff ? (a & b) >>> 0 : Number(BigInt(a) & BigInt(b));
  }
}

const FUNCTIONS = ['len', 'count', 'upper', 'lower', 'string', 'max', 'min', 'abs'];

function callOperand(entity: Extract<Entity, { kind: 'call' }>, scope: Scope): Operand {
  const { name, args, at, end } = entity;
  const fail = (message: string, place: { at: number; end: number } = entity) =>
    new FilterError(message, place.at, place.end);
  if (!FUNCTIONS.includes(name)) throw fail(`Function '${name}' does not exist`);
  if (args.length === 0) throw fail(`Function ${name} needs at least 1 arguments.`);
  const several = name === 'max' || name === 'min';
  if (args.length > 1 && !several) throw fail(`Function ${name} can only accept 1 arguments.`);
  const typed = args.find((arg) => !isLiteral(arg, scope));
  if (typed === undefined) throw fail(`Only fields can be used as parameter for ${name}()`, args[0]);
  const model = makeOperand(typed, scope, null);
  const operands = args.map((arg) => (arg === typed ? model : makeOperand(arg, scope, model)));
  if (several || name === 'abs') {
    for (const [i, operand] of operands.entries()) needNumber(operand, args[i]!, name);
  }
  const result = (type: FieldType, collect: (out: Value[]) => void): Operand => ({
    type,
    def: null,
    at,
    end,
    field: null,
    constant: null,
    collect,
  });
  switch (name) {
    case 'len':
      return result('uint32', (out) => mapInto(model, out, (value) => lengthOf(model.type, value)));
    case 'count':
      return result('uint32', (out) => {
        const values: Value[] = [];
        model.collect(values);
        if (values.length > 0) out.push(values.length);
      });
    case 'upper':
    case 'lower':
      if (model.type !== 'string') {
        throw fail(`Only string type fields can be used as parameter for ${name}()`, typed);
      }
      return result('string', (out) =>
        mapInto(model, out, (v) =>
          name === 'upper' ? (v as string).toUpperCase() : (v as string).toLowerCase(),
        ),
      );
    case 'string':
      return stringOperand(model, typed, result);
    case 'abs':
      return result(model.type, (out) =>
        mapInto(model, out, (v) => ((v as number) < 0 ? -(v as number) : v)),
      );
    default:
      return result(model.type, (out) => {
        const values: Value[] = [];
        for (const operand of operands) operand.collect(values);
        if (values.length === 0) return;
        out.push(values.reduce((best, v) => ((name === 'max' ? v > best : v < best) ? v : best)));
      });
  }
}

/** string(f): the value as -T fields prints it. */
function stringOperand(
  model: Operand,
  entity: Entity,
  result: (type: FieldType, collect: (out: Value[]) => void) => Operand,
): Operand {
  const { field } = model;
  const unsupported: readonly FieldType[] = ['protocol', 'none', 'bytes'];
  if (field === null || unsupported.includes(model.type)) {
    throw new FilterError(
      `String conversion for field "${written(entity)}" is not supported`,
      entity.at,
      entity.end,
    );
  }
  return result('string', (out) => {
    const { slot } = field;
    for (let i = 0; i < slot.count; i++) {
      out.push(valueText(slot.def, slot.values[i]!, slot.bufs[i]!, slot.offs[i]!, slot.lens[i]!));
    }
  });
}

/** Whether an operand has a value in the frame, or for arithmetic one that is not zero. */
export function isPresent(operand: Operand, isArithmetic: boolean): boolean {
  const values: Value[] = [];
  operand.collect(values);
  return isArithmetic ? values.some(isNonZero) : values.length > 0;
}
