import { expect } from 'chai';
import { xdr } from '../../../codec/xdr/builder.ts';
import { codecOf } from '../../../codec/xdr/codec.ts';
import { isXdrError } from '../../../codec/xdr/errors.ts';
import {
  DEFAULT_LIMITS,
  type Limits,
  limitsOf,
  MAX_DEPTH,
  SERVER_LIMITS,
} from '../../../codec/xdr/limits.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';

const item = xdr.struct({
  a: xdr.int(),
  get next() {
    return xdr.optional(item);
  },
});

describe('limits', () => {
  it('default to what the design says', () => {
    expect(limitsOf(undefined)).to.equal(DEFAULT_LIMITS);
    expect(DEFAULT_LIMITS).to.include({ depth: 64, list: 100_000, string: Number.POSITIVE_INFINITY });
    expect(SERVER_LIMITS).to.include({
      depth: 64,
      list: 100_000,
      string: 1 << 20,
      opaque: 1 << 20,
      array: 65_536,
    });
    expect(limitsOf(SERVER_LIMITS)).to.equal(SERVER_LIMITS);
  });

  it('keep the defaults of what is not given', () => {
    expect(limitsOf({ depth: 3 })).to.deep.equal({ ...DEFAULT_LIMITS, depth: 3 });
  });

  it('refuse what is no limit', () => {
    expect(() => limitsOf({ list: -1 })).to.throw(RangeError, 'list');
    expect(() => limitsOf({ list: Number.NaN })).to.throw(RangeError);
    expect(limitsOf({ depth: MAX_DEPTH }).depth).to.equal(MAX_DEPTH);
    expect(() => limitsOf({ depth: MAX_DEPTH + 1 })).to.throw(RangeError, 'depth');
  });

  /** At each limit of the design: what is `n` large, its type, and the code above. */
  const table: readonly (readonly [
    name: string,
    limits: Limits,
    limit: number,
    code: string,
    make: (n: number) => readonly [XdrType, unknown],
  ])[] = [
    [
      'nesting',
      DEFAULT_LIMITS,
      64,
      'DEPTH',
      (n) => {
        let type: XdrType = xdr.int();
        let value: unknown = 7;
        for (let i = 0; i < n; i++) {
          type = xdr.struct({ a: type });
          value = { a: value };
        }
        return [type, value];
      },
    ],
    [
      'a list',
      DEFAULT_LIMITS,
      100_000,
      'LIMIT',
      (n) => [xdr.optional(item), Array.from({ length: n }, (_, a) => ({ a }))],
    ],
    ['string<> in a server', SERVER_LIMITS, 1 << 20, 'LIMIT', (n) => [xdr.string(), 'x'.repeat(n)]],
    ['opaque<> in a server', SERVER_LIMITS, 1 << 20, 'LIMIT', (n) => [xdr.varOpaque(), new Uint8Array(n)]],
    [
      'an array in a server',
      SERVER_LIMITS,
      65_536,
      'LIMIT',
      (n) => [xdr.varArray(xdr.int()), new Array(n).fill(1)],
    ],
    [
      'elements without bytes',
      DEFAULT_LIMITS,
      1024,
      'LIMIT',
      (n) => [xdr.varArray(xdr.struct({})), new Array(n).fill({})],
    ],
  ];
  const unbounded = { ...DEFAULT_LIMITS, depth: MAX_DEPTH, list: 1e9, zeroSized: 1e9 };
  for (const codegen of [true, false]) {
    for (const [name, limits, limit, code, make] of table) {
      it(`bound ${name}: ${limit} and no more, ${codegen ? 'generated' : 'walked'}`, () => {
        for (const n of [limit - 1, limit, limit + 1]) {
          const [type, value] = make(n);
          const bytes = codecOf(type, { codegen, limits: unbounded }).encode(value);
          const codec = codecOf(type, { codegen, limits });
          const outcome = (work: () => unknown): unknown => {
            try {
              return work();
            } catch (e) {
              if (!isXdrError(e)) throw e;
              return e.code;
            }
          };
          const decoded = outcome(() => codec.decode(bytes));
          const encoded = outcome(() => codec.encode(value));
          if (n > limit) expect([decoded, encoded], `${n}`).to.deep.equal([code, code]);
          else {
            expect(decoded).to.deep.equal(value);
            expect(encoded).to.deep.equal(bytes);
          }
        }
      });
    }
  }
});
