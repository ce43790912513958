import { expect } from 'chai';
import { Style } from '../../../tui/screen/style.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/filter-bar', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  afterEach(() => opened.close());

  const style = () => opened.grid().styles[100 + 12];

  it('is green, yellow or red while it is typed, and points at what is wrong', async () => {
    await opened.keys('/', ...'rpc');
    expect(style()).to.equal(Style.valid);
    await opened.keys('C-u', ...'virt');
    expect(style()).to.equal(Style.unknown);
    await opened.keys('C-u', ...'tcp ==');
    expect(style()).to.equal(Style.invalid);
    await opened.keys('C-u', ...'tcp && nix');
    const grid = opened.grid();
    const pointed = [...grid.styles.subarray(100, 200)].flatMap((s, x) => (s === Style.byte ? [x] : []));
    expect(pointed).to.deep.equal([17, 18, 19]);
    expect(grid.line(1)).to.include('nix is neither a field nor a protocol name');
    await opened.keys('enter');
    expect(opened.app.overlay).not.to.equal(null);
  });

  it('filters, keeps the packet chosen, and is taken away and put back', async () => {
    await opened.keys('2', '1', 'G', '/', ...'rpc.msgtyp == 1', 'enter');
    const { app } = opened;
    expect([app.rows.length, app.chosenRow]).to.deep.equal([67, 20]);
    expect(opened.screen()[1]).to.match(/rpc\.msgtyp == 1 +67 of 276 *$/);
    await opened.keys('F');
    expect([app.rows.length, app.chosenRow]).to.deep.equal([276, 20]);
    expect(opened.screen()[1]).to.include('(off)  rpc.msgtyp == 1');
    await opened.keys('F');
    expect([app.rows.length, app.chosenRow]).to.deep.equal([67, 20]);
    await opened.keys('/', 'C-u', 'enter');
    expect(app.filterRun).to.equal(null);
  });

  it('completes with tab, by itself where there is one word, else from the list', async () => {
    await opened.keys('/', ...'rpc.xi', 'tab');
    expect(opened.screen()[1]).to.include('rpc.xid');
    await opened.keys(...' == 1 && rpc.msg', 'tab', ...' == ', 'tab', 'down', 'enter');
    expect(opened.screen()[1]).to.include('rpc.xid == 1 && rpc.msgtyp == "Reply"');
    await opened.keys('escape');
    expect(opened.app.overlay).to.equal(null);
  });

  it('remembers what was used', async () => {
    await opened.keys('/', ...'tcp', 'enter', '/', 'C-u', ...'udp', 'enter', '/', 'C-u', 'up', 'up');
    expect(opened.screen()[1]).to.match(/Filter: {2}tcp/);
  });

  it('takes pastes as text', async () => {
    await opened.keys('/');
    opened.app.paste('rpc.xid\n== 1');
    expect(opened.screen()[1]).to.include('rpc.xid == 1');
  });

  it('= begins with the chosen field and its value', async () => {
    await opened.keys('2', '0', 'G');
    opened.app.tree.selectField('rpc.xid');
    await opened.keys('=', 'enter');
    expect(opened.app.filterRun!.text).to.equal('rpc.xid == 0x00d4e778');
    expect(opened.app.rows.length).to.equal(2);
  });

  it('a filter that is going on can be stopped', () => {
    const { app } = opened;
    app.applyFilter('rpc');
    app.work(0);
    expect(app.filterRun?.pending).to.equal(true);
    expect(app.stop()).to.equal(true);
    expect(app.filterRun).to.equal(null);
    expect(app.stop()).to.equal(false);
  });
});
