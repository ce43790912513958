import { expect } from 'chai';
import fc from 'fast-check';
import { encode, isXdrError, type Limits, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import { loadZod, schemaOf } from '../../../codec/xdr/schema.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { damageValue, randomType } from './arbitrary.ts';

function encodes(type: XdrType, value: unknown, limits?: Partial<Limits>): boolean {
  try {
    encode(type, value, limits === undefined ? {} : { limits });
    return true;
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return false;
  }
}

function accepts(type: XdrType, value: unknown, limits?: Partial<Limits>): boolean {
  return schemaOf(type, limits === undefined ? {} : { limits }).safeParse(value).success;
}

describe('schemaOf', () => {
  before(async () => {
    await loadZod();
  });

  it('accepts exactly what encode accepts', () => {
    let good = 0;
    let bad = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const values = [randomValue(type, rng)];
        for (let i = 0; i < 6; i++) values.push(damageValue(values[rng() % values.length], rng));
        for (const value of values) {
          const expected = encodes(type, value);
          if (expected) good++;
          else bad++;
          expect(accepts(type, value)).to.equal(expected);
          const limits = { depth: 2, array: 2, string: 3, opaque: 3, list: 1 };
          expect(accepts(type, value, limits)).to.equal(encodes(type, value, limits));
        }
      }),
      { numRuns: 400 },
    );
    expect(good).to.be.above(500);
    expect(bad).to.be.above(500);
  });

  it('compiles, and the compiled schema agrees', async () => {
    const z = await loadZod();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const compiled = z.compile(schemaOf(type));
        const value = randomValue(type, rng);
        const damaged = damageValue(value, rng);
        expect(compiled.safeParse(value).success).to.equal(true);
        expect(compiled.safeParse(damaged).success).to.equal(encodes(type, damaged));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a cycle instead of following it', () => {
    const node = xdr.struct({
      get left() {
        return xdr.optional(node);
      },
      get right() {
        return xdr.optional(node);
      },
    });
    const cyclic: { left: unknown; right: unknown } = { left: null, right: null };
    cyclic.left = cyclic;
    expect(accepts(node, cyclic)).to.equal(false);
    expect(accepts(node, { left: { left: null, right: null }, right: null })).to.equal(true);
  });

  it('says where', () => {
    const type = xdr.struct({ list: xdr.varArray(xdr.struct({ constructor: xdr.int() })) });
    const result = schemaOf(type).safeParse({ list: [{ constructor: 1 }, { constructor: 'x' }] });
    expect(result.error?.issues[0]?.path).to.deep.equal(['list', 1, 'constructor']);
  });

  it('keeps a field named __proto__, and takes none from the prototype', () => {
    const type = xdr.struct({ ['__proto__']: xdr.struct({}), a: xdr.int() });
    expect(accepts(type, { a: 1 })).to.equal(false);
    const own = JSON.parse('{"__proto__": {}, "a": 1}');
    const parsed = schemaOf(type).parse(own) as object;
    expect(Object.hasOwn(parsed, '__proto__')).to.equal(true);
    expect(Object.getPrototypeOf(parsed)).to.equal(Object.prototype);
  });
});
