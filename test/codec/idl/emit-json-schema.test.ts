import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { emitJsonSchema, parseIdl } from '../../../codec/idl/index.ts';
import { fromJson, isXdrError, randomValue, rngOf, toJson } from '../../../codec/xdr/index.ts';
import { damageValue } from '../xdr/arbitrary.ts';
import { parse } from './parse.ts';

interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/** The part of JSON Schema 2020-12 that the emitter uses; a keyword it does not know is an error. */
function accepts(root: Schema, schema: Schema, value: unknown): boolean {
  const inner = (s: Schema, v: unknown) => accepts(root, s, v);
  return Object.entries(schema).every(([keyword, argument]) => {
    const n = argument as number;
    switch (keyword) {
      case '$ref':
        return inner(
          (root.$defs as Record<string, Schema>)[(argument as string).slice('#/$defs/'.length)]!,
          value,
        );
      case 'anyOf':
        return schema.anyOf!.some((s) => inner(s, value));
      case 'oneOf':
        return schema.oneOf!.filter((s) => inner(s, value)).length === 1;
      case 'allOf':
        return schema.allOf!.every((s) => inner(s, value));
      case 'not':
        return !inner(schema.not!, value);
      case 'enum':
        return schema.enum!.includes(value);
      case 'type': {
        if (argument === 'integer') return Number.isInteger(value);
        const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
        return kind === argument;
      }
      case 'minimum':
        return typeof value !== 'number' || value >= n;
      case 'maximum':
        return typeof value !== 'number' || value <= n;
      case 'pattern':
        return typeof value !== 'string' || new RegExp(argument as string, 'u').test(value);
      case 'minLength':
        return typeof value !== 'string' || [...value].length >= n;
      case 'maxLength':
        return typeof value !== 'string' || [...value].length <= n;
      case 'minItems':
        return !Array.isArray(value) || value.length >= n;
      case 'maxItems':
        return !Array.isArray(value) || value.length <= n;
      case 'items':
        return !Array.isArray(value) || value.every((v) => inner(schema.items!, v));
      case 'required':
        return !isObject(value) || schema.required!.every((key) => Object.hasOwn(value, key));
      case 'properties':
        return (
          !isObject(value) ||
          Object.entries(schema.properties!).every(
            ([key, s]) => !Object.hasOwn(value, key) || inner(s, value[key]),
          )
        );
      case 'description':
        return true;
      default:
        throw new Error(`keyword ${keyword}`);
    }
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is left of a value on its way through JSON text. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)));
}

function schemaOf(source: string): { accepts: (name: string, value: unknown) => boolean } {
  const root = JSON.parse(emitJsonSchema(parse(source))) as Schema;
  return { accepts: (name, value) => accepts(root, (root.$defs as Record<string, Schema>)[name]!, value) };
}

describe('idl: JSON Schema', () => {
  it('accepts the JSON of every random value of exotic.x, and all else that is taken for one', () => {
    const file = join(import.meta.dirname, 'fixtures/exotic.x');
    const module = parseIdl(readFileSync(file, 'utf8'), { file, readFile: (p) => readFileSync(p, 'utf8') });
    const root = JSON.parse(emitJsonSchema(module)) as Schema;
    const rng = rngOf(11);
    let damaged = 0;
    for (const [name, type] of module.types) {
      if (name === 'nothing') continue;
      const schema = (root.$defs as Record<string, Schema>)[name]!;
      for (let i = 0; i < 40; i++) {
        const json = asJson(toJson(type, randomValue(type, rng)));
        expect(accepts(root, schema, json), `${name} ${JSON.stringify(json)}`).to.equal(true);
        const other = asJson([damageValue(json, rng)])[0];
        try {
          fromJson(type, other);
        } catch (e) {
          if (!isXdrError(e)) throw e;
          continue;
        }
        damaged++;
        expect(accepts(root, schema, other), `${name} ${JSON.stringify(other)}`).to.equal(true);
      }
    }
    expect(damaged).to.be.greaterThan(100);
  }).timeout(30_000);

  it('says what a limit of a string counts', () => {
    const { $defs } = JSON.parse(emitJsonSchema(parse('typedef string t<3>; typedef string u<>;')));
    expect($defs).to.deep.equal({
      t: { type: 'string', maxLength: 3, description: 'at most 3 bytes as UTF-8' },
      u: { type: 'string' },
    });
  });

  const table: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ['typedef unsigned char t;', [0, 255], [-1, 256, '1', 1.5]],
    ['typedef hyper t;', ['-5', '9223372036854775807', '007', 7], ['x', 2 ** 53, '', 1.5]],
    ['typedef unsigned hyper t;', ['5', 0], ['-5', -1]],
    ['typedef float t;', [1.5, 'NaN', '-Infinity', '-0'], ['nan', null]],
    ['typedef quadruple t;', ['00'.repeat(16), 'AB'.repeat(16)], ['00', 'zz'.repeat(16)]],
    ['typedef opaque t[2];', ['00ff'], ['00', '000000', 'zzzz']],
    ['typedef opaque t<2>;', ['', '00', '00ff'], ['000000', '0']],
    ['typedef string t<3>;', ['', 'abc', '€', '\udcff\udcfe\udcfd'], ['abcd', 1]],
    ['typedef int t[2];', [[1, 2]], [[1], [1, 2, 3]]],
    ['typedef int *t;', [null, 3], ['3', []]],
    ['typedef int **t;', [null, { value: null }, { value: 3 }], [3, {}]],
    ['enum t { A = 1, B = 1, C = 2 };', ['A', 'B', 'C', 1, 2], ['D', 3]],
    [
      'struct t { int a; void; bool b; };',
      [
        { a: 1, b: true },
        { a: 1, b: true, c: 0 },
      ],
      [{ a: 1 }, [], null],
    ],
    ['struct t { int a; t *next; };', [{ a: 1, next: [{ a: 2 }] }], [{ a: 1, next: null }, { a: 1 }]],
    [
      'enum e { A, B, C }; union t switch (e d) { case A: int a; case B: void; default: bool other; };',
      [{ d: 'A', a: 1 }, { d: 'B' }, { d: 'C', other: true }, { d: 2, other: true }],
      [{ d: 'A' }, { d: 'C' }, { a: 1 }],
    ],
    [
      'union t switch (hyper h) { case 1: int a; default: void; };',
      [{ h: '1', a: 2 }, { h: 1, a: 2 }, { h: '5' }],
      [{ h: '1' }, { h: 'x' }],
    ],
    [
      'union t switch (bool b) { case TRUE: int a; case FALSE: void; };',
      [{ b: true, a: 1 }, { b: false }],
      [{ b: true }, { b: 0 }],
    ],
    ['struct t { int __proto__; };', [JSON.parse('{"__proto__": 1}')], [{}]],
  ];
  for (const [source, good, bad] of table) {
    it(source, () => {
      const schema = schemaOf(source);
      for (const value of good) expect(schema.accepts('t', value), JSON.stringify(value)).to.equal(true);
      for (const value of bad) expect(schema.accepts('t', value), JSON.stringify(value)).to.equal(false);
    });
  }
});
