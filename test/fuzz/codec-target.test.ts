import { expect } from 'chai';
import { attachCodec, rngOf, type XdrType, xdr } from '../../codec/xdr/index.ts';
import { codecTarget } from '../../fuzz/codec-target.ts';
import { PUT, SUM } from './base.ts';

describe('fuzz/codec-target', () => {
  const types = [PUT, SUM].map(({ declared }) => declared.procedure.argument);

  it('finds nothing wrong with ours, whatever the bytes', () => {
    const target = codecTarget(types);
    const random = rngOf(5);
    for (let i = 0; i < 300; i++) {
      const input = target.generate(random);
      target.execute(input);
      for (let k = 0; k < 5; k++) input[random() % input.length] = random();
      target.execute(input);
      target.execute(input.subarray(0, random() % input.length));
    }
  });

  it('finds a decoder that takes what the other refuses', () => {
    const type: XdrType = xdr.struct({ a: xdr.int(), b: xdr.bool() });
    attachCodec(type, {
      read: (reader: { p: number }) => {
        reader.p += 8;
        return { a: 5, b: true };
      },
      write: () => {
        throw new RangeError('left to the walker');
      },
    } as never);
    const target = codecTarget([type]);
    const input = (bool: string) => Buffer.from(`0000000000000005${bool}`, 'hex');
    target.execute(input('00000001'));
    expect(() => target.execute(input('00000007'))).to.throw(
      /generated says "ok", the walker "BAD_BOOL at 4 in b"/,
    );
    expect(() => target.execute(input('00000000'))).to.throw(/other bytes/);
  });

  it('puts what was seen under its type', () => {
    const target = codecTarget(types);
    const [, sum] = types as [XdrType, XdrType];
    expect(target.input(sum, Uint8Array.of(1, 2))).to.deep.equal(Uint8Array.of(0, 0, 0, 1, 1, 2));
    expect(target.input(xdr.int(), Uint8Array.of(1))).to.equal(null);
    expect(() => codecTarget([])).to.throw(RangeError);
  });
});
