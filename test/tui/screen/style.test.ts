import { expect } from 'chai';
import { STYLES, Style, THEME_NAMES, THEMES } from '../../../tui/screen/style.ts';

describe('tui/screen/style', () => {
  it('every theme has a look for every style', () => {
    for (const name of THEME_NAMES) expect(THEMES[name].length, name).to.equal(STYLES.length);
    expect(Style.plain).to.equal(0);
  });

  it('the theme of 16 colours asks for no more, and the one without for none', () => {
    expect(THEMES['16'].every(({ fg, bg }) => fg < 16 && bg < 16)).to.equal(true);
    expect(THEMES.none.every(({ fg, bg }) => fg < 0 && bg < 0)).to.equal(true);
  });

  it('a cursor can be told from what is around it in every theme', () => {
    for (const name of THEME_NAMES) {
      expect(THEMES[name][Style.cursor], name).not.to.deep.equal(THEMES[name][Style.plain]);
    }
  });
});
