import { expect } from 'chai';
import { Grid } from '../../../tui/screen/grid.ts';
import { openBox } from '../../../tui/views/box.ts';

describe('tui/views/box', () => {
  it('stands in the middle, and within the screen however small', () => {
    expect(openBox(new Grid(80, 24), { title: 'T', width: 40, height: 10 })).to.deep.equal({
      x: 21,
      y: 8,
      width: 38,
      height: 9,
    });
    const tiny = openBox(new Grid(10, 5), { title: 'T', width: 40, height: 10 });
    expect([tiny.width, tiny.height]).to.deep.equal([6, 2]);
  });
});
