import { expect } from 'chai';
import fc from 'fast-check';
import { encode, isXdrError, type XdrErrorCode, xdr } from '../../../codec/xdr/index.ts';
import { fromJson, toJson } from '../../../codec/xdr/json.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import { refinementsOf } from '../../../codec/xdr/refine.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { damageValue, randomType } from './arbitrary.ts';

function refused(type: XdrType, json: unknown): [XdrErrorCode, string] {
  try {
    fromJson(type, json);
  } catch (error) {
    if (isXdrError(error)) return [error.code, error.path];
    throw error;
  }
  throw new Error('it was accepted');
}

describe('JSON', () => {
  it('comes back without loss, through text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const value = randomValue(type, rng);
        const back = fromJson(type, JSON.parse(JSON.stringify(toJson(type, value))));
        expect(encode(type, back)).to.deep.equal(encode(type, value));
      }),
      { numRuns: 300 },
    );
  });

  it('is a value that encodes, or an XdrError, for anything', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const json = damageValue(toJson(type, randomValue(type, rng)), rng);
        try {
          encode(type, fromJson(type, json));
        } catch (error) {
          expect(isXdrError(error)).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has the forms of the value table', () => {
    const color = xdr.enumeration({ RED: 0, SCARLET: 0, BLUE: 2 });
    const type = xdr.struct({
      hyper: xdr.hyper(),
      color,
      special: xdr.array(xdr.double(), 4),
      bytes: xdr.varOpaque(),
      quad: xdr.quadruple(),
      boxed: xdr.optional(xdr.optional(xdr.int())),
      none: xdr.optional(xdr.int()),
      text: xdr.string(),
    });
    const json = {
      hyper: '-9223372036854775808',
      color: 'RED',
      special: ['NaN', '-Infinity', '-0', 0.5],
      bytes: '00ff',
      quad: '00'.repeat(16),
      boxed: { value: null },
      none: null,
      text: 'a\udc80',
    };
    const value = fromJson(type, json);
    expect(value).to.deep.include({ hyper: -(2n ** 63n), color: 0, bytes: Uint8Array.of(0, 255) });
    expect(toJson(type, value)).to.deep.equal(json);
    expect(toJson(color, 77)).to.equal(77); // unknown, from lenient decoding
  });

  it('accepts the alternates', () => {
    expect(fromJson(xdr.hyper(), 42)).to.equal(42n);
    expect(fromJson(xdr.enumeration({ A: 3 }), 3)).to.equal(3);
    expect(fromJson(xdr.enumeration({ A: 3, B: 3 }), 'B')).to.equal(3);
    expect(fromJson(xdr.varOpaque(), 'ABcd')).to.deep.equal(Uint8Array.of(0xab, 0xcd));
  });

  it('says what it refuses, and where', () => {
    expect(refused(xdr.hyper(), 2 ** 53)).to.deep.equal(['BAD_VALUE', '']);
    expect(refused(xdr.hyper(), '9223372036854775808')).to.deep.equal(['RANGE', '']);
    expect(refused(xdr.int(), '1')).to.deep.equal(['BAD_VALUE', '']);
    expect(refused(xdr.enumeration({ A: 3 }), 'toString')).to.deep.equal(['BAD_VALUE', '']);
    expect(refused(xdr.enumeration({ A: 3 }), 4)).to.deep.equal(['BAD_ENUM', '']);
    expect(refused(xdr.varOpaque(), 'abc')).to.deep.equal(['BAD_VALUE', '']);
    const type = xdr.struct({ list: xdr.varArray(xdr.struct({ a: xdr.uint() }), 2) });
    expect(refused(type, { list: [{ a: 1 }, { a: -1 }] })).to.deep.equal(['RANGE', 'list[1].a']);
    expect(refused(type, { list: [{ a: 1 }, {}] })).to.deep.equal(['BAD_VALUE', 'list[1].a']);
    expect(refused(type, { list: [1] })).to.deep.equal(['BAD_VALUE', 'list[0]']);
    expect(refused(type, { list: Array(3).fill({ a: 1 }) })).to.deep.equal(['LIMIT', 'list']);
    const tree = xdr.struct({
      get kids() {
        return xdr.varArray(tree);
      },
    });
    let deep: unknown = { kids: [] };
    for (let i = 0; i < 100_000; i++) deep = { kids: [deep] };
    expect(refused(tree, deep)[0]).to.equal('DEPTH');
  });

  it('shows what an opaque holds, and hex where it does not', () => {
    const type = xdr.struct({ kind: xdr.int(), body: xdr.varOpaque() });
    const cases = new Map<number, XdrType>([[1, xdr.struct({ a: xdr.int() })]]);
    const refinements = refinementsOf([
      { within: type, field: 'body', by: { kind: 'switch', on: 'kind', cases } },
    ]);
    const body = Uint8Array.of(0, 0, 0, 9);
    expect(toJson(type, { kind: 1, body }, { refinements })).to.deep.equal({ kind: 1, body: { a: 9 } });
    expect(toJson(type, { kind: 2, body }, { refinements })).to.deep.equal({ kind: 2, body: '00000009' });
    const short = body.subarray(0, 3);
    expect(toJson(type, { kind: 1, body: short }, { refinements })).to.deep.equal({
      kind: 1,
      body: '000000',
    });
  });
});
