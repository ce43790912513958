import { expect } from 'chai';
import fc from 'fast-check';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { toJson } from '../../../codec/xdr/json.ts';
import { jsonText } from '../../../codec/xdr/json-text.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import { refinementsOf } from '../../../codec/xdr/refine.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { randomType } from './arbitrary.ts';

describe('JSON text', () => {
  it('is the text of the JSON value, for values of any type', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        for (let i = 0; i < 3; i++) {
          const value = randomValue(type, rng);
          expect(jsonText(type, value)).to.equal(JSON.stringify(toJson(type, value)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is so for types that hold themselves, lists, names of Object.prototype, and nothing at all', () => {
    const tree: XdrType = xdr.struct({
      constructor: xdr.int(),
      __proto__x: xdr.string(),
      left: xdr.optional(xdr.ref('tree', (): XdrType => tree)),
      right: xdr.optional(xdr.ref('tree', (): XdrType => tree)),
    });
    const leaf = { constructor: 1, __proto__x: 'a"\u2028\ud800', left: null, right: null };
    const list: XdrType = xdr.struct({
      item: xdr.hyper(),
      next: xdr.optional(xdr.ref('list', (): XdrType => list)),
    });
    for (const [type, value] of [
      [tree, { ...leaf, left: leaf, right: { ...leaf, left: leaf } }],
      [xdr.optional(list), [{ item: 1n }, { item: -2n }]],
      [xdr.optional(list), []],
      [xdr.struct({}), {}],
      [xdr.void(), undefined],
      [xdr.optional(xdr.optional(xdr.int())), { value: null }],
      [xdr.array(xdr.double(), 3), [-0, Number.NaN, 1e300]],
    ] as const) {
      expect(jsonText(type, value)).to.equal(JSON.stringify(toJson(type, value)));
    }
  });

  it('shows what an opaque was declared to hold', () => {
    const inner = xdr.struct({ n: xdr.int() });
    const holder = xdr.struct({ kind: xdr.int(), body: xdr.varOpaque() });
    const outer = xdr.struct({ holders: xdr.varArray(holder) });
    const refinements = refinementsOf([{ within: holder, field: 'body', by: { kind: 'type', type: inner } }]);
    const value = {
      holders: [
        { kind: 1, body: encode(inner, { n: 7 }) },
        { kind: 2, body: Uint8Array.of(1) },
      ],
    };
    const text = jsonText(outer, value, { refinements });
    expect(text).to.equal('{"holders":[{"kind":1,"body":{"n":7}},{"kind":2,"body":"01"}]}');
    expect(jsonText(outer, value)).to.contain('"00000007"');
  });
});
