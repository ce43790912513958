import { expect } from 'chai';
import { decode, encode, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf, shrinkValue, smallestValue } from '../../../codec/xdr/random.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { randomType } from './arbitrary.ts';

describe('random values', () => {
  it('are the same for the same seed, and values of the type', () => {
    for (let seed = 0; seed < 300; seed++) {
      const type = randomType(rngOf(seed));
      const value = randomValue(type, rngOf(seed));
      expect(randomValue(type, rngOf(seed))).to.deep.equal(value);
      expect(decode(type, encode(type, value))).to.deep.equal(value);
    }
    expect(rngOf(1)()).to.not.equal(rngOf(2)());
  });

  it('reach every arm, member and both ends of an integer', () => {
    const type = xdr.struct({
      u: xdr.union(
        ['k', xdr.int()],
        [xdr.arm([7], 'a', xdr.int()), xdr.arm([9])],
        xdr.otherwise('z', xdr.bool()),
      ),
      e: xdr.enumeration({ A: 1, B: 5, C: 6 }),
      i: xdr.char(),
      s: xdr.string(3),
    });
    const rng = rngOf(5);
    const seen = new Set<string>();
    for (let i = 0; i < 600; i++) {
      const value = randomValue(type, rng) as { u: object; e: number; i: number; s: string };
      for (const key of Object.keys(value.u)) seen.add(`arm ${key}`);
      seen.add(`member ${value.e}`).add(`integer ${value.i}`).add(`length ${value.s.length}`);
    }
    for (const wanted of [
      'arm a',
      'arm z',
      'member 1',
      'member 5',
      'member 6',
      'integer -128',
      'integer 127',
      'length 0',
      'length 3',
    ]) {
      expect(seen.has(wanted), wanted).to.equal(true);
    }
  });

  it('end, however recursive the type', () => {
    const expression: XdrType = xdr.union(
      ['op', xdr.int()],
      [
        xdr.arm(
          [1],
          'pair',
          xdr.array(
            xdr.ref('e', () => expression),
            2,
          ),
        ),
        xdr.arm([0], 'leaf', xdr.int()),
        xdr.arm([2], 'many', xdr.varArray(xdr.ref('e', () => expression))),
      ],
    );
    for (let seed = 0; seed < 50; seed++) encode(expression, randomValue(expression, rngOf(seed)));
    expect(smallestValue(expression)).to.deep.equal({ op: 0, leaf: 0 });
    const endless: XdrType = xdr.union(
      ['op', xdr.int()],
      [
        xdr.arm(
          [1],
          'e',
          xdr.ref('e', () => endless),
        ),
      ],
    );
    expect(() => smallestValue(endless)).to.throw(TypeError);
  });

  it('are not made of types whose values are all huge', () => {
    expect(() => smallestValue(xdr.array(xdr.struct({}), 2 ** 32 - 1))).to.throw(RangeError);
    expect(() => smallestValue(xdr.opaque(2 ** 31))).to.throw(RangeError);
  });

  it('take no longer for having many ways', () => {
    let type: XdrType = xdr.int();
    for (let level = 0; level < 60; level++) {
      const held = type as never;
      type = xdr.union(['k', xdr.int()], [xdr.arm([0], 'a', held), xdr.arm([1], 'b', held)]);
    }
    for (let seed = 0; seed < 20; seed++) encode(type, randomValue(type, rngOf(seed)));
    let laughs: XdrType = xdr.struct({});
    for (let level = 0; level < 40; level++) laughs = xdr.struct({ a: laughs as never, b: laughs as never });
    const value = smallestValue(laughs) as { a: unknown; b: unknown };
    expect(value.a).to.equal(value.b);
  });

  it('are nested no deeper than may be decoded', () => {
    const chain = (levels: number): XdrType => {
      let type: XdrType = xdr.int();
      for (let i = 0; i < levels; i++) type = xdr.struct({ a: type as never });
      return type;
    };
    encode(chain(64), smallestValue(chain(64)));
    for (const levels of [65, 3000]) {
      expect(() => smallestValue(chain(levels))).to.throw(RangeError, 'nested deeper than 64');
      expect(() => randomValue(chain(levels), rngOf(1))).to.throw(RangeError);
    }
    // What is deep or huge is left out wherever it may be, and there otherwise.
    const types = [62, 63].flatMap((levels): XdrType[] => [
      xdr.struct({ a: xdr.optional(chain(levels) as never), b: xdr.varArray(chain(levels) as never) }),
      xdr.union(['k', xdr.bool()], [xdr.arm([true], 'a', chain(levels + 1) as never), xdr.arm([false])]),
      xdr.union(['k', xdr.int()], [xdr.arm([0])], xdr.otherwise('a', xdr.opaque(2 ** 30))),
    ]);
    const sizes = types.map((type) => {
      const all = Array.from(
        { length: 60 },
        (_, seed) => encode(type, randomValue(type, rngOf(seed))).length,
      );
      return Math.max(...all);
    });
    expect(sizes[0]).to.be.above(8);
    expect(sizes.slice(3)).to.deep.equal([12, 4, 4]);
  });

  it('keep to what a peer can take', () => {
    const type = xdr.struct({ s: xdr.string(), d: xdr.double() });
    for (let seed = 0; seed < 300; seed++) {
      const value = randomValue(type, rngOf(seed), { plainText: true, nan: false }) as {
        s: string;
        d: number;
      };
      expect(value.s).to.match(/^[ -~]*$/);
      expect(value.d).to.not.be.NaN;
    }
  });
});

describe('shrinkValue', () => {
  it('gives values of the type, and ends', () => {
    for (let seed = 0; seed < 200; seed++) {
      const type = randomType(rngOf(seed));
      let value = randomValue(type, rngOf(seed));
      for (let step = 0; ; step++) {
        expect(step).to.be.below(5000);
        const next = shrinkValue(type, value).next();
        if (next.done === true) break;
        expect(() => encode(type, next.value)).to.not.throw();
        value = next.value;
      }
    }
  });

  it('finds a small failing value', () => {
    const type = xdr.struct({
      a: xdr.int(),
      list: xdr.varArray(xdr.struct({ n: xdr.uint(), s: xdr.string() })),
    });
    type Value = { a: number; list: { n: number; s: string }[] };
    const fails = (value: Value): boolean => value.list.some(({ n }) => n > 100);
    let value = randomValue(type, rngOf(3), { elements: 20 }) as Value;
    expect(fails(value)).to.equal(true);
    for (;;) {
      const smaller = [...shrinkValue(type, value)].find((v) => fails(v as Value)) as Value | undefined;
      if (smaller === undefined) break;
      value = smaller;
    }
    expect(value).to.deep.equal({ a: 0, list: [{ n: 101, s: '' }] });
  });
});
