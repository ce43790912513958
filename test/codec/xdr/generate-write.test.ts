import { expect } from 'chai';
import { pairOf } from '../../../codec/xdr/codec.ts';
import { generateCodecSource } from '../../../codec/xdr/generate.ts';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { Writer } from '../../../codec/xdr/writer.ts';

const LIMITS = { maxString: 9e9, maxOpaque: 9e9, maxArray: 9e9, maxList: 9e9, maxDepth: 64 };

describe('generated encoders', () => {
  const type = xdr.struct({
    a: xdr.int(),
    s: xdr.string(),
    l: xdr.varArray(xdr.struct({ h: xdr.hyper(), o: xdr.varOpaque() })),
    f: xdr.array(xdr.short(), 3),
  });
  const value = {
    a: -1,
    s: 'text '.repeat(500),
    l: Array.from({ length: 300 }, (_, i) => ({ h: BigInt(i), o: new Uint8Array(i % 7).fill(1) })),
    f: [1, -32768, 32767],
  };

  it('grow the writer they are given, wherever it stands', () => {
    const expected = encode(type, value, { codegen: false });
    for (const capacity of [0, 1, 64, 5000]) {
      const writer = new Writer(capacity);
      writer.uint32(0xdeadbeef);
      pairOf(type).write(writer, value, LIMITS, 1);
      expect(writer.take().subarray(4)).to.deep.equal(expected);
    }
  });

  it('leave no old bytes in the padding', () => {
    const writer = new Writer(64);
    writer.b.fill(0xff);
    pairOf(xdr.opaque(1)).write(writer, Uint8Array.of(1), LIMITS, 1);
    pairOf(xdr.string()).write(writer, 'ab', LIMITS, 1);
    pairOf(xdr.varOpaque()).write(writer, Uint8Array.of(1, 2, 3), LIMITS, 1);
    expect(Buffer.from(writer.take()).toString('hex')).to.equal(
      '01000000000000026162000000000003' + '01020300',
    );
  });

  it('make room once for a run of fixed-size parts', () => {
    const { source } = generateCodecSource([xdr.struct({ a: xdr.int(), b: xdr.hyper(), c: xdr.double() })], {
      style: 'function',
    });
    expect(source.match(/w\.need/g)).to.have.length(1);
  });

  it('refuse what is no value', () => {
    for (const bad of [
      null,
      undefined,
      5,
      'x',
      [],
      { ...value, a: 1.5 },
      { ...value, l: [{ h: 1, o: value.l }] },
    ]) {
      expect(() => pairOf(type).write(new Writer(), bad, LIMITS, 1)).to.throw();
    }
  });
});
