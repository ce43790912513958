import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

const without = noNamespace() ?? missingPrograms(['rpcinfo']).join(', ');
const asRoot = process.getuid?.() === 0;

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

describe(`peers: rpcinfo${without === '' ? '' : ` (skipped: no ${without})`}`, function () {
  this.timeout(20_000);

  it('lists and pings our port mapper', function () {
    if (without !== '') this.skip();
    const found = inNamespace('portmap.ts') as Record<string, Ran> & { set: boolean };
    expect(found.set).to.equal(true);
    expect(found.short?.out).to.match(/100000 {2}2,3,4 .*portmapper {2}superuser/);
    expect(found.short?.out).to.contain('local').and.contain('udp6').and.contain('tcp6');
    expect(found.ports?.out).to.contain(' 536890437    2   tcp  33793\n');
    expect(found.ours?.out).to.equal(found.ports?.out);
    expect(found.oursAll?.out).to.equal(found.all?.out);
    expect(found.tcp).to.include({ status: 0, err: '' });
    expect(found.tcp?.out).to.equal(ready(2, 3, 4));
    expect(found.udp?.out).to.equal(ready(2));
    expect(found.udp6?.out).to.equal(ready(4));
    expect(found.entries?.out).to.contain('inet/tcp/cots_ord').and.contain('127.0.0.1.132.1');
    expect(found.absent?.status).to.equal(1);
    expect(found.absent?.err).to.contain('Program not registered');
    expect(found.deleted?.status).to.equal(0);
    expect(found.after?.out).to.not.contain('536890437');
    expect(found.statistics?.out).to.contain('RPCBIND (version 4) statistics');
    // One SET by our client, which speaks version 4, and one UNSET by theirs, which takes version 3.
    const [, , third, fourth] = (found.statistics?.out ?? '').split('NULL ');
    expect(third).to.match(/\n\d+ +0\/0 +1\/1 /);
    expect(fourth).to.match(/\n\d+ +1\/1 +0\/0 /);
  });
});

const lacking = without !== '' ? without : asRoot ? missingPrograms(['rpcbind']).join(', ') : 'root';

describe(`peers: rpcbind${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(20_000);

  it('takes our registrations, and rpcinfo lists them as ours does', function () {
    if (lacking !== '') this.skip();
    // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
    const found = inNamespace('rpcbind.ts') as any;
    expect(found).to.include({ set4: true, set6: true, set2: true, spoken: 4 });
    expect(found.listed.theirs.out).to.contain(' 536890437    2   tcp  33793\n');
    expect(found.listed.theirs.out).to.contain(' 536890438    1   udp   4000\n');
    expect(found.listed.ours.out).to.equal(found.listed.theirs.out);
    expect(found.all.ours.out).to.equal(found.all.theirs.out);
    expect(found.all.ours.out).to.contain('::.132.1');
    expect(found.lookups).to.deep.equal({
      address: '127.0.0.1.132.1',
      port: 33793,
      otherVersion: 0,
      udp: 4000,
      absent: null,
      statistics: 3,
    });
    expect(found.address3).to.equal('127.0.0.1.132.1');
    expect(found.dump3).to.be.greaterThan(12);
    expect(found.unset).to.deep.equal([true, true, true]);
    expect(found.after.out).to.not.contain('53689043');
    expect(found.pings.ours.out)
      .to.equal(found.pings.theirs.out)
      .and.to.equal(ready(2, 3, 4));
    expect(found.pings.version).to.include({ status: 1, out: 'program 100000 version 7 is not available\n' });
    expect(found.pings.absent).to.include({ status: 1 });
  });
});

function ready(...versions: number[]): string {
  return versions.map((v) => `program 100000 version ${v} ready and waiting\n`).join('');
}
