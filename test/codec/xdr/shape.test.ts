import { expect } from 'chai';
import fc from 'fast-check';
import { decode, encode, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import * as shape from '../../../codec/xdr/shape.ts';
import type { RefType, StructType, XdrType } from '../../../codec/xdr/types.ts';
import { randomType } from './arbitrary.ts';

const int: XdrType = { kind: 'integer', bits: 32, signed: true };

/** A struct of a number and a link to itself, both pointers through typedefs. */
function listStruct(extra: (self: XdrType) => StructType['fields'] = () => []): StructType {
  const fields: { name: string; type: XdrType }[] = [];
  const struct: StructType = { kind: 'struct', name: 'node', fields };
  const self: RefType = { kind: 'ref', name: 'node', target: struct };
  const pointer: RefType = { kind: 'ref', name: 'list', target: { kind: 'optional', element: self } };
  fields.push({ name: 'n', type: int }, ...extra(self), { name: 'next', type: pointer });
  return struct;
}

describe('shape', () => {
  it('follows refs, and refuses one that only names itself', () => {
    expect(shape.resolve(xdr.named('a', xdr.named('b', xdr.int())))).to.equal(xdr.int());
    let chain: XdrType = int;
    for (let i = 0; i < 20_000; i++) chain = { kind: 'ref', name: 'again', target: chain };
    expect(shape.resolve(chain)).to.equal(int);
    const loop = xdr.ref('loop', (): XdrType => loop);
    expect(() => shape.resolve(loop)).to.throw(TypeError, 'loop');
  });

  it('sees lists through typedefs, and only lists', () => {
    const struct = listStruct();
    const list = shape.listIdiom({ kind: 'optional', element: { kind: 'ref', name: 'x', target: struct } });
    expect(list?.struct).to.equal(struct);
    expect(list?.items.fields.map((field) => field.name)).to.deep.equal(['n']);
    expect(shape.wholeStruct(list?.items as XdrType)).to.equal(struct);
    expect(shape.isListIdiom((struct.fields[1] as { type: XdrType }).type)).to.equal(true);

    const isList = (s: StructType): boolean => shape.isListIdiom({ kind: 'optional', element: s });
    // A binary tree, a link that is not last, a self-reference deep inside another field.
    expect(
      isList(listStruct((self) => [{ name: 'left', type: { kind: 'optional', element: self } }])),
    ).to.equal(false);
    const notLast = listStruct();
    (notLast.fields as { name: string; type: XdrType }[]).push({ name: 'z', type: int });
    expect(isList(notLast)).to.equal(false);
    const deep = (self: XdrType): StructType['fields'] => [
      { name: 'kids', type: xdr.varArray(xdr.struct({ inner: self })) },
    ];
    expect(isList(listStruct(deep))).to.equal(false);
    expect(shape.isListIdiom(xdr.optional(xdr.int()))).to.equal(false);
    expect(shape.isListIdiom(xdr.optional(xdr.struct({})))).to.equal(false);
  });

  it('gives the struct of a list by value its link as an array', () => {
    const struct = listStruct();
    const value = { n: 1, next: [{ n: 2 }, { n: 3 }] };
    const bytes = encode(struct, value);
    expect(Buffer.from(bytes).toString('hex')).to.equal(
      '0000000100000001000000020000000100000003' + '00000000',
    );
  });

  it('boxes optionals of what may be null itself', () => {
    const boxed = (type: XdrType): boolean => shape.isBoxed({ kind: 'optional', element: type });
    expect(boxed(xdr.optional(xdr.int()))).to.equal(true);
    expect(boxed(xdr.named('o', xdr.optional(xdr.int())))).to.equal(true);
    expect(boxed(xdr.void())).to.equal(true);
    expect(boxed(xdr.int())).to.equal(false);
    expect(boxed({ kind: 'optional', element: listStruct() })).to.equal(false);
  });

  it('bounds the size of every value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const { length } = encode(type, randomValue(type, rng));
        expect(length).to.be.at.least(shape.minSize(type));
        const fixed = shape.fixedSize(type);
        if (fixed !== undefined) expect(length).to.equal(fixed);
      }),
      { numRuns: 300 },
    );
    expect(shape.fixedSize(xdr.struct({ a: xdr.opaque(5), b: xdr.array(xdr.hyper(), 3) }))).to.equal(32);
    expect(shape.minSize(xdr.union(['k', xdr.hyper()], [xdr.arm([1n], 'a', xdr.int())]))).to.equal(12);
  });

  it('names the arm of a union apart from its discriminant', () => {
    const union = (name: string, arm: string) => {
      const type = xdr.union([name, xdr.int()], [xdr.arm([1], arm, xdr.int())]);
      return shape.armKey(type, shape.armOf(type, 1) as shape.Arm);
    };
    expect(union('kind', 'size')).to.equal('size');
    expect(union('kind', 'kind')).to.equal('value');
    expect(union('value', 'value')).to.equal('value_');
  });

  it('finds arms by case, the first that has it', () => {
    const type = xdr.union(
      ['k', xdr.int()],
      [xdr.arm([1, 2], 'a', xdr.int()), xdr.arm([2, 3], 'b', xdr.int())],
      xdr.otherwise('z', xdr.int()),
    );
    expect([1, 2, 3, 4].map((k) => shape.armOf(type, k)?.name)).to.deep.equal(['a', 'a', 'b', 'z']);
    expect([...shape.armCases(type).values()]).to.deep.equal([[1, 2], [3]]);
    expect(shape.armOf(xdr.union(['k', xdr.int()], []), 0)).to.equal(undefined);
    expect(() => shape.discriminantType(xdr.union(['k', xdr.string()], []))).to.throw(TypeError);
  });

  it('tells recursion from repetition', () => {
    const plain = xdr.struct({ a: xdr.int(), b: xdr.int() });
    expect(shape.isRecursive(xdr.struct({ a: plain, b: plain }))).to.equal(false);
    expect(shape.isRecursive(listStruct())).to.equal(true);
  });

  it('reads and sets properties as plain ones', () => {
    const object: Record<string, unknown> = {};
    shape.setOwn(object, '__proto__', 5);
    expect(Object.getPrototypeOf(object)).to.equal(Object.prototype);
    expect(shape.getField(object, '__proto__')).to.equal(5);
    expect(shape.getField({}, 'constructor')).to.equal(undefined);
  });

  it('pads to four', () => {
    expect([0, 1, 4, 5, 0xffffffff].map(shape.padded)).to.deep.equal([0, 4, 4, 8, 0x100000000]);
  });

  it('measures types the same in whatever order they are asked about', () => {
    const make = (): [XdrType, XdrType] => {
      const union: XdrType = {
        kind: 'union',
        discriminant: { name: 'd', type: int },
        arms: [{ cases: [0], name: 's', type: { kind: 'ref', name: 's', target: xdr.int() } }],
        default: { name: '', type: { kind: 'void' } },
      };
      const struct: XdrType = { kind: 'struct', fields: [{ name: 'u', type: union }] };
      Object.assign(union.arms[0] as object, { type: { kind: 'ref', name: 's', target: struct } });
      return [struct, union];
    };
    const [struct, union] = make();
    expect([shape.minSize(union), shape.minSize(struct)]).to.deep.equal([4, 4]);
    const [again, other] = make();
    expect([shape.minSize(again), shape.minSize(other)]).to.deep.equal([4, 4]);
    // With a wrong 0 more than a thousand of them would be refused as elements without bytes.
    const many = Array.from({ length: 2000 }, () => ({ u: { d: 1 } }));
    expect(encode(xdr.varArray(struct), many).length).to.equal(8004);
  });

  it('measures what no message can hold, and types thousands deep', () => {
    const huge = xdr.array(xdr.array(xdr.hyper(), 0xffffffff), 0xffffffff);
    expect(shape.minSize(huge)).to.equal(Number.MAX_SAFE_INTEGER);
    expect(() => decode(huge, new Uint8Array(64)))
      .to.throw()
      .with.property('code', 'TRUNCATED');
    let deep: XdrType = int;
    for (let i = 0; i < 20_000; i++) deep = { kind: 'struct', fields: [{ name: 'a', type: deep }] };
    expect(shape.fixedSize(deep)).to.equal(4);
    expect(() => randomValue(huge, rngOf(1))).to.throw(RangeError);
  });
});
