import { expect } from 'chai';
import { Grid } from '../../../tui/screen/grid.ts';
import { Style, THEMES } from '../../../tui/screen/style.ts';
import { colorOf, gridSvg } from '../../../tui/screen/svg.ts';

describe('tui/screen/svg', () => {
  it('draws runs of cells where they stand, with their colours, and text as text', () => {
    const grid = new Grid(10, 2);
    grid.put(2, 1, '<a>&日', Style.bad);
    const svg = gridSvg(grid, THEMES.dark, 'a <title>');
    expect(svg).to.include('viewBox="0 0 80 34"').and.to.include('<title>a &lt;title&gt;</title>');
    expect(svg).to.match(/<text x="16" y="30" textLength="48"[^>]*fill="#ff8787">&lt;a&gt;&amp;日<\/text>/);
    expect(svg).not.to.include('<a>');
  });

  it('knows the colours of xterm', () => {
    expect([0, 9, 16, 210, 232, 255].map(colorOf)).to.deep.equal([
      '#000000',
      '#ff0000',
      '#000000',
      '#ff8787',
      '#080808',
      '#eeeeee',
    ]);
  });
});
