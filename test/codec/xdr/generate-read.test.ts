import { expect } from 'chai';
import { pairOf } from '../../../codec/xdr/codec.ts';
import { generateCodecSource } from '../../../codec/xdr/generate.ts';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import type { Reader } from '../../../codec/xdr/runtime.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { randomType } from './arbitrary.ts';

function sourceOf(type: XdrType): string {
  return generateCodecSource([type], { style: 'function' }).source;
}

function readerOf(bytes: Uint8Array): Reader {
  const b = Uint8Array.from(bytes);
  const v = new DataView(b.buffer);
  const most = { maxString: 9e9, maxOpaque: 9e9, maxArray: 9e9, maxList: 9e9, maxDepth: 64 };
  return { b, v, p: 0, e: b.length, viewFrom: Number.POSITIVE_INFINITY, ...most };
}

describe('generated decoders', () => {
  it('need no help from the walker for what is right', () => {
    for (let seed = 0; seed < 400; seed++) {
      const rng = rngOf(seed);
      const type = randomType(rng, { zeroSized: false });
      const bytes = encode(type, randomValue(type, rng));
      const reader = readerOf(bytes);
      pairOf(type).read(reader, 1);
      expect(reader.p).to.equal(bytes.length);
    }
  });

  it('refuse every prefix by a constant, not an Error', () => {
    const type = xdr.struct({ a: xdr.varArray(xdr.string(9), 4), b: xdr.optional(xdr.hyper()) });
    const bytes = encode(type, { a: ['x', 'yy'], b: 5n });
    for (let end = 0; end < bytes.length; end++) {
      let thrown: unknown;
      try {
        pairOf(type).read(readerOf(bytes.subarray(0, end)), 1);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.deep.equal({ refused: true });
    }
  });

  it('check the bounds of a fixed-size run once', () => {
    const fields = Object.fromEntries([...'abcdefgh'].map((name) => [name, xdr.int()]));
    const source = sourceOf(xdr.struct({ ...fields, inner: xdr.struct({ x: xdr.hyper() }) }));
    expect(source.match(/> e\) fail/g)).to.have.length(1);
    expect(source).to.contain('p + 40 > e');
  });

  it('check a count against what is left before an array is made', () => {
    const source = sourceOf(xdr.varArray(xdr.struct({ a: xdr.hyper() })));
    expect(source.indexOf('* 8 > e - p')).to.be.above(0);
    expect(source.indexOf('slots(')).to.be.above(source.indexOf('* 8 > e - p'));
  });
});
