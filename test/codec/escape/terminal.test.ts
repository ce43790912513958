import { expect } from 'chai';
import fc from 'fast-check';
import { escapeTerminal } from '../../../codec/escape/terminal.ts';
import { HOSTILE } from './corpus.ts';

/** Characters that a terminal acts on or hides, said in another way than the source says it. */
function isDangerous(text: string): boolean {
  for (const char of text) if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(char)) return true;
  return false;
}

describe('codec/escape/terminal', () => {
  it('leaves nothing that a terminal would act on', () => {
    for (const text of HOSTILE)
      expect(isDangerous(escapeTerminal(text)), JSON.stringify(text)).to.equal(false);
  });

  it('leaves nothing dangerous in any text of controls and format characters', () => {
    const char = fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n));
    fc.assert(
      fc.property(fc.array(char), (chars) => {
        const out = escapeTerminal(chars.join(''));
        expect(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u.test(out)).to.equal(
          false,
        );
      }),
    );
  });

  it('shows what it replaced', () => {
    expect(escapeTerminal('a\u001b[31mb')).to.equal('a\\x1b[31mb');
    expect(escapeTerminal('\t\r\n')).to.equal('\\t\\r\\n');
    expect(escapeTerminal('x\u202ey')).to.equal('x\\u{202e}y');
    expect(escapeTerminal('\udcff\ud800')).to.equal('\\xff\\u{d800}');
    expect(escapeTerminal('\u009b')).to.equal('\\x9b');
  });

  it('keeps readable text as it is', () => {
    for (const text of ['plain', 'C:\\x', '😀 é ß 漢字 עברית']) expect(escapeTerminal(text)).to.equal(text);
  });
});
