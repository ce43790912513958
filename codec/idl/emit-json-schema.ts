/**
 * A resolved module as JSON Schema 2020-12: one entry of `$defs` for each named type, which accepts all JSON that
 * every command prints and reads for it (DESIGN section 2, Values), and some more: XDR limits a string in bytes, the
 * schema language can only count characters. n bytes hold at most n of them (a byte that is no UTF-8 is one, a lone
 * surrogate), so that is the bound, and the description says what the codec will hold the string to.
 */
import { armKey, discriminantType, integerRange, isBoxed, listIdiom, resolve } from '../xdr/shape.ts';
import type { EnumType, Field, StructType, UnionType, XdrType } from '../xdr/types.ts';
import type { IdlModule } from './module.ts';

type Schema = { readonly [keyword: string]: unknown };

/** The text, with a newline at its end. */
export function emitJsonSchema(module: IdlModule): string {
  const definitions: [string, Schema][] = [];
  for (const [name, type] of module.types) definitions.push([name, schemaOf(type)]);
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: module.file,
    $defs: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const SAFE = Number.MAX_SAFE_INTEGER;
const NULL: Schema = { type: 'null' };

function schemaOf(type: XdrType): Schema {
  switch (type.kind) {
    case 'ref':
      return { $ref: `#/$defs/${type.name}` };
    case 'void':
      return NULL;
    case 'bool':
      return { type: 'boolean' };
    case 'integer': {
      if (type.bits < 64) {
        const [minimum, maximum] = integerRange(type);
        return { type: 'integer', minimum, maximum };
      }
      const pattern = type.signed ? '^-?[0-9]{1,20}$' : '^(?:[0-9]{1,20}|-0{1,20})$';
      return {
        anyOf: [
          { type: 'string', pattern },
          { type: 'integer', minimum: type.signed ? -SAFE : 0, maximum: SAFE },
        ],
      };
    }
    case 'float':
      if (type.bits === 128) return hex(16, 16);
      return { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity', '-0'] }] };
    case 'enum':
      return { enum: enumInputs(type, () => true) };
    case 'opaque':
      return type.fixed ? hex(type.size ?? 0, type.size) : hex(0, type.size);
    case 'string':
      return type.size === undefined
        ? { type: 'string' }
        : { type: 'string', maxLength: type.size, description: `at most ${type.size} bytes as UTF-8` };
    case 'array': {
      const minItems = type.fixed ? type.size : undefined;
      return { type: 'array', items: schemaOf(type.element), minItems, maxItems: type.size };
    }
    case 'optional': {
      const list = listIdiom(type);
      if (list !== null) return { type: 'array', items: objectOf(list.items.fields) };
      const element = schemaOf(type.element);
      const present = isBoxed(type)
        ? { type: 'object', properties: { value: element }, required: ['value'] }
        : element;
      return { anyOf: [present, NULL] };
    }
    case 'struct':
      return structOf(type);
    case 'union':
      return unionOf(type);
  }
}

function structOf(type: StructType): Schema {
  return objectOf(type.fields);
}

/** Unknown keys are ignored, as the codec ignores them. */
function objectOf(fields: readonly Field[], extra: readonly (readonly [string, Schema])[] = []): Schema {
  const carried = fields.filter((f) => resolve(f.type).kind !== 'void');
  const properties = [...extra, ...carried.map((f): [string, Schema] => [f.name, schemaOf(f.type)])];
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}

function hex(least: number, most: number | undefined): Schema {
  return {
    type: 'string',
    pattern: '^(?:[0-9A-Fa-f]{2})*$',
    minLength: least === 0 ? undefined : 2 * least,
    maxLength: most === undefined ? undefined : 2 * most,
  };
}

/** The names and numbers of an enum's values that pass. */
function enumInputs(type: EnumType, wanted: (value: number) => boolean): (string | number)[] {
  const members = type.members.filter(([, value]) => wanted(value));
  return [...members.map(([name]) => name), ...new Set(members.map(([, value]) => value))];
}

function unionOf(union: UnionType): Schema {
  const ways = union.arms
    .filter((arm) => arm.cases.length > 0)
    .map((arm) =>
      armOf(
        union,
        arm,
        discriminantOf(union, (v) => arm.cases.includes(v), arm.cases),
      ),
    );
  if (union.default !== undefined) {
    const taken = new Set(union.arms.flatMap((arm) => arm.cases));
    ways.push(
      armOf(
        union,
        union.default,
        discriminantOf(union, (v) => !taken.has(v), undefined, [...taken]),
      ),
    );
  }
  return ways.length === 0 ? { not: {} } : { oneOf: ways };
}

/** The discriminant's values that choose an arm: `cases`, or for the default arm anything but `others`. */
function discriminantOf(
  union: UnionType,
  wanted: (value: number | bigint) => boolean,
  cases: readonly (number | bigint)[] | undefined,
  others: readonly (number | bigint)[] = [],
): Schema {
  const type = discriminantType(union);
  if (type.kind === 'enum') {
    const declared = new Set(type.members.map(([, value]) => value));
    const undeclared = (cases ?? []).filter((c) => !declared.has(Number(c)));
    return { enum: [...enumInputs(type, wanted), ...undeclared] };
  }
  if (type.kind === 'bool') return { enum: [0, 1].filter(wanted).map((v) => v === 1) };
  if (cases !== undefined) return { enum: cases.flatMap(integerInputs) };
  return { allOf: [schemaOf(type), { not: { enum: others.flatMap(integerInputs) } }] };
}

function integerInputs(value: number | bigint): (number | string)[] {
  if (typeof value === 'number') return [value];
  const number = Number(value);
  return Number.isSafeInteger(number) ? [value.toString(), number] : [value.toString()];
}

function armOf(union: UnionType, arm: Field, discriminant: Schema): Schema {
  return objectOf([{ name: armKey(union, arm), type: arm.type }], [[union.discriminant.name, discriminant]]);
}
