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

  it('refers to long bytes, in order, and forgets them with the rest', () => {
    const w = new Writer(8, 3);
    const [first, second] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6, 7)];
    w.bytes(first);
    w.uint32(8);
    w.bytes(Uint8Array.of(9, 9));
    const [start, inserts] = [w.p, w.inserts.length];
    w.bytes(second);
    w.uint8(1);
    expect([w.length, w.p]).to.deep.equal([14, 7]);
    expect(w.parts(0).map((part) => [...part])).to.deep.equal([
      [1, 2, 3],
      [0, 0, 0, 8, 9, 9],
      [4, 5, 6, 7],
      [1],
    ]);
    expect([w.parts(0)[0], w.parts(0)[2]]).to.deep.equal([first, second]);
    w.rewind(start, inserts);
    expect([w.length, w.parts(0)[0], w.parts(0).length]).to.deep.equal([9, first, 2]);
  });

  it('keeps what it has when it grows', () => {
    const w = new Writer(4);
    for (let i = 0; i < 1000; i++) w.uint32(i);
    expect(w.n).to.be.at.least(4000);
    expect(new DataView(w.take().slice().buffer).getUint32(3996)).to.equal(999);
    expect(() => w.need(2 ** 33)).to.throw(RangeError);
  });
});
