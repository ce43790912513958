import { expect } from 'chai';
import { ACTIONS } from '../../../tui/app/actions.ts';
import { keyText } from '../../../tui/app/help.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/help', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'), { size: [100, 60] });
  });
  afterEach(() => opened.close());

  it('lists every action with its keys', async () => {
    await opened.keys('?');
    const text = opened.screen().join('\n');
    const shown = ACTIONS.filter(({ title }) => text.includes(title.slice(0, 38)));
    expect(shown.length).to.be.greaterThan(20);
    expect(text).to.include('pagedown ctrl-f');
  });

  it('is searched by typing, and runs what it lists', async () => {
    await opened.keys('C-p', ...'last line', 'enter');
    expect(opened.app.overlay).to.equal(null);
    expect(opened.app.chosenRow).to.equal(275);
  });

  it('moves in its list, and closes without doing anything', async () => {
    await opened.keys('?', 'down', 'down', 'up', 'pagedown', 'pageup', 'z', 'backspace', 'escape');
    expect(opened.app.overlay).to.equal(null);
    expect(opened.app.chosenRow).to.equal(0);
  });

  it('writes keys as people do', () => {
    expect(['C-p', 'S-tab', 'M-x', ' ', 'G'].map(keyText)).to.deep.equal([
      'ctrl-p',
      'shift-tab',
      'alt-x',
      'space',
      'G',
    ]);
  });
});
