import { expect } from 'chai';
import { VirtSession } from './session.ts';

const LAB =
  "<network><name>lab</name><bridge name='virbr9'/><ip address='10.1.1.1' netmask='255.255.255.0'/></network>";

describe('cli/virt/networks', () => {
  let session: VirtSession;
  before(async () => {
    session = await VirtSession.begin();
  });
  after(() => session.end());

  it('lists as virsh does', async () => {
    // virsh 9.0.0: net-list
    expect(await session.text(['net-list'])).to.equal(
      [
        ' Name      State    Autostart   Persistent',
        '--------------------------------------------',
        ' default   active   no          yes',
        '',
        '',
      ].join('\n'),
    );
  });

  it('lists nothing as one empty line, and names or UUIDs but not both, as virsh does', async () => {
    // virsh 9.0.0: net-list --inactive --name; net-list --uuid --name
    expect(await session.text(['net-list', '--inactive', '--name'])).to.equal('\n');
    const { status, err } = await session.virt(['net-list', '--uuid', '--name']);
    expect([status, err]).to.deep.equal([2, 'oncilla: --name and --uuid: net-list takes only one of them\n']);
  });

  it('takes a network through its life with virsh’s words', async () => {
    const said = async (...words: string[]) => (await session.text(words)).trim();
    expect(await session.text(['net-define', '-'], LAB)).to.equal('Network lab defined from -\n\n');
    expect(await said('net-start', 'lab')).to.equal('Network lab started');
    expect(await said('net-info', 'lab')).to.match(/^Bridge: {9}virbr9$/m);
    expect(await said('net-autostart', 'lab')).to.equal('Network lab marked as autostarted');
    expect(await said('net-autostart', 'lab', '--disable')).to.equal('Network lab unmarked as autostarted');
    expect(await said('net-dumpxml', 'lab')).to.match(/^<network>[\s\S]*<\/network>$/);
    expect(await said('net-destroy', 'lab')).to.equal('Network lab destroyed');
    expect(await said('net-list', '--inactive', '--name')).to.equal('lab');
    const [{ uuid }] = (await session.json(['net-list', '--inactive'])) as [{ uuid: string }];
    expect(await said('net-undefine', uuid)).to.equal(`Network ${uuid} has been undefined`);
    expect(await session.text(['net-create', '-'], LAB)).to.equal('Network lab created from -\n\n');
    expect(await said('net-list', '--uuid')).to.match(/^[0-9a-f-]{36}\n[0-9a-f-]{36}$/);
  });

  it('says why not, with status 1', async () => {
    const { status, err } = await session.virt(['net-start', 'nobody']);
    expect([status, err]).to.deep.equal([
      1,
      "oncilla: failed to get network 'nobody': Network not found: no network with matching name 'nobody'\n",
    ]);
  });
});
