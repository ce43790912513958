import { expect } from 'chai';
import { isRpcError } from '../../../codec/rpc/errors.ts';
import { encodeRecord, MAX_FRAGMENT_BYTES, writeRecordMark } from '../../../codec/rpc/record-writer.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('codec/rpc/record-writer', () => {
  it('writes one last fragment', () => {
    expect(hex(encodeRecord(Uint8Array.of(1, 2, 3)))).to.equal('80000003010203');
    expect(hex(encodeRecord(new Uint8Array(0)))).to.equal('80000000');
  });

  it('writes fragments of the size asked for', () => {
    expect(hex(encodeRecord(Uint8Array.of(1, 2, 3, 4, 5), 2))).to.equal(
      '00000002010200000002030480000001' + '05',
    );
    expect(hex(encodeRecord(Uint8Array.of(1, 2, 3, 4), 2))).to.equal('000000020102800000020304');
  });

  it('writes a mark anywhere and of any length', () => {
    const out = new Uint8Array(12);
    writeRecordMark(new DataView(out.buffer), 4, MAX_FRAGMENT_BYTES, true);
    expect(hex(out)).to.equal('00000000ffffffff00000000');
  });

  it('refuses what is no fragment size', () => {
    for (const size of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      expect(() => encodeRecord(new Uint8Array(1), size))
        .to.throw()
        .that.satisfies(isRpcError);
    }
  });
});
