import { expect } from 'chai';
import { BytesPane } from '../../../tui/panes/bytes-pane.ts';
import { Grid } from '../../../tui/screen/grid.ts';
import { Style } from '../../../tui/screen/style.ts';
import { byteAt, drawBytes } from '../../../tui/views/tree-view.ts';

describe('tui/views/tree-view', () => {
  const buf = Buffer.from('0123456789abcdef\x1b[31mred');
  const pane = new BytesPane();
  pane.list.fit(0, 5);
  pane.show([{ buf, off: 0, len: buf.length, name: 'Packet' }]);
  const area = { x: 2, y: 1, width: 78, height: 6 };

  it('draws bytes as digits and characters, and no control among them', () => {
    const grid = new Grid(80, 8);
    pane.from = 4;
    pane.to = 6;
    drawBytes(grid, area, pane, true);
    expect(grid.line(2)).to.equal(
      '  0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef',
    );
    expect(grid.line(3)).to.match(/·\[31mred$/);
    const marked = (x: number) => grid.styles[2 * 80 + x] === Style.field;
    expect([marked(2 + 6 + 12), marked(2 + 6 + 14), marked(2 + 6 + 18)]).to.deep.equal([true, true, false]);
  });

  it('knows the byte under every cell that shows one', () => {
    const grid = new Grid(80, 8);
    pane.to = pane.from;
    for (let at = 0; at < buf.length; at++) {
      pane.moveTo(at);
      drawBytes(grid, area, pane, true);
      const cells = Array.from({ length: 80 * 8 }, (_, i) => i).filter((i) => grid.styles[i] === Style.byte);
      expect(cells.length).to.equal(3);
      for (const cell of cells) expect(byteAt(area, pane, cell % 80, Math.floor(cell / 80))).to.equal(at);
    }
    expect(byteAt(area, pane, 2, 2)).to.equal(-1);
    expect(byteAt(area, pane, 79, 2)).to.equal(-1);
  });
});
