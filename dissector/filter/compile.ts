/**
 * Display filter text to a test of the current frame. Checking happens here, once, against the registry; a
 * Filter then asks only for the fields it names (`fields`), reads them from the collector it is bound to, and never
 * throws. Throws FilterError.
 */
import type { FieldDef, Sink } from '../tree/field.ts';
import type { FieldCollector, Slot } from '../tree/field-collector.ts';
import { FilterError, isFilterError } from './error.ts';
import { LayerSink } from './layer-sink.ts';
import {
  type FieldReference,
  isLiteral,
  isPresent,
  makeOperand,
  type Operand,
  type Scope,
  written,
} from './operand.ts';
import { parseFilter } from './parser.ts';
import { compileRegex, RegexError } from './regex.ts';
import type { Entity, Relation, Test } from './syntax.ts';
import { comparePrefix, compareValues, familyOf, typeName, type Value } from './value.ts';

/** A compiled filter. Bind it once, walk a frame into the sink that gives, then ask `matches`. */
export interface Filter {
  /** the fields to collect */
  readonly fields: readonly FieldDef[];
  /** Connects the filter to its fields' slots; returns the sink that walkers must fill for it. */
  bind(collector: FieldCollector): Sink & { reset(): void };
  /** whether the frame just collected matches */
  matches(): boolean;
}

type Predicate = () => boolean;

const NO_SLOT = (def: FieldDef): Slot => ({
  def,
  count: 0,
  values: [],
  bufs: [],
  offs: [],
  lens: [],
  texts: [],
});

/** Compiles an expression; an empty one matches everything. */
export function compileFilter(text: string, registry: { find(name: string): FieldDef | undefined }): Filter {
  try {
    return compiled(text, registry);
  } catch (e) {
    if (isFilterError(e)) e.expression = text;
    throw e;
  }
}

function compiled(text: string, registry: { find(name: string): FieldDef | undefined }): Filter {
  const references = new Map<FieldDef, FieldReference>();
  const layered = new Set<FieldReference>();
  const scope: Scope = {
    find: (name) => registry.find(name),
    reference(def, withLayers) {
      let reference = references.get(def);
      if (reference === undefined) {
        reference = { def, slot: NO_SLOT(def), layers: null };
        references.set(def, reference);
      }
      if (withLayers) layered.add(reference);
      return reference;
    },
  };
  const test = parseFilter(text);
  const matches = test === null ? () => true : compileTest(test, scope);
  return {
    fields: [...references.keys()],
    bind(collector) {
      for (const reference of references.values()) {
        const slot = collector.slot(reference.def);
        if (slot !== undefined) reference.slot = slot;
      }
      if (layered.size === 0) return collector;
      const sink = new LayerSink(collector);
      for (const reference of layered) reference.layers = sink.layersOf(reference.def);
      return sink;
    },
    matches,
  };
}

function compileTest(test: Test, scope: Scope): Predicate {
  switch (test.kind) {
    case 'and': {
      const [left, right] = [compileTest(test.left, scope), compileTest(test.right, scope)];
      return () => left() && right();
    }
    case 'or': {
      const [left, right] = [compileTest(test.left, scope), compileTest(test.right, scope)];
      return () => left() || right();
    }
    case 'not': {
      const of = compileTest(test.of, scope);
      return () => !of();
    }
    case 'present':
      return compilePresent(test.entity, scope);
    case 'compare':
      return compileCompare(test, scope);
    case 'contains':
      return compileContains(test, scope);
    case 'matches':
      return compileMatches(test, scope);
    case 'in':
      return compileIn(test, scope);
  }
}

function compilePresent(entity: Entity, scope: Scope): Predicate {
  if (entity.kind === 'call') {
    makeOperand(entity, scope, null);
    throw new FilterError('You cannot test whether a function is present.', entity.at, entity.end);
  }
  const operand = makeOperand(entity, scope, null);
  const { field } = operand;
  if (field !== null) return () => field.slot.count > 0;
  const isArithmetic = entity.kind === 'arithmetic' || entity.kind === 'minus';
  return () => isPresent(operand, isArithmetic);
}

function leftOperand(entity: Entity, operator: string, scope: Scope): Operand {
  if (isLiteral(entity, scope)) {
    const quoted = /^[a-z]/.test(operator) ? operator : `"${operator}"`;
    throw new FilterError(
      `Left side of ${quoted} expression must be a field or function, not ${written(entity)}.`,
      entity.at,
      entity.end,
    );
  }
  return makeOperand(entity, scope, null);
}

function rightOperand(entity: Entity, left: Operand, leftEntity: Entity, scope: Scope): Operand {
  const right = makeOperand(entity, scope, left);
  if (familyOf(right.type) !== familyOf(left.type)) {
    throw new FilterError(
      `${written(leftEntity)} and ${written(entity)} are not of compatible types.`,
      entity.at,
      entity.end,
    );
  }
  return right;
}

/** Relations as a condition on the order, and whether one pair or every pair of values must meet it. */
const CONDITIONS: Readonly<
  Record<Relation, readonly [quantifier: 'any' | 'all', (order: number) => boolean]>
> = {
  '==': ['any', (order) => order === 0],
  '!=': ['all', (order) => order !== 0],
  '===': ['all', (order) => order === 0],
  '!==': ['any', (order) => order !== 0],
  '>': ['any', (order) => order > 0],
  '>=': ['any', (order) => order >= 0],
  '<': ['any', (order) => order < 0],
  '<=': ['any', (order) => order <= 0],
};

function compileCompare(test: Extract<Test, { kind: 'compare' }>, scope: Scope): Predicate {
  const left = leftOperand(test.left, test.written, scope);
  if (familyOf(left.type) === 'label') {
    throw new FilterError(
      `${written(test.left)} (type=${typeName(left.type)}) cannot participate in ${test.written} comparison.`,
      left.at,
      left.end,
    );
  }
  const right = rightOperand(test.right, left, test.left, scope);
  const [usual, holds] = CONDITIONS[test.relation];
  const all = (test.quantifier ?? usual) === 'all';
  const { field } = left;
  const { constant } = right;
  if (field !== null && constant !== null && isPlainNumber(field.def) && typeof constant.value === 'number') {
    return compareNumbers(field, constant.value, test.relation, all);
  }
  const order = orderOf(right);
  return () => {
    const lefts: Value[] = [];
    const rights: Value[] = [];
    left.collect(lefts);
    right.collect(rights);
    if (lefts.length === 0 || rights.length === 0) return false;
    const pair = (a: Value) => (b: Value) => holds(order(a, b));
    return all ? lefts.every((a) => rights.every(pair(a))) : lefts.some((a) => rights.some(pair(a)));
  };
}

function orderOf(right: Operand): (a: Value, b: Value) => number {
  const prefix = right.constant?.prefix ?? null;
  return prefix === null ? compareValues : (a, b) => comparePrefix(a, b, prefix);
}

function isPlainNumber(def: FieldDef): boolean {
  const family = familyOf(def.type);
  return (family === 'number' && def.type !== 'boolean') || family === 'double';
}

/** The usual case, `rpc.xid == 5`, without lists. */
function compareNumbers(field: FieldReference, wanted: number, relation: Relation, all: boolean): Predicate {
  const holds = CONDITIONS[relation][1];
  return () => {
    const { count, values } = field.slot;
    if (count === 0) return false;
    for (let i = 0; i < count; i++) {
      const value = values[i] as number | bigint;
      const order = value < wanted ? -1 : value > wanted ? 1 : 0;
      if (holds(order) !== all) return !all;
    }
    return all;
  };
}

/** Checks that the left side can be searched in. */
function searchable(
  test: Extract<Test, { kind: 'contains' | 'matches' }>,
  scope: Scope,
): { left: Operand; family: 'string' | 'bytes' } {
  const left = leftOperand(test.left, test.written, scope);
  const family = familyOf(left.type);
  if (family !== 'string' && family !== 'bytes') {
    throw new FilterError(
      `${written(test.left)} (type=${typeName(left.type)}) cannot participate in ${test.written} comparison.`,
      test.left.at,
      test.left.end,
    );
  }
  return { left, family };
}

function compileContains(test: Extract<Test, { kind: 'contains' | 'matches' }>, scope: Scope): Predicate {
  const { left } = searchable(test, scope);
  const right = rightOperand(test.right, left, test.left, scope);
  return () => {
    const lefts: Value[] = [];
    const rights: Value[] = [];
    left.collect(lefts);
    right.collect(rights);
    return lefts.some((a) => rights.some((b) => contains(a, b)));
  };
}

function contains(a: Value, b: Value): boolean {
  if (typeof a === 'string') return typeof b === 'string' && a.includes(b);
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return false;
  const bytes = Buffer.from(a.buffer, a.byteOffset, a.byteLength);
  return bytes.includes(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}

function compileMatches(test: Extract<Test, { kind: 'contains' | 'matches' }>, scope: Scope): Predicate {
  const { left } = searchable(test, scope);
  const { right } = test;
  if (right.kind !== 'string') {
    throw new FilterError('Matches requires a double quoted string on the right side.', right.at, right.end);
  }
  let found: (text: string) => boolean;
  try {
    found = compileRegex(right.value);
  } catch (e) {
    if (!(e instanceof RegexError)) throw e;
    throw new FilterError(`Regex compilation error: ${e.message}.`, right.at, right.end);
  }
  return () => {
    const values: Value[] = [];
    left.collect(values);
    return values.some((value) => found(searchText(value)));
  };
}

/** Bytes are matched one character a byte. */
function searchText(value: Value): string {
  if (!(value instanceof Uint8Array)) return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

function compileIn(test: Extract<Test, { kind: 'in' }>, scope: Scope): Predicate {
  if (isLiteral(test.left, scope)) {
    throw new FilterError('Only a field may be tested for membership in a set.', test.left.at, test.left.end);
  }
  const left = makeOperand(test.left, scope, null);
  const elements = test.elements.map(({ low, high }) => {
    const lowOperand = rightOperand(low, left, test.left, scope);
    return {
      low: lowOperand,
      high: high === null ? null : rightOperand(high, left, test.left, scope),
      order: orderOf(lowOperand),
    };
  });
  return () => {
    const values: Value[] = [];
    left.collect(values);
    if (values.length === 0) return false;
    return elements.some(({ low, high, order }) => {
      const lows = listed(low);
      if (high === null) return values.some((v) => lows.some((l) => order(v, l) === 0));
      const highs = listed(high);
      return values.some(
        (v) => lows.some((l) => compareValues(v, l) >= 0) && highs.some((h) => compareValues(v, h) <= 0),
      );
    });
  };
}

function listed(operand: Operand): Value[] {
  const values: Value[] = [];
  operand.collect(values);
  return values;
}
