import { expect } from 'chai';
import { TextOverlay } from '../../../tui/app/text-overlay.ts';
import { Style } from '../../../tui/screen/style.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/text-overlay', () => {
  let opened: Opened;
  const done: string[] = [];
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'), { size: [60, 12] });
    const numbered = (name: string) => ({
      name,
      lines: () =>
        Array.from({ length: 100 }, (_, i) => ({ text: `${name} ${i} \x1b[31m`, style: Style.plain })),
    });
    opened.app.overlay = new TextOverlay({
      title: 'T',
      pages: [numbered('one'), numbered('two')],
      keys: { x: { hint: 'do it', run: () => done.push('x') } },
    });
    opened.grid();
  });
  afterEach(() => opened.close());

  it('scrolls, turns pages, and shows control characters instead of obeying them', async () => {
    expect(opened.screen()[1]).to.equal('one 0 \\x1b[31m');
    await opened.keys('j', 'pagedown', 'k', 'k');
    expect(opened.screen()[1]).to.match(/^one 9 /);
    await opened.keys('G');
    expect(opened.screen()[10]).to.match(/^one 99 /);
    await opened.keys('tab');
    expect(opened.screen()[1]).to.match(/^two 0 /);
    await opened.keys('1', 'G', 'g', 'pageup');
    expect(opened.screen()[1]).to.match(/^one 0 /);
    opened.app.mouse(1, 1, 'wheeldown');
    expect(opened.screen()[1]).to.match(/^one 3 /);
  });

  it('is searched, runs keys of its own, and closes', async () => {
    await opened.keys('s', ...'ONE 42', 'enter');
    expect(opened.screen()[1]).to.match(/^one 42 /);
    expect(opened.grid().styles[60]).to.equal(Style.match);
    await opened.keys('n', 's', 'escape', 'x');
    expect(done).to.deep.equal(['x']);
    expect(opened.screen()[11]).to.include('x do it');
    await opened.keys('escape');
    expect(opened.app.overlay).to.equal(null);
  });
});
