import { expect } from 'chai';
import {
  type CodecOptions,
  codecOf,
  decode,
  encode,
  isXdrError,
  type XdrErrorCode,
  xdr,
} from '../../../codec/xdr/index.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { walkEncode } from '../../../codec/xdr/walk-encode.ts';
import { Writer } from '../../../codec/xdr/writer.ts';

type Refusal = [code: XdrErrorCode, offset: number, path: string];

/** What both encoders refuse with. */
function refusal(type: XdrType, value: unknown, options: CodecOptions = {}): Refusal | undefined {
  const [fast, slow] = [true, false].map((codegen): Refusal | undefined => {
    try {
      encode(type, value, { ...options, codegen });
      return undefined;
    } catch (error) {
      if (!isXdrError(error)) throw error;
      return [error.code, error.offset, error.path];
    }
  });
  expect(fast).to.deep.equal(slow);
  return slow;
}

function hexOf(type: XdrType, value: unknown): string {
  const bytes = encode(type, value);
  expect(encode(type, value, { codegen: false })).to.deep.equal(bytes);
  expect(encode(type, decode(type, bytes))).to.deep.equal(bytes);
  return Buffer.from(bytes).toString('hex');
}

describe('encoding', () => {
  it('writes RFC 4506', () => {
    const cases: [XdrType, unknown, string][] = [
      [xdr.int(), -1, 'ffffffff'],
      [xdr.uint(), 4294967295, 'ffffffff'],
      [xdr.hyper(), -2n, 'fffffffffffffffe'],
      [xdr.uhyper(), 2n ** 64n - 1n, 'ffffffffffffffff'],
      [xdr.short(), -2, 'fffffffe'],
      [xdr.uchar(), 255, '000000ff'],
      [xdr.bool(), true, '00000001'],
      [xdr.float(), -0, '80000000'],
      [xdr.double(), Number.NEGATIVE_INFINITY, 'fff0000000000000'],
      [xdr.enumeration({ A: -5 }), -5, 'fffffffb'],
      [xdr.opaque(5), Uint8Array.of(1, 2, 3, 4, 5), '0102030405000000'],
      [xdr.varOpaque(), Uint8Array.of(1), '0000000101000000'],
      [xdr.string(), 'sillyprog', '0000000973696c6c7970726f67000000'], // RFC 4506, section 7
      [xdr.string(), '\udcff', '00000001ff000000'],
      [xdr.array(xdr.int(), 2), [1, 2], '0000000100000002'],
      [xdr.varArray(xdr.int()), [1], '0000000100000001'],
      [xdr.optional(xdr.int()), null, '00000000'],
      [xdr.optional(xdr.int()), 7, '0000000100000007'],
      [xdr.optional(xdr.optional(xdr.int())), { value: null }, '0000000100000000'],
      [xdr.optional(xdr.optional(xdr.int())), { value: 7 }, '000000010000000100000007'],
      [xdr.quadruple(), new Uint8Array(16).fill(3), '03'.repeat(16)],
      [xdr.void(), undefined, ''],
      [xdr.struct({}), {}, ''],
    ];
    for (const [type, value, expected] of cases) expect(hexOf(type, value)).to.equal(expected);
  });

  it('refuses with the code, where in the output, and the path', () => {
    const type = xdr.struct({
      id: xdr.int(),
      items: xdr.varArray(xdr.struct({ h: xdr.hyper(), s: xdr.string(2) }), 2),
    });
    const cases: [unknown, Refusal][] = [
      [null, ['BAD_VALUE', 0, '']],
      [[], ['BAD_VALUE', 0, '']],
      [{}, ['BAD_VALUE', 0, 'id']],
      [{ id: 1.5, items: [] }, ['BAD_VALUE', 0, 'id']],
      [{ id: '1', items: [] }, ['BAD_VALUE', 0, 'id']],
      [{ id: 2 ** 31, items: [] }, ['RANGE', 0, 'id']],
      [{ id: 1, items: {} }, ['BAD_VALUE', 4, 'items']],
      [{ id: 1, items: [1, 2, 3] }, ['LIMIT', 4, 'items']],
      [{ id: 1, items: [{ h: 1, s: '' }] }, ['BAD_VALUE', 8, 'items[0].h']],
      [{ id: 1, items: [{ h: 2n ** 63n, s: '' }] }, ['RANGE', 8, 'items[0].h']],
      [{ id: 1, items: [{ h: 1n, s: '\ud800' }] }, ['BAD_VALUE', 16, 'items[0].s']],
      [{ id: 1, items: [{ h: 1n, s: 'abc' }] }, ['LIMIT', 16, 'items[0].s']],
    ];
    for (const [value, expected] of cases) expect(refusal(type, value)).to.deep.equal(expected);
    expect(refusal(xdr.float(), 1e39)).to.deep.equal(['RANGE', 0, '']);
    expect(refusal(xdr.uint(), -1)).to.deep.equal(['RANGE', 0, '']);
    expect(refusal(xdr.bool(), 1)).to.deep.equal(['BAD_VALUE', 0, '']);
    expect(refusal(xdr.enumeration({ A: 1 }), 2)).to.deep.equal(['BAD_ENUM', 0, '']);
    expect(refusal(xdr.enumeration({ A: 1 }), 2, { lenientEnum: true })).to.equal(undefined);
    expect(refusal(xdr.opaque(2), new Uint8Array(3))).to.deep.equal(['BAD_VALUE', 0, '']);
    expect(refusal(xdr.array(xdr.int(), 2), [1])).to.deep.equal(['BAD_VALUE', 0, '']);
    const union = xdr.union(['k', xdr.int()], [xdr.arm([1], 'a', xdr.int())]);
    expect(refusal(union, { k: 2 })).to.deep.equal(['BAD_UNION', 0, 'k']);
    expect(refusal(union, { k: 1 })).to.deep.equal(['BAD_VALUE', 4, 'a']);
  });

  it('takes no field from a prototype', () => {
    const type = xdr.struct({ constructor: xdr.optional(xdr.int()) });
    expect(refusal(type, {})).to.deep.equal(['BAD_VALUE', 0, 'constructor']);
    expect(refusal(type, { constructor: null })).to.equal(undefined);
  });

  it('ignores keys it does not know', () => {
    const union = xdr.union(['k', xdr.bool()], [xdr.arm([true], 'a', xdr.int()), xdr.arm([false])]);
    expect(hexOf(union, { k: false, a: 5, b: 6 })).to.equal('00000000');
  });

  it('ends at a cycle', () => {
    const tree = xdr.struct({
      get kids() {
        return xdr.varArray(tree);
      },
    });
    const cycle: { kids: unknown[] } = { kids: [] };
    cycle.kids.push(cycle);
    expect(refusal(tree, cycle)?.[0]).to.equal('DEPTH');
  });

  it('appends, and takes back what it wrote when it refuses', () => {
    const codec = codecOf(xdr.struct({ a: xdr.int(), b: xdr.int() }));
    const writer = new Writer();
    codec.encodeInto(writer, { a: 1, b: 2 });
    expect(() => codec.encodeInto(writer, { a: 1, b: 'x' }))
      .to.throw()
      .that.includes({ code: 'BAD_VALUE', offset: 4 });
    codec.encodeInto(writer, { a: 3, b: 4 });
    expect(Buffer.from(writer.take()).toString('hex')).to.equal('00000001000000020000000300000004');
  });

  it('may be entered again from a getter', () => {
    const codec = codecOf<{ a: number; b: number }>(xdr.struct({ a: xdr.int(), b: xdr.int() }));
    const value = {
      a: 1,
      get b() {
        return codec.encode({ a: 9, b: 9 }).length;
      },
    };
    expect(Buffer.from(codec.encode(value)).toString('hex')).to.equal('0000000100000008');
  });
});

describe('walkEncode', () => {
  it('counts offsets from where it starts, and depth from where it is told', () => {
    const writer = new Writer();
    writer.uint32(7);
    expect(() => walkEncode(xdr.array(xdr.int(), 2), [1, 'x'], writer, {}))
      .to.throw()
      .that.includes({ offset: 4, path: '[1]' });
    expect(() => walkEncode(xdr.struct({}), {}, writer, { limits: { depth: 3 } }, 4))
      .to.throw()
      .that.includes({ code: 'DEPTH' });
  });
});
