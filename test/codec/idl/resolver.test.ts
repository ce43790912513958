import { expect } from 'chai';
import fc from 'fast-check';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { findings, parse, shape } from './parse.ts';

/** A declaration of `name` as a person would write it. `refs` are the named types. */
function print(type: XdrType, name: string): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'bool':
      return `bool ${name}`;
    case 'integer': {
      const words = { 8: 'char', 16: 'short', 32: 'int', 64: 'hyper' };
      return `${type.signed ? '' : 'unsigned '}${words[type.bits]} ${name}`;
    }
    case 'float':
      return `${{ 32: 'float', 64: 'double', 128: 'quadruple' }[type.bits]} ${name}`;
    case 'string':
      return `string ${name}<${type.size ?? ''}>`;
    case 'opaque':
      return `opaque ${name}${type.fixed ? `[${type.size}]` : `<${type.size ?? ''}>`}`;
    case 'ref':
      return `${type.name} ${name}`;
    case 'enum':
      return `enum ${printBody(type)} ${name}`;
    case 'struct':
      return `struct ${printBody(type)} ${name}`;
    case 'union':
      return `union ${printBody(type)} ${name}`;
    case 'optional':
      // The star binds closer than a size, so only what has none takes one here.
      return print(type.element, `*${name}`);
    case 'array':
      return print(type.element, `${name}${type.fixed ? `[${type.size}]` : `<${type.size ?? ''}>`}`);
  }
}

function printBody(type: XdrType): string {
  if (type.kind === 'enum') return `{ ${type.members.map(([n, v]) => `${n} = ${v}`).join(', ')} }`;
  if (type.kind === 'struct') return `{ ${type.fields.map((f) => `${print(f.type, f.name)};`).join(' ')} }`;
  if (type.kind !== 'union') throw new Error(type.kind);
  const arms = type.arms.map(
    (a) => `${a.cases.map((c) => `case ${c}:`).join(' ')} ${print(a.type, a.name)};`,
  );
  const fallback =
    type.default === undefined ? '' : ` default: ${print(type.default.type, type.default.name)};`;
  return `switch (${print(type.discriminant.type, type.discriminant.name)}) { ${arms.join(' ')}${fallback} }`;
}

const size = fc.nat(20);
const optionalSize = fc.option(size, { nil: undefined });
const primitive = fc.oneof(
  fc.record({ kind: fc.constant('bool' as const) }),
  fc.record({
    kind: fc.constant('integer' as const),
    bits: fc.constantFrom(8, 16, 32, 64),
    signed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('float' as const), bits: fc.constantFrom(32, 64, 128) }),
  fc.constant({ kind: 'ref' as const, name: 'named', target: { kind: 'bool' as const } }),
);
const text = fc.oneof(
  fc.record({ kind: fc.constant('string' as const), size: optionalSize }),
  fc.record({ kind: fc.constant('opaque' as const), fixed: fc.constant(false), size: optionalSize }),
  fc.record({ kind: fc.constant('opaque' as const), fixed: fc.constant(true), size }),
);

/** Enum members are constants of the whole source, so every enum gets names of its own. */
let enums = 0;
const enumType = fc
  .array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 4 })
  .map((values) => {
    const id = enums++;
    return { kind: 'enum' as const, members: values.map((v, i): [string, number] => [`M${id}_${i}`, v]) };
  });

const { type: anyType } = fc.letrec<{ type: XdrType; plain: XdrType }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    primitive,
    enumType,
    fc
      .array(tie('type'), { maxLength: 4 })
      .map(
        (types): XdrType => ({ kind: 'struct', fields: types.map((type, i) => ({ name: `f${i}`, type })) }),
      ),
    fc
      .tuple(
        fc.array(tie('type'), { minLength: 1, maxLength: 3 }),
        fc.option(tie('type'), { nil: undefined }),
      )
      .map(
        ([types, fallback]): XdrType => ({
          kind: 'union',
          discriminant: { name: 'd', type: { kind: 'integer', bits: 32, signed: true } },
          arms: types.map((type, i) => ({ cases: [i, -i - 1], name: `a${i}`, type })),
          ...(fallback === undefined ? {} : { default: { name: 'other', type: fallback } }),
        }),
      ),
  ),
  type: fc.oneof(
    { maxDepth: 3 },
    tie('plain'),
    text,
    tie('plain').map((element): XdrType => ({ kind: 'optional', element })),
    fc.tuple(tie('plain'), fc.boolean(), size, size).map(
      ([element, isFixed, a, b]): XdrType => ({
        kind: 'array',
        fixed: isFixed,
        size: a,
        element:
          b < 10
            ? element
            : { kind: 'array', fixed: !isFixed, size: b, element: { kind: 'optional', element } },
      }),
    ),
  ),
}));

describe('idl: resolver', () => {
  it('gives back any description that was printed as a .x', () => {
    fc.assert(
      fc.property(anyType, (type) => {
        const source = `struct holder { ${print(type, 'it')}; };\ntypedef bool named;`;
        expect(findings(source), source).to.deep.equal([]);
        const holder = parse(source).types.get('holder');
        expect(shape(holder), source).to.deep.equal(
          shape({ kind: 'struct', name: 'holder', fields: [{ name: 'it', type }] }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('reads cases as the discriminant holds them', () => {
    const cases = (type: string, values: string) => {
      const union = parse(
        `enum e { A = 1, B = -2 }; union u switch (${type} d) { case ${values}: void; };`,
      ).types.get('u');
      return union?.kind === 'union' ? union.arms[0]!.cases : undefined;
    };
    expect(cases('bool', 'TRUE')).to.deep.equal([1]);
    expect(cases('e', 'B')).to.deep.equal([-2]);
    expect(cases('int', '0xFFFFFFFF')).to.deep.equal([-1]);
    expect(cases('unsigned', '-1')).to.deep.equal([0xffffffff]);
    expect(cases('hyper', '-1')).to.deep.equal([-1n]);
    expect(cases('unsigned hyper', '0xFFFFFFFFFFFFFFFF')).to.deep.equal([0xffffffffffffffffn]);
    expect(cases('uint64_t', '5')).to.deep.equal([5n]);
    expect(cases('char', "'a'")).to.deep.equal([97]);
  });

  it('makes of several arguments one struct, and of one none', () => {
    const [program] = parse(
      'program P { version V { int A(void) = 1; int B(hyper) = 2; int C(int, bool) = 3; } = 4; } = 5;',
    ).programs;
    const procedures = program!.versions[0]!.procedures;
    expect(procedures.map((p) => [p.name, p.number, p.args.length])).to.deep.equal([
      ['A', 1, 0],
      ['B', 2, 1],
      ['C', 3, 2],
    ]);
    expect(shape(procedures[0]!.argument)).to.deep.equal({ kind: 'void' });
    expect(procedures[1]!.argument).to.equal(procedures[1]!.args[0]);
    expect(shape(procedures[2]!.argument)).to.deep.equal({
      kind: 'struct',
      fields: [
        { name: 'arg1', type: { kind: 'integer', bits: 32, signed: true } },
        { name: 'arg2', type: { kind: 'bool' } },
      ],
    });
  });

  it('does not care for names that objects inherit', () => {
    const { types } = parse(
      'struct __proto__ { int __proto__; int constructor; }; struct toString { __proto__ hasOwnProperty; };',
    );
    expect([...types.keys()]).to.deep.equal(['__proto__', 'toString']);
    expect(findings('struct s { valueOf x; };')).to.deep.equal(["f.x:1:12: unknown type 'valueOf'"]);
  });
});
