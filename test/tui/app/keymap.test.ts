import { expect } from 'chai';
import { newKeymap } from '../../../tui/app/keymap.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/keymap', () => {
  let opened: Opened;
  before(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  after(() => opened.close());

  it('collects numbers and keys until they mean something, and shows them meanwhile', async () => {
    const { app } = opened;
    await opened.keys('1', '2');
    expect(app.keymap.pending).to.equal('12');
    await opened.keys('j');
    expect([app.chosenRow, app.keymap.pending]).to.deep.equal([12, '']);
    await opened.keys('g');
    expect(app.keymap.pending).to.equal('g');
    await opened.keys('g');
    expect(app.chosenRow).to.equal(0);
  });

  it('says that a key means nothing, and forgets what led to nothing', async () => {
    await opened.keys('f9');
    expect(opened.app.message).to.equal('f9 means nothing here; ? lists the keys');
    await opened.keys('g', 'z', 'j');
    expect(opened.app.chosenRow).to.equal(1);
  });

  it('binds keys anew, and takes their meaning away', async () => {
    const keymap = newKeymap();
    keymap.bind('Q', 'quit');
    keymap.bind('q', '');
    expect(keymap.keysOfId('quit')).to.include('Q').and.not.include('q');
    expect(() => keymap.bind('y', 'dance')).to.throw(RangeError, 'there is no action dance');
  });
});
