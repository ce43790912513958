import { expect } from 'chai';
import fc from 'fast-check';
import { ByteWriter } from '../../../dissector/output/index.ts';
import { secondsText } from '../../../dissector/tree/format.ts';
import { TextSink } from '../tree/explain.ts';

function written(size: number, write: (w: ByteWriter) => void): string {
  const sink = new TextSink();
  const w = new ByteWriter(sink, size);
  write(w);
  w.flush();
  return sink.text;
}

describe('byte writer', () => {
  it('writes any text through any buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 8 }),
        fc.integer({ min: 40, max: 200 }),
        (texts, size) => {
          // whole chunks are decoded one by one, so a character must never be cut
          const text = written(size, (w) => {
            for (const t of texts) w.text(t);
          });
          expect(text).to.equal(texts.join(''));
        },
      ),
    );
  });

  it('writes integers as String does', () => {
    fc.assert(
      fc.property(fc.nat(), fc.maxSafeNat(), (a, b) => {
        expect(
          written(32, (w) => {
            w.decimal(a);
            w.byte(0x20);
            w.decimal(b);
          }),
        ).to.equal(`${a} ${b}`);
      }),
    );
    expect(written(32, (w) => w.decimal(Number.MAX_SAFE_INTEGER))).to.equal(String(Number.MAX_SAFE_INTEGER));
    expect(written(32, (w) => w.decimal(0))).to.equal('0');
  });

  it('writes hex of a given width and of bytes', () => {
    expect(written(32, (w) => w.hex(0xdeadbeef, 8))).to.equal('0xdeadbeef');
    expect(written(32, (w) => w.hex(0x2a, 4))).to.equal('0x002a');
    const bytes = Buffer.from('0001fe', 'hex');
    expect(written(32, (w) => w.hexBytes(bytes, 1, 2))).to.equal('01fe');
    const long = Buffer.alloc(100, 0xab);
    expect(written(32, (w) => w.hexBytes(long, 0, 100))).to.equal('ab'.repeat(100));
    const colon = 0x3a;
    for (const size of [32, 33, 34]) {
      expect(written(size, (w) => w.hexBytes(long, 0, 100, colon))).to.equal(`${'ab:'.repeat(99)}ab`);
    }
    expect(written(32, (w) => w.hexBytes(bytes, 1, 0, colon))).to.equal('');
  });

  it('writes seconds with nine decimals, spaces, and bytes made before', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (ns) => {
        expect(written(32, (w) => w.seconds(ns))).to.equal(secondsText(ns));
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (ns) => {
        expect(written(32, (w) => w.seconds(ns))).to.equal(secondsText(ns));
      }),
    );
    expect(written(32, (w) => w.spaces(70))).to.equal(' '.repeat(70));
    expect(written(32, (w) => w.bytes(Buffer.from('x'.repeat(40))))).to.equal('x'.repeat(40));
    expect(written(32, (w) => w.bytes(Buffer.from('key')))).to.equal('key');
  });

  it('hands nothing on until it must', () => {
    const chunks: number[] = [];
    const w = new ByteWriter({ write: (c) => void chunks.push(c.length) }, 64);
    w.text('short');
    expect(chunks).to.deep.equal([]);
    w.text('x'.repeat(100));
    expect(chunks).to.deep.equal([5, 100]);
    w.flush();
    expect(chunks).to.deep.equal([5, 100]);
  });
});
