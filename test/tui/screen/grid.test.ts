import { expect } from 'chai';
import fc from 'fast-check';
import { Grid } from '../../../tui/screen/grid.ts';
import { textCells } from '../../../tui/screen/text-cells.ts';

describe('tui/screen/grid', () => {
  it('cuts what is too long with a sign, and leaves what is beside it', () => {
    const grid = new Grid(10, 1);
    grid.put(8, 0, 'zz', 0);
    expect(grid.put(0, 0, 'a long text', 1, 6)).to.equal(6);
    expect(grid.line(0)).to.equal('a lon…  zz');
  });

  it('gives wide characters two cells, and never half of one', () => {
    const grid = new Grid(6, 1);
    grid.put(0, 0, '日本語日', 0);
    expect(grid.line(0)).to.equal('日本 …');
    grid.clear();
    grid.put(0, 0, '日本', 0, 6, 1);
    expect(grid.line(0)).to.equal(' 本');
  });

  it('joins marks to their character, but no more than two', () => {
    const grid = new Grid(4, 1);
    grid.put(0, 0, `e${'\u0301'.repeat(50)}x`, 0);
    expect(grid.line(0)).to.equal('e\u0301\u0301x');
  });

  it('shows control characters instead of obeying them', () => {
    const grid = new Grid(40, 1);
    grid.put(0, 0, '\x1b[31mred\x07\r\n\x9b2J‮', 0);
    expect(grid.line(0)).to.equal('\\x1b[31mred\\x07\\r\\n\\x9b2J\\u{202e}');
  });

  it('no text makes a line wider than the screen, or writes outside its width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: -5, max: 25 }),
        fc.integer({ min: -2, max: 30 }),
        fc.nat(10),
        (text, x, width, skip) => {
          const grid = new Grid(20, 3);
          grid.put(x, 1, text, 5, width, skip);
          expect(textCells(grid.chars.slice(20, 40).join(''))).to.equal(20);
          expect(grid.line(0) + grid.line(2)).to.equal('');
          for (let i = 0; i < 20; i++) {
            if (i < x || i >= x + width) expect(grid.styles[20 + i]).to.equal(0);
          }
          expect(grid.chars.join('')).not.to.match(/[\x00-\x1f\x7f-\x9f]/);
        },
      ),
    );
  });
});
