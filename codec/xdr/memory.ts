/**
 * What a decoded value takes in memory, so that a hostile message cannot make much out of little. A part that takes
 * bytes pays for what it takes in memory, {@link MEMORY_PER_BYTE} for each; a type may still hold parts that do not
 * (structs within structs, fields without bytes), and what a message repeats of these must be counted: by the walker,
 * to which the generated code leaves them. Sizes are those of V8 without pointer compression, as Node has them;
 * memory.test.ts measures that they hold.
 */
import { factOf, isBoxed, isEndless, listIdiom, minSize, resolve, setOwn } from './shape.ts';
import type { OpaqueType, XdrType } from './types.ts';

/**
 * Memory that a value may take for each byte of its message, beyond what its type takes once. 64 are promised; the
 * others are for what the engine sets aside beside the objects.
 */
export const MEMORY_PER_BYTE = 56;

/** Memory that any message may have besides: nobody is hurt by a little, and small messages are never refused. */
export const FREE_MEMORY = 1 << 16;

/** A pointer: a field of an object, an element of an array. */
export const SLOT = 8;
/** An array without elements, and its backing store. */
const ARRAY = 48;
/** What an array that grows by its elements sets aside beyond them, at first. */
const GROWTH = 17 * SLOT;
const OBJECT = 24;
/** An object that is filled key by key has room for these, and more in a store of its own. */
const ROOMS = 4;
const STORE = 40;
const NUMBER = 16;
const BIGINT = 24;
/** Bytes in a buffer that others share, and in one of their own. */
const SHARED_BYTES = 112;
const OWN_BYTES = 240;
/** Up to here a buffer of its own would cost more than 64 bytes for each byte of the message. */
export const TINY = 4;

/** What a value takes that every value of its type takes, where no part varies in length. */
interface Cost {
  /** bytes of the message, but those of units within that pay for themselves: elements, arms, what is optional */
  readonly bytes: number;
  /** bytes of memory for these */
  readonly memory: number;
  /** containers within one another, of a type without bytes */
  readonly levels: number;
  /** elements of its arrays, of a type without bytes */
  readonly elements: number;
}

const FREE: Cost = { bytes: 0, memory: 0, levels: 0, elements: 0 };
const UNKNOWN: Cost = { ...FREE, memory: Number.POSITIVE_INFINITY };

const costs = new WeakMap<XdrType, Cost>();

function costOf(type: XdrType): Cost {
  return costs.get(type) ?? factOf(type, costs, UNKNOWN, computeCost, (a, b) => a.memory < b.memory);
}

function computeCost(type: XdrType, costIn: (part: XdrType) => Cost): Cost {
  if (isEndless(type)) return UNKNOWN;
  const bytes = minSize(type);
  switch (type.kind) {
    case 'ref':
      return costIn(type.target);
    case 'void':
      return FREE;
    case 'array': {
      if (!type.fixed) return { ...FREE, bytes, memory: ARRAY };
      const { size = 0 } = type;
      const cost = costIn(type.element);
      const elements = size * (cost.elements + 1);
      if (bytes === 0) return { ...FREE, levels: cost.levels + 1, elements };
      return { ...FREE, bytes: size * cost.bytes, memory: ARRAY + size * (SLOT + cost.memory) };
    }
    case 'struct': {
      const fields = type.fields.map((field) => costIn(field.type));
      const levels = 1 + fields.reduce((most, field) => Math.max(most, field.levels), 0);
      const elements = fields.reduce((sum, field) => sum + field.elements, 0);
      if (bytes === 0) return { ...FREE, levels, elements };
      return fields.reduce(
        (sum, field) => ({
          ...FREE,
          bytes: sum.bytes + field.bytes,
          memory: sum.memory + field.memory,
        }),
        { ...FREE, memory: objectMemory(type.fields.length) },
      );
    }
    case 'union': {
      const { bytes: word, memory } = costIn(type.discriminant.type);
      return { ...FREE, bytes: word, memory: memory + objectMemory(2) };
    }
    case 'optional':
      return { ...FREE, bytes: 4, memory: ownMemory(type) };
    default:
      return { ...FREE, bytes, memory: ownMemory(type) };
  }
}

function objectMemory(fields: number): number {
  return OBJECT + SLOT * Math.max(fields, ROOMS) + (fields > ROOMS ? STORE : 0);
}

function bytesMemory(type: OpaqueType): number {
  const { fixed, size = 0 } = type;
  if (!fixed || size === 0) return 0;
  return size <= TINY ? SHARED_BYTES : OWN_BYTES + size;
}

/** What a value takes itself, without its parts, and without elements or bytes that a length word announces. */
export function ownMemory(type: XdrType): number {
  switch (type.kind) {
    case 'integer':
      return type.bits === 64 ? BIGINT : type.bits === 32 && !type.signed ? NUMBER : 0;
    case 'float':
      return type.bits === 128 ? OWN_BYTES : NUMBER;
    case 'opaque':
      return bytesMemory(type);
    case 'array':
      return type.fixed && minSize(type) === 0 ? 0 : ARRAY + (type.fixed ? SLOT * (type.size ?? 0) : 0);
    case 'optional':
      return listIdiom(type) !== null ? ARRAY : isBoxed(type) ? objectMemory(1) : 0;
    case 'struct':
      return type.fields.length === 0 ? 0 : objectMemory(type.fields.length);
    case 'union':
      return objectMemory(2);
    default:
      return 0;
  }
}

/** What every value of the type takes: the memory that is not paid for by the message, because it is taken once. */
export function leastMemory(type: XdrType): number {
  return costOf(type).memory;
}

/** Memory that an item of a list takes beside itself. */
export const ITEM = SLOT + GROWTH;

/**
 * Whether a message that repeats values of the type gets more memory for them than their bytes pay for: `extra` is
 * what each takes beside itself, and `flag` the bytes that announce it.
 */
export function isHeavy(type: XdrType, extra = 0, flag = 0): boolean {
  const { bytes, memory } = costOf(type);
  return extra + memory > MEMORY_PER_BYTE * (bytes + flag);
}

/**
 * Whether the type is a container whose parts take no bytes. It has one value, which all share: as many as there are
 * in structs of structs of them would be without bound.
 */
export function isHollow(type: XdrType): boolean {
  const at = resolve(type);
  if (at.kind === 'struct') return at.fields.length > 0 && minSize(at) === 0;
  return at.kind === 'array' && at.fixed && (at.size ?? 0) > 0 && minSize(at.element) === 0;
}

/** The bytes of every empty opaque. */
export const EMPTY = new Uint8Array(0);

/** The one value of a struct without fields. */
export const nothing = Object.freeze({});

/** The one value of an array of no elements, where the type says so. */
export const noElements: readonly unknown[] = Object.freeze([]);

const hollows = new WeakMap<XdrType, object>();

/** The one value of a type without bytes, frozen. */
export function hollowValue(type: XdrType): unknown {
  const at = resolve(type);
  if (at.kind === 'void') return undefined;
  if (at.kind === 'opaque') return EMPTY;
  if (at.kind === 'struct' && at.fields.length === 0) return nothing;
  let value = hollows.get(at);
  if (value === undefined) {
    if (at.kind === 'array' && at.size === 0) return noElements;
    if (at.kind === 'array') value = Array(at.size ?? 0).fill(hollowValue(at.element));
    else {
      const object = {};
      if (at.kind === 'struct')
        for (const field of at.fields) setOwn(object, field.name, hollowValue(field.type));
      value = object;
    }
    hollows.set(at, Object.freeze(value));
  }
  return value;
}

/** How many containers are within one another in a type without bytes. */
export function hollowLevels(type: XdrType): number {
  return costOf(type).levels;
}

/** How many elements the arrays in a value without bytes have together. */
export function hollowElements(type: XdrType): number {
  return costOf(type).elements;
}
