import { expect } from 'chai';
import { Writer } from '../../../codec/xdr/writer.ts';

describe('Writer', () => {
  it('appends big-endian data and grows', () => {
    const w = new Writer(1);
    w.uint8(1);
    w.uint32(-2);
    w.uint64(-3n);
    w.float32(1.5);
    w.float64(-0);
    w.bytes(Uint8Array.of(9, 8));
    expect(Buffer.from(w.take()).toString('hex')).to.equal(
      '01fffffffefffffffffffffffd3fc0000080000000000000000908',
    );
  });

  it('gives copies away', () => {
    const w = new Writer();
    w.uint32(1);
    const first = w.take();
    w.p = 0;
    w.uint32(2);
    expect([first[3], w.take()[3]]).to.deep.equal([1, 2]);
    first.slice()[3] = 9; // a plain Uint8Array: slice copies
    expect(first[3]).to.equal(1);
    for (const size of [0, 5, 4096, 4097, 100_000]) {
      const large = new Writer(size);
      large.bytes(new Uint8Array(size).fill(7));
      expect(large.take()).to.deep.equal(new Uint8Array(size).fill(7));
    }
  });

  it('keeps what it has when it grows', () => {
    const w = new Writer(4);
    for (let i = 0; i < 1000; i++) w.uint32(i);
    expect(w.n).to.be.at.least(4000);
    expect(new DataView(w.take().slice().buffer).getUint32(3996)).to.equal(999);
    expect(() => w.need(2 ** 33)).to.throw(RangeError);
  });
});
