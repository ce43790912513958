import { expect } from 'chai';
import { VirtSession } from './session.ts';

describe('cli/virt/host', () => {
  let session: VirtSession;
  before(async () => {
    session = await VirtSession.begin();
  });
  after(() => session.end());

  it('shows the host and the daemon as virsh does', async () => {
    expect(await session.text(['nodeinfo'])).to.match(/^CPU model: {11}x86_64\nCPU\(s\): {14}16\n/);
    expect(await session.text(['uri'])).to.equal('test:///default\n\n');
    expect(await session.text(['version', '--daemon'])).to.match(
      /^Compiled against library: oncilla .*\nUsing library: oncilla .*\nUsing API: Test .*\nRunning hypervisor: Test 0\.0\.2\nRunning against daemon: /,
    );
    expect(await session.text(['capabilities'])).to.match(/^<capabilities>/);
    expect((await session.text(['hostname'])).trim()).to.not.equal('');
  });

  it('gives all of it as JSON', async () => {
    for (const name of ['nodeinfo', 'uri', 'version', 'capabilities', 'hostname']) {
      expect(await session.json([name]), name).to.be.an('object');
    }
    expect(await session.json(['nodeinfo'])).to.deep.include({ memory: '4194304' });
  });
});
