import { expect } from 'chai';
import { tokenize } from '../../../dissector/filter/lexer.ts';

const show = (text: string) =>
  tokenize(text)
    .slice(0, -1)
    .map((token) => `${token.kind}:${token.text}`)
    .join(' ');

describe('dissector/filter/lexer', () => {
  it('takes names, numbers, addresses and byte runs as words', () => {
    expect(show('rpc.xid 0x1f 10.0.0.0/8 fe80::/10 00-01-02 80:00')).to.equal(
      'word:rpc.xid word:0x1f word:10.0.0.0/8 word:fe80::/10 word:00-01-02 word:80:00',
    );
  });

  it('splits ranges and operators, with and without blanks', () => {
    expect(show('a==1&&!b')).to.equal('word:a operator:== word:1 operator:&& operator:! word:b');
    expect(show('a in {1..5,7 .. 9}')).to.equal(
      'word:a word:in operator:{ word:1 operator:.. word:5 operator:, word:7 operator:.. word:9 operator:}',
    );
    expect(show('a !== b === c >= d')).to.equal(
      'word:a operator:!== word:b operator:=== word:c operator:>= word:d',
    );
  });

  it('unescapes strings and characters, but not raw strings', () => {
    expect(show('"a\\x41\\101\\u0042\\n\\""')).to.equal('string:aAAB\n"');
    expect(show('r"a\\x41"')).to.equal('string:a\\x41');
    expect(show("'A' '\\n' '\\x00'")).to.equal('char:65 char:10 char:0');
  });

  it('keeps brackets whole, and every column', () => {
    const tokens = tokenize(' frame[0:4] #1');
    expect(tokens.map(({ kind, text, at, end }) => [kind, text, at, end])).to.deep.equal([
      ['word', 'frame', 1, 6],
      ['brackets', '0:4', 6, 11],
      ['operator', '#', 12, 13],
      ['word', '1', 13, 14],
      ['end', '', 14, 14],
    ]);
  });

  it('refuses what it cannot read', () => {
    for (const text of ['"a', "'ab'", "''", 'a[1', 'a @ b', 'a = b', '"\\q"', `${'$'}{x}`]) {
      expect(() => tokenize(text), text).to.throw();
    }
  });
});
