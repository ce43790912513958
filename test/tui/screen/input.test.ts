import { expect } from 'chai';
import fc from 'fast-check';
import { InputReader } from '../../../tui/screen/input.ts';

function events(...chunks: string[]): unknown[] {
  const reader = new InputReader();
  return [...chunks.flatMap((chunk) => reader.push(Buffer.from(chunk))), ...reader.flush()].map((event) =>
    event.type === 'key' ? event.key : event,
  );
}

describe('tui/screen/input', () => {
  it('knows the keys of xterm, and of tmux and the console', () => {
    expect(events('\x1b[A\x1bOB\x1b[1;5C\x1b[H\x1b[4~\x1b[5~\x1b[3~\x1b[Z\x1bOP\x1b[24~')).to.deep.equal([
      'up',
      'down',
      'right',
      'home',
      'end',
      'pageup',
      'delete',
      'S-tab',
      'f1',
      'f12',
    ]);
    expect(events('a\r\t\x7f\x10 é日')).to.deep.equal([
      'a',
      'enter',
      'tab',
      'backspace',
      'C-p',
      ' ',
      'é',
      '日',
    ]);
    expect(events('\x1bx')).to.deep.equal(['M-x']);
  });

  it('waits for the rest of a sequence, and takes an ESC alone for the key', () => {
    expect(events('\x1b', '[', 'A')).to.deep.equal(['up']);
    expect(events('\x1b')).to.deep.equal(['escape']);
    expect(events('\x1b\x1b')).to.deep.equal(['escape']);
    expect(events('\xc3'.slice(0, 0), 'x')).to.deep.equal(['x']);
  });

  it('reads every mouse report of a chunk: clicks and the wheel, and drops releases', () => {
    expect(events('\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<64;1;1M\x1b[<65;10;20M\x1b[<2;1;1M')).to.deep.equal([
      { type: 'mouse', action: 'click', x: 2, y: 3 },
      { type: 'mouse', action: 'wheelup', x: 0, y: 0 },
      { type: 'mouse', action: 'wheeldown', x: 9, y: 19 },
    ]);
  });

  it('takes what is pasted as text, never as keys', () => {
    expect(events('\x1b[200~q\x1b[A', 'yes\x1b[20', '1~j')).to.deep.equal([
      { type: 'paste', text: 'q\x1b[Ayes' },
      'j',
    ]);
  });

  it('comes to the same however bytes are cut, and holds little of what never ends', () => {
    const all = Buffer.from('a\x1b[A\x1b[<0;3;4M\x1b[200~xyz\x1b[201~é\x1bOBb');
    const whole = events(all.toString());
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 8 }), (cuts) => {
        const reader = new InputReader();
        const at = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const got = at.slice(1).flatMap((to, i) => reader.push(all.subarray(at[i], to)));
        expect(got.map((event) => (event.type === 'key' ? event.key : event))).to.deep.equal(whole);
      }),
    );
    const reader = new InputReader();
    reader.push(Buffer.from(`\x1b[${'1;'.repeat(1000)}`));
    expect(reader.waiting).to.equal(false);
  });
});
