import { expect } from 'chai';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { codecRuntime, type Reader } from '../../../codec/xdr/runtime.ts';
import { Writer } from '../../../codec/xdr/writer.ts';

const $ = codecRuntime;

function readerOf(...bytes: number[]): Reader {
  const b = Uint8Array.from(bytes);
  const most = { maxString: 9e9, maxOpaque: 9e9, maxArray: 9e9, maxList: 9e9, maxDepth: 64 };
  return { b, v: new DataView(b.buffer), p: 0, e: b.length, viewFrom: Number.POSITIVE_INFINITY, ...most };
}

describe('the runtime of generated codecs', () => {
  it('refuses without the cost of an Error', () => {
    expect(() => $.fail())
      .to.throw()
      .that.is.not.an.instanceof(Error);
  });

  it('reads bytes with their padding', () => {
    const r = readerOf(0, 0, 0, 2, 7, 8, 0, 0, 9);
    expect($.readOpaque(r, 0, 2)).to.deep.equal(Uint8Array.of(7, 8));
    expect(r.p).to.equal(8);
    expect(() => $.readOpaque(r, 0, 1)).to.throw();
    expect(() => $.readOpaque(readerOf(0, 0, 0, 2, 7, 8, 0), 0, 9)).to.throw();
    expect(() => $.readOpaque(readerOf(0, 0, 0, 2, 7, 8, 0, 1), 0, 9)).to.throw();
    expect(() => $.readOpaque(readerOf(255, 255, 255, 255, 7), 0, 9e9)).to.throw();
    expect(() => $.readOpaque(readerOf(0, 0, 0), 0, 9)).to.throw();
    expect($.readFixed(readerOf(1, 2, 3, 0), 0, 3)).to.deep.equal(Uint8Array.of(1, 2, 3));
    expect($.readString(readerOf(0, 0, 0, 1, 0x61, 0, 0, 0), 0, 1)).to.equal('a');
    expect(() => $.readString(readerOf(255, 255, 255, 255, 7), 0, 9e9)).to.throw();
  });

  it('reads strings of every length, ASCII or not', () => {
    for (let length = 0; length < 140; length++) {
      for (const end of ['z', '\u00e9', '\udcff']) {
        const s = length === 0 ? '' : `${'ab'.repeat(70).slice(0, length - 1)}${end}`;
        const bytes = encode(xdr.string(), s);
        const r = readerOf(...bytes, 0xff, 0xff);
        expect($.readString(r, 0, 200)).to.equal(s);
        expect(r.p).to.equal(bytes.length);
      }
    }
  });

  it('reads hypers', () => {
    for (const value of [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x0123456789abcdefn]) {
      const v = new DataView(new ArrayBuffer(9));
      v.setBigInt64(1, value);
      expect([$.int64(v, 1), $.uint64(v, 1)]).to.deep.equal([value, BigInt.asUintN(64, value)]);
    }
  });

  it('copies unless a view is wanted', () => {
    for (const n of [4, 100]) {
      const r = readerOf(...new Uint8Array(n));
      const copy = $.readFixed(r, 0, n);
      const view = $.readFixed({ ...r, viewFrom: n }, 0, n);
      r.b.fill(1);
      expect([copy[0], view[0]]).to.deep.equal([0, 1]);
    }
  });

  it('refers to long opaques where the writer does', () => {
    const w = new Writer(0, 4);
    const long = Uint8Array.of(1, 2, 3, 4, 5);
    w.p = $.writeOpaque(w, 0, long, 5);
    w.p = $.writeOpaque(w, w.p, Uint8Array.of(9), 5);
    w.p = $.writeFixed(w, w.p, long, 5);
    expect(w.parts(0)[1]).to.equal(long);
    expect(w.length).to.equal(28);
    expect(Buffer.concat(w.parts(0)).toString('hex')).to.equal(
      `00000005${'0102030405000000'}0000000109000000${'0102030405000000'}`,
    );
  });

  it('writes bytes with zero padding', () => {
    const w = new Writer(0);
    w.p = $.writeOpaque(w, 0, Uint8Array.of(1, 2), 2);
    w.p = $.writeFixed(w, w.p, Uint8Array.of(3), 1);
    w.p = $.writeString(w, w.p, 'ab\u00e9', 4);
    expect(Buffer.from(w.take()).toString('hex')).to.equal('000000020102000003000000000000046162c3a9');
    expect(() => $.writeString(w, 0, 'ab\u00e9', 3)).to.throw();
    expect(() => $.writeString(w, 0, '\udc80', 9)).to.throw(); // the walker's
    expect(() => $.writeOpaque(w, 0, [1], 9)).to.throw();
    expect(() => $.writeFixed(w, 0, Uint8Array.of(1), 2)).to.throw();
  });

  it('knows floats and objects', () => {
    expect([1e300, -1e300, '1', null].map($.isFloat)).to.deep.equal([false, false, false, false]);
    const fine = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 3.4e38];
    expect(fine.every($.isFloat)).to.equal(true);
    expect([{}, [], null, 5, undefined].map($.isObject)).to.deep.equal([true, false, false, false, false]);
  });

  it('sets little aside for elements that may not come', () => {
    expect([$.few(64).length, $.few(65).length, $.slots(1000).length, $.slots(1 << 20).length]).to.deep.equal(
      [64, 0, 1000, 0],
    );
  });
});
