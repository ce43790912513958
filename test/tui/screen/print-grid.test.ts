import { expect } from 'chai';
import { Grid } from '../../../tui/screen/grid.ts';
import { gridAnsi, gridText, sgr, toAscii } from '../../../tui/screen/print-grid.ts';
import { Style, THEMES } from '../../../tui/screen/style.ts';

describe('tui/screen/print-grid', () => {
  it('prints lines, and lines with colours', () => {
    const grid = new Grid(6, 2);
    grid.put(0, 0, 'ab', Style.plain);
    grid.put(2, 0, 'cd', Style.bad);
    expect(gridText(grid)).to.equal('abcd\n\n');
    const [first] = gridAnsi(grid, THEMES['16']).split('\n');
    expect(first).to.equal('\x1b[0mab\x1b[0;31mcd\x1b[0m  \x1b[0m');
  });

  it('says colours as their number asks for', () => {
    const look = { fg: 3, bg: 12, bold: true, underline: true, inverse: true };
    expect(sgr(look)).to.equal(';1;4;7;33;104');
    expect(sgr({ ...look, fg: 200, bg: -1, bold: false, underline: false, inverse: false })).to.equal(
      ';38;5;200',
    );
  });

  it('has a likeness in ASCII for what it draws, and ? for the rest, cell by cell', () => {
    const grid = new Grid(12, 1);
    grid.put(0, 0, '▸→… ▁█ 日é', 0);
    toAscii(grid);
    expect(grid.line(0)).to.equal('+>~ _# ? ?');
  });
});
