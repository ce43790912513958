import { expect } from 'chai';
import { lexLine, numberValue, quotedValue, type Token } from '../../../codec/idl/lexer.ts';

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  lexLine(text, 'f.x', 7, 1, tokens);
  return tokens;
}

describe('idl: lexer', () => {
  it('gives each token its kind and place', () => {
    expect(lex('  const\tA = 0x1F;').map((t) => [t.kind, t.text, t.line, t.column])).to.deep.equal([
      ['name', 'const', 7, 3],
      ['name', 'A', 7, 9],
      ['punct', '=', 7, 11],
      ['number', '0x1F', 7, 13],
      ['punct', ';', 7, 17],
    ]);
  });

  it('takes the longest punctuation', () => {
    expect(lex('a::b<<2>=3&&!c').map((t) => t.text)).to.deep.equal([
      'a',
      '::',
      'b',
      '<<',
      '2',
      '>=',
      '3',
      '&&',
      '!',
      'c',
    ]);
  });

  it('calls what is no token bad, and goes on', () => {
    expect(lex('12ab $ \u00e9 "open').map((t) => [t.kind, t.text])).to.deep.equal([
      ['bad', '12ab'],
      ['bad', '$'],
      ['bad', '\u00e9'],
      ['bad', '"open'],
    ]);
    expect(lex("don't").map((t) => t.kind)).to.deep.equal(['name', 'bad']);
  });

  it('reads numbers as C does', () => {
    const value = (text: string) => numberValue(lex(text)[0]!);
    expect(value('10')).to.equal(10n);
    expect(value('010')).to.equal(8n);
    expect(value('0')).to.equal(0n);
    expect(value('0xff')).to.equal(255n);
    expect(value('0XFF')).to.equal(255n);
    expect(value('18446744073709551615ULL')).to.equal((1n << 64n) - 1n);
    expect(value('089')).to.equal(null);
    expect(value('9'.repeat(100_000))! > 1n << 64n).to.equal(true);
  });

  it('reads escapes in strings and characters', () => {
    expect(quotedValue(lex('"a\\n\\"\\x41\\101\\q"')[0]!)).to.equal('a\n"AAq');
    expect(quotedValue(lex("'\\''")[0]!)).to.equal("'");
    expect(quotedValue(lex("'\\0'")[0]!)).to.equal('\0');
  });

  it('is linear in long lines', () => {
    const start = performance.now();
    lex(`"${'\\'.repeat(1_000_000)}`);
    lex(`${"'".repeat(300_000)}`);
    lex(' '.repeat(1_000_000));
    expect(performance.now() - start).to.be.lessThan(2000);
  });
});
