import { expect } from 'chai';
import { until } from '../../until.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/act', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'), { size: [120, 40] });
    // the MNT call
    await opened.keys('1', '8', 'G');
  });
  afterEach(() => opened.close());

  const text = () => opened.screen().join('\n');

  it('e edits the arguments as JSON, refuses what are none, and r sends what was edited', async () => {
    const { host, app } = opened;
    host.editor = (json) => {
      expect(JSON.parse(json)).to.equal('/share/letters');
      return '"/share/wrong"';
    };
    await opened.keys('e');
    await until(() => app.message !== '');
    expect(app.message).to.equal('not arguments of MNT: no such field');
    host.editor = () => '"/elsewhere"';
    await opened.keys('e');
    await until(() => app.message !== '');
    expect([app.message, app.edited?.json]).to.deep.equal(['edited: r sends it', '"/elsewhere"']);
    host.editor = () => null;
    await opened.keys('e');
    await until(() => app.message !== '');
    expect(app.message).to.equal('nothing was changed');
  });

  it('r asks where to, sends, and shows the answer beside the recorded one', async () => {
    const { host, app, capture } = opened;
    const { result } = capture.transaction(capture.trace.calls.get(3));
    host.answer = result;
    await opened.keys('r');
    expect(text()).to.include('Send MNT to: tcp://127.0.0.1:20048');
    expect(host.done).to.deep.equal([]);
    await opened.keys('enter');
    await until(() => app.overlay !== null);
    expect(host.done).to.deep.equal(['call tcp://127.0.0.1:20048 100005.3.1']);
    expect(text()).to.include('The answers are the same.').and.not.include('not verified');
    host.warnings = ['the certificate is not verified'];
    host.answer = '{"fhs_status":"MNT3ERR_NOENT"}';
    await opened.keys('escape', 'r', 'enter');
    await until(() => app.overlay !== null);
    expect(text())
      .to.include('+   "fhs_status": "MNT3ERR_NOENT"')
      .and.include('the certificate is not verified')
      .and.to.match(/- {3}"fhs_status": "MNT3_OK"/);
    host.answer = null;
    await opened.keys('escape', 'r', 'enter');
    await until(() => app.overlay !== null);
    expect(text()).to.include('Not answered: connection refused');
  });

  it('f replays with the chosen field mutated', async () => {
    const { app, host } = opened;
    await opened.keys('f');
    app.tree.selectField('rpc.xid');
    await opened.keys('f');
    expect(text()).to.include('Replay with call=4,field=header to: tcp://127.0.0.1:20048');
    await opened.keys('enter');
    await until(() => app.overlay !== null);
    expect(host.done.at(-1)).to.equal(
      'replay test.pcap --to tcp://127.0.0.1:20048 --mutate call=4,field=header',
    );
    expect(text()).to.include('replayed');
  });

  it('y copies as JSON, as hex, and as a line for the shell, and nothing else does', async () => {
    const { app, host } = opened;
    await opened.keys('y', 'j', 'y', 'c');
    const [json, line] = host.done.map((did) => did.replace(/^copy /, ''));
    expect(JSON.parse(json!)).to.include({ program: 100005, procedure: 1, args: '/share/letters' });
    expect(line).to.equal(`oncilla call tcp://127.0.0.1:20048 100005.3.1 '"/share/letters"'`);
    app.tree.selectField('rpc.xid');
    await opened.keys('y', 'h');
    expect(host.done.at(-1)).to.equal('copy 00d4e777');
  });

  it('says so where there is no call', async () => {
    await opened.keys('g', 'g', 'r');
    expect(opened.app.message).to.equal('choose a call first');
    await opened.keys('c', 'M');
    expect(opened.host.done).to.deep.equal(['mouse false']);
  });
});
