import { expect } from 'chai';
import fc from 'fast-check';
import { ByteWriter, prepareText } from '../../../dissector/output/index.ts';
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

  it('writes seconds with nine decimals, and bytes made before', () => {
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
    expect(written(32, (w) => w.bytes(Buffer.from('x'.repeat(40))))).to.equal('x'.repeat(40));
    expect(written(32, (w) => w.bytes(Buffer.from('key')))).to.equal('key');
  });

  it('writes bytes of any number as hex, wherever the buffer ends', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200, size: 'max' }),
        fc.nat(8),
        fc.integer({ min: 24, max: 300 }),
        (bytes, from, size) => {
          const off = Math.min(from, bytes.length);
          const hex = Buffer.from(bytes.subarray(off)).toString('hex');
          const len = bytes.length - off;
          expect(written(size, (w) => w.hexBytes(bytes, off, len))).to.equal(hex);
          const separated = hex.replace(/..(?!$)/g, '$&:');
          expect(written(size, (w) => w.hexBytes(bytes, off, len, 0x3a))).to.equal(separated);
        },
      ),
    );
  });

  it('writes prepared text of any length through any buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 50 }), { maxLength: 8 }),
        fc.integer({ min: 24, max: 70 }),
        (texts, size) => {
          const text = written(size, (w) => {
            for (const t of texts) w.prepared(prepareText(t));
          });
          expect(text).to.equal(texts.join(''));
        },
      ),
    );
    expect(written(24, (w) => w.prepared(prepareText('→ ü')))).to.equal('→ ü');
  });

  it('quotes what JSON has as it is, and leaves the rest', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.integer({ min: 24, max: 70 }), (text, size) => {
        let done = false;
        const out = written(size, (w) => {
          w.byte(0x20);
          done = w.quoted(text);
        });
        const plain = JSON.stringify(text) === `"${text}"` && /^[\x20-\x7e]*$/.test(text);
        expect(done).to.equal(plain && !text.includes('<') && text.length + 2 <= size);
        expect(out).to.equal(done ? ` "${text}"` : ' ');
      }),
    );
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
