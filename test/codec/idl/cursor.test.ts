import { expect } from 'chai';
import { Cursor } from '../../../codec/idl/cursor.ts';
import { lexLine, type Token } from '../../../codec/idl/lexer.ts';

function cursorOf(text: string): Cursor {
  const tokens: Token[] = [];
  lexLine(text, 'f.x', 1, 1, tokens);
  return new Cursor(tokens, { kind: 'end', text: '', file: 'f.x', line: 9, column: 1 });
}

describe('idl: cursor', () => {
  it('stays at the end', () => {
    const cursor = cursorOf('a');
    expect(cursor.next().text).to.equal('a');
    expect(cursor.next().kind).to.equal('end');
    expect(cursor.peek(5).kind).to.equal('end');
    expect(cursor.position).to.equal(1);
  });

  it('does not take a string for a keyword', () => {
    expect(cursorOf('"{"').at('{')).to.equal(false);
    expect(cursorOf('{').at('{')).to.equal(true);
  });

  it('says what it expected and found', () => {
    expect(() => cursorOf('a').expect(';')).to.throw("expected ';', found 'a'");
    expect(() => cursorOf('').expect(';')).to.throw("expected ';', found the end of the file");
    expect(() => cursorOf('1').expectName('a name')).to.throw("expected a name, found '1'");
  });

  it('goes back, never forth', () => {
    const cursor = cursorOf('a b c');
    cursor.next();
    cursor.next();
    cursor.rewind(1);
    cursor.rewind(9);
    expect(cursor.peek().text).to.equal('b');
  });

  it('counts braces and joins text', () => {
    const cursor = cursorOf('{ a { } x');
    for (let i = 0; i < 5; i++) cursor.next();
    expect(cursor.openBraces(0)).to.equal(1);
    expect(cursor.openBraces(3)).to.equal(-1);
    expect(cursor.textBetween(1, 4)).to.equal('a { }');
    expect(cursor.some((token, before) => token.text === 'a' && before?.text === '{')).to.equal(true);
    expect(cursor.some((token) => token.text === 'b')).to.equal(false);
  });
});
