import { expect } from 'chai';
import fc from 'fast-check';
import {
  asciiText,
  bytesOfText,
  isWellFormed,
  maxTextBytes,
  textOf,
  writeText,
} from '../../../codec/xdr/text.ts';

const text = (bytes: readonly number[]): string => textOf(Uint8Array.from(bytes), 0, bytes.length);

describe('text', () => {
  it('turns any bytes into a string and back', () => {
    const nearUtf8 = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xef, 0xbf, 0xbd),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(nearUtf8, (bytes) => {
        const all = Uint8Array.from([1, 2, ...bytes, 3]);
        const decoded = textOf(all, 2, all.length - 1);
        expect([...(bytesOfText(decoded) ?? [])]).to.deep.equal(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('turns any well-formed string into UTF-8 and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (s) => {
        const bytes = Buffer.from(s);
        expect(textOf(bytes, 0, bytes.length)).to.equal(s);
        expect(Buffer.from(bytesOfText(s) as Uint8Array).equals(bytes)).to.equal(true);
        const room = new Uint8Array(maxTextBytes(s) + 3);
        const written = writeText(room, s, 3) as number;
        expect(Buffer.from(room.subarray(3, 3 + written)).equals(bytes)).to.equal(true);
      }),
    );
  });

  it('reads and writes ASCII of any length', () => {
    for (let length = 0; length < 100; length++) {
      const s = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 37 + length) & 0x7f));
      const bytes = Buffer.from(`xy${s}`);
      expect(asciiText(bytes, 2, bytes.length)).to.equal(s);
      const room = new Uint8Array(maxTextBytes(s) + 1);
      expect(writeText(room, s, 1)).to.equal(length);
      expect(Buffer.from(room.subarray(1, 1 + length)).toString()).to.equal(s);
    }
  });

  it('writes no lone surrogate, however long the string', () => {
    for (const length of [0, 11, 12, 63, 64, 500]) {
      expect(writeText(new Uint8Array(3000), `${'a'.repeat(length)}\udc80`, 0)).to.equal(undefined);
    }
  });

  it('escapes exactly what is not UTF-8', () => {
    expect(text([0x61, 0xff, 0x62])).to.equal('a\udcffb');
    expect(text([0xc0, 0x80])).to.equal('\udcc0\udc80'); // overlong
    expect(text([0xed, 0xa0, 0x80])).to.equal('\udced\udca0\udc80'); // a surrogate
    expect(text([0xf4, 0x90, 0x80, 0x80])).to.equal('\udcf4\udc90\udc80\udc80'); // above U+10FFFF
    expect(text([0xe2, 0x82])).to.equal('\udce2\udc82'); // cut short
    expect(text([0xef, 0xbf, 0xbd])).to.equal('\ufffd'); // a true replacement character
    expect(text([0xef, 0xbb, 0xbf, 0x61])).to.equal('\ufeffa'); // a byte order mark stays
    expect(text([0xf0, 0x9f, 0x98, 0x80, 0xff])).to.equal('\u{1f600}\udcff');
  });

  it('refuses strings that no bytes decode to', () => {
    for (const bad of [
      '\ud800',
      'a\udbff',
      '\udc00',
      '\udc7f',
      '\udd00',
      '\udcc3\udca9',
      'x\udce2\udc82\udcac',
    ]) {
      expect(bytesOfText(bad), JSON.stringify(bad)).to.equal(undefined);
      expect(isWellFormed(bad)).to.equal(false);
    }
    expect(bytesOfText('\udcc3x')).to.deep.equal(Uint8Array.of(0xc3, 0x78));
  });
});
