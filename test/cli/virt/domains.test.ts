import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DOMAIN, VirtSession } from './session.ts';

describe('cli/virt/domains', () => {
  let session: VirtSession;
  let folder: string;
  before(async () => {
    session = await VirtSession.begin();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-virt-'));
  });
  after(async () => {
    await session.end();
    rmSync(folder, { recursive: true });
  });

  it('takes a domain through its life with virsh’s words', async () => {
    const said = async (...words: string[]) => (await session.text(words)).trim();
    expect(await session.text(['define', '-'], DOMAIN('web'))).to.equal("Domain 'web' defined from -\n\n");
    expect(await said('list', '--all')).to.contain('-    web    shut off');
    expect(await said('start', 'web')).to.equal("Domain 'web' started");
    expect(await said('domstate', 'web', '--reason')).to.equal('running (booted)');
    expect(await said('suspend', 'web')).to.equal("Domain 'web' suspended");
    expect(await said('domstate', 'web')).to.equal('paused');
    expect(await said('resume', 'web')).to.equal("Domain 'web' resumed");
    expect(await said('autostart', 'web')).to.equal("Domain 'web' marked as autostarted");
    expect(await said('dominfo', 'web')).to.match(/^Autostart: {6}enable$/m);
    expect(await said('autostart', 'web', '--disable')).to.equal("Domain 'web' unmarked as autostarted");
    const file = join(folder, 'web.saved');
    expect(await said('save', 'web', file)).to.equal(`Domain 'web' saved to ${file}`);
    expect(await said('list', '--name')).to.equal('test');
    expect(await said('restore', file)).to.equal(`Domain restored from ${file}`);
    expect(await said('dumpxml', 'web')).to.match(/^<domain[\s\S]*<\/domain>$/);
    expect(await said('destroy', 'web')).to.equal("Domain 'web' destroyed");
    expect(await said('undefine', 'web')).to.equal("Domain 'web' has been undefined");
    expect(await said('list', '--inactive', '--uuid')).to.equal('');
    expect(await session.text(['create', '-'], DOMAIN('brief'))).to.equal(
      "Domain 'brief' created from -\n\n",
    );
    expect(await said('destroy', 'brief')).to.equal("Domain 'brief' destroyed");
    expect(await said('list', '--all', '--name')).to.equal('test');
  });

  it('lists UUIDs and names side by side, and nothing as one empty line, as virsh does', async () => {
    const { uuid } = (await session.json(['dominfo', 'test'])) as { uuid: string };
    // virsh 9.0.0: list --uuid --name; list --inactive --name
    expect(await session.text(['list', '--name', '--uuid'])).to.equal(`${uuid} test\n\n`);
    expect(await session.text(['list', '--uuid'])).to.equal(`${uuid}\n\n`);
    expect(await session.text(['list', '--inactive', '--name'])).to.equal('\n');
  });

  it('finds a domain by id and by UUID', async () => {
    const byName = await session.json(['dominfo', 'test']);
    const { uuid } = byName as { uuid: string };
    for (const which of ['1', uuid, uuid.toUpperCase()]) {
      expect(await session.json(['domstate', which])).to.deep.include({ state: 'running' });
    }
    expect((await session.json(['list'])) as object[]).to.have.lengthOf(1);
  });

  it('says why not, with status 1', async () => {
    const { status, err } = await session.virt(['start', 'nobody']);
    expect(status).to.equal(1);
    expect(err).to.match(/^oncilla: failed to get domain 'nobody': Domain not found/);
    expect((await session.virt(['start', 'test'])).err).to.match(/^oncilla: Failed to start domain 'test': /);
    expect((await session.virt(['define', '-'], '<no/>')).err).to.match(/Failed to define domain from -: /);
    expect((await session.virt(['resume', '999'])).status).to.equal(1);
  });
});
