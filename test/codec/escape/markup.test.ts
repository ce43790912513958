import { expect } from 'chai';
import { escapeMarkupAttribute, escapeMarkupText } from '../../../codec/escape/markup.ts';
import { HOSTILE } from './corpus.ts';

/** What an XML parser makes of it. */
function parseReferences(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(Number(n)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

const isXmlChar = (c: number) =>
  c === 9 ||
  c === 10 ||
  c === 13 ||
  (c >= 0x20 && c <= 0xd7ff) ||
  (c >= 0xe000 && c <= 0xfffd) ||
  c >= 0x10000;

for (const [name, escapeWith, forbidden] of [
  ['escapeMarkupText', escapeMarkupText, /[<>\r]|&(?!amp;|lt;|gt;|#13;)/],
  ['escapeMarkupAttribute', escapeMarkupAttribute, /[<>"'\t\n\r]|&(?!amp;|lt;|gt;|quot;|#39;|#9;|#10;|#13;)/],
] as const) {
  describe(`codec/escape/markup ${name}`, () => {
    it('leaves no character that ends text or an attribute, or that XML forbids', () => {
      for (const text of HOSTILE) {
        const out = escapeWith(text);
        expect(out, JSON.stringify(text)).not.to.match(forbidden);
        for (const char of out)
          expect(isXmlChar(char.codePointAt(0) as number), JSON.stringify(text)).to.equal(true);
      }
    });

    it('means the same text, but for what XML cannot hold', () => {
      for (const text of HOSTILE) {
        const expected = [...text]
          .map((c) => (isXmlChar(c.codePointAt(0) as number) ? c : '\ufffd'))
          .join('');
        expect(parseReferences(escapeWith(text))).to.equal(expected);
      }
    });
  });
}
