import { expect } from 'chai';
import { LineEditor } from '../../../tui/panes/line-editor.ts';

function typed(editor: LineEditor, ...keys: string[]): string {
  for (const key of keys) editor.key(key);
  return `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`;
}

describe('tui/panes/line-editor', () => {
  it('types, moves and cuts as a shell does', () => {
    const e = new LineEditor();
    expect(typed(e, ...'rpc.xid == 1')).to.equal('rpc.xid == 1|');
    expect(typed(e, 'home', 'right', 'delete')).to.equal('r|c.xid == 1');
    expect(typed(e, 'backspace', 'end', 'C-w')).to.equal('c.xid == |');
    expect(typed(e, 'left', 'C-k')).to.equal('c.xid ==|');
    expect(typed(e, 'C-u')).to.equal('|');
  });

  it('moves over characters, not halves of them', () => {
    const e = new LineEditor('a😀b');
    expect(typed(e, 'left', 'left', 'left')).to.equal('|a😀b');
    expect(typed(e, 'right', 'right', 'backspace')).to.equal('a|b');
  });

  it('recalls what was typed before, and the draft after it', () => {
    const e = new LineEditor('', ['one', 'two']);
    expect(typed(e, 'x', 'up')).to.equal('two|');
    expect(typed(e, 'up', 'up')).to.equal('one|');
    expect(typed(e, 'down', 'down')).to.equal('x|');
  });

  it('takes no control characters from a paste, and leaves keys it does not know', () => {
    const e = new LineEditor();
    e.insert('a\n\x1b[31mb');
    expect(e.text).to.equal('a [31mb');
    expect(e.key('f5')).to.equal(false);
    expect(e.key('escape')).to.equal(false);
  });

  it('puts a completed word in the place of its beginning', () => {
    const e = new LineEditor('rpc.x == 1');
    typed(e, 'home', ...Array.from({ length: 5 }, () => 'right'));
    e.complete(0, 'rpc.xid');
    expect(typed(e)).to.equal('rpc.xid| == 1');
  });
});
