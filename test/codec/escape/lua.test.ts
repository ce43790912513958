import { expect } from 'chai';
import { quoteLua } from '../../../codec/escape/lua.ts';
import { WELL_FORMED } from './corpus.ts';

/** Reads a literal as Lua 5.1 does, into bytes. */
function readLua(literal: string): Buffer {
  expect(literal).to.match(/^"(?:[ !#-[\]-~]|\\["\\]|\\\d\d\d)*"$/);
  const bytes: number[] = [];
  for (const [, escaped, plain] of literal.slice(1, -1).matchAll(/\\(\d\d\d|.)|(.)/g)) {
    if (plain !== undefined) bytes.push(plain.charCodeAt(0));
    else if (escaped !== undefined) bytes.push(/^\d/.test(escaped) ? Number(escaped) : escaped.charCodeAt(0));
  }
  return Buffer.from(bytes);
}

describe('codec/escape/lua', () => {
  it('is one literal of the same bytes', () => {
    for (const text of WELL_FORMED) {
      expect(readLua(quoteLua(text)).toString('utf8')).to.equal(text);
    }
  });

  it('turns escaped bytes back into bytes, other lone surrogates into U+FFFD', () => {
    expect([...readLua(quoteLua('\udc80a\udcff'))]).to.deep.equal([0x80, 0x61, 0xff]);
    expect(readLua(quoteLua('\ud800')).toString('utf8')).to.equal('\ufffd');
  });

  it('keeps a digit behind an escape apart', () => {
    expect(quoteLua('\u00011')).to.equal('"\\0011"');
  });
});
