import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

const lacking = noNamespace() ?? missingPrograms(['rpcinfo', 'nfs-ls', 'nfs-cat', 'nfs-cp']).join(', ');

describe(`peers: a served recording${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(30_000);
  // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
  let found: any;

  before(function () {
    if (lacking !== '') this.skip();
    found = inNamespace('replay-serve.ts', 29_000);
  });

  it('is a rpcbind to rpcinfo', () => {
    const { said, summary } = found.rpcbind;
    const ready = (version: number) => `program 100000 version ${version} ready and waiting\n`;
    expect(said.udp).to.include({ status: 0, err: '', out: ready(3) });
    expect(said.tcp).to.include({ status: 0, err: '', out: ready(4) });
    expect(said.old).to.include({ status: 0, err: '', out: ready(2) });
    expect(
      said.ports.out.match(/^ {4}100000 {4}[234] {3}(?:tcp|udp) {4}111 {2}portmapper$/gm),
    ).to.have.length(6);
    expect(said.short.out).to.match(/100000 {2}2,3,4 +local,udp,tcp,udp6,tcp6 +portmapper {2}superuser/);
    expect(said.list.out).to.contain('inet/tcp/cots_ord').and.contain('127.0.0.1.0.111');
    expect(said.statistics.out).to.contain('RPCBIND (version 4) statistics');
    expect(said.absent.status).to.equal(1);
    expect(said.absent.err + said.absent.out).to.contain('Program not registered');
    expect(summary).to.include({ unmatched: 0, recorded: 12 });
  });

  it('is port mapper, mount daemon and NFS version 3 server to libnfs', () => {
    const { said, summary, unmatched } = found.three;
    expectReading(said, unmatched);
    expect(said.write, said.write.err).to.include({ status: 0, out: 'copied 2156 bytes\n' });
    expect(said.read, said.read.err).to.include({ status: 0, out: 'copied 20000 bytes\n' });
    expect(found.copied).to.equal('o'.repeat(20_000));
    expect(said.absent.err).to.contain('NFS3ERR_NOENT');
    expect(summary).to.include({ unmatched: 0, mapped: 0 });
  });

  it('is an NFS version 4 server to a libnfs that names itself otherwise', () => {
    const { said, summary, unmatched } = found.four;
    expectReading(said, unmatched);
    expect(said.long.out).to.equal('o'.repeat(20_000));
    expect(said.absent.err).to.contain('NFS4ERR_NOENT');
    expect(summary).to.include({ unmatched: 0, unused: 0 });
    // SETCLIENTID has its verifier and pid, OPEN an owner
    expect(summary.mapped).to.be.greaterThan(3);
  });

  function expectReading(
    said: Record<string, { status: number; out: string; err: string }>,
    unmatched: unknown,
  ) {
    expect(unmatched).to.deep.equal([]);
    expect(said.ls?.status, said.ls?.err).to.equal(0);
    for (const name of ['hello.txt', 'long.txt', 'empty', 'Gruß aus Köln', 'link']) {
      expect(said.ls?.out).to.contain(` ${name}\n`);
    }
    expect(said.cat).to.include({ status: 0, out: 'Dear reader,\nthese bytes came over NFS.\n' });
  }
});
