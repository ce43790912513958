import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

function whatIsLacking(): string {
  if (process.getuid?.() !== 0) return 'root';
  // Where ganesha looks which file system an export is of; a bare chroot has none.
  const files = ['/etc/mtab'].filter((file) => !existsSync(file));
  return noNamespace() ?? [...missingPrograms(['ganesha.nfsd']), ...files].join(', ');
}

const lacking = whatIsLacking();

describe(`peers: nfs-ganesha${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(20_000);

  it('registers with our port mapper and answers call for MOUNT and NFS', function () {
    if (lacking !== '') this.skip();
    // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
    const found = inNamespace('ganesha.ts') as any;
    expect(found.registered.map((one: { netid: string }) => one.netid)).to.include.members(['tcp', 'udp']);
    expect(found.registered[0]).to.deep.include({ owner: 'superuser' });
    expect(found.mounted.fhs_status).to.equal('MNT3_OK');
    expect(found.letters.resok.obj_attributes.attributes.type).to.equal('NF3DIR');
    expect(found.read.resok).to.include({ count: 13, eof: true, data: hex('Dear reader,\n') });
    const names = found.listing.resok.reply.entries.map((entry: { name: string }) => entry.name);
    expect(names).to.have.members(['.', '..', 'hello.txt']);
    expect(found.written).to.deep.include({ status: 'NFS3_OK' });
    expect(found.written.resok).to.include({ count: 13 });
    expect(found.committed.status).to.equal('NFS3_OK');
    // The server's write verifier says whether it has restarted since.
    expect(found.committed.resok.verf).to.equal(found.written.resok.verf);
    expect(found.onDisk).to.equal('Dear server,\n');
    expect(found.overUdp.resok.obj_attributes.type).to.equal('NF3DIR');
    expect(found.absent.status).to.equal('NFS3ERR_NOENT');
    expect(found.refused).to.include({ status: 1, out: '' });
    expect(found.refused.err).to.equal(
      'oncilla: nfs.2.NULL: PROG_MISMATCH: the server has versions 3 to 3\n',
    );
  });
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
