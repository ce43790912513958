import { expect } from 'chai';
import { parseScript, parseSize } from '../../../tui/screen/script.ts';

describe('tui/screen/script', () => {
  it('reads keys, names and what else happens', () => {
    expect(
      parseScript('jG\n<enter><C-p><space><lt><draw><resize 80x24><click 3,4><wheel down 1,2><paste a b>'),
    ).to.deep.equal([
      { type: 'key', key: 'j' },
      { type: 'key', key: 'G' },
      { type: 'key', key: 'enter' },
      { type: 'key', key: 'C-p' },
      { type: 'key', key: ' ' },
      { type: 'key', key: '<' },
      { type: 'draw' },
      { type: 'resize', width: 80, height: 24 },
      { type: 'mouse', action: 'click', x: 3, y: 4 },
      { type: 'mouse', action: 'wheeldown', x: 1, y: 2 },
      { type: 'paste', text: 'a b' },
    ]);
  });

  it('names what is no key and no size', () => {
    expect(() => parseScript('<retrun>')).to.throw(RangeError, '<retrun> is no key');
    for (const size of ['80', '0x5', '80x99999', 'ax4']) expect(() => parseSize(size)).to.throw(RangeError);
  });
});
