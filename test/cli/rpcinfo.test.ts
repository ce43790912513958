import { expect } from 'chai';
import { portmapTable, rpcbindTable } from '../../cli/rpcinfo.ts';
import { listenPortmap, type RunningPortmap } from '../../server/portmap/listen.ts';
import { run } from './fake-io.ts';

const NAMES = new Map([[100000, 'portmapper']]);

describe('cli/rpcinfo', () => {
  let running: RunningPortmap;
  let port: string;
  let udpPort: string;

  before(async () => {
    running = await listenPortmap(['tcp://127.0.0.1:0', 'udp://127.0.0.1:0']);
    [port, udpPort] = running.urls.map((url) => url.replace(/^.*:/, '')) as [string, string];
  });
  after(() => running.stop());

  it('has the columns of rpcinfo', () => {
    const entries = [
      { program: 100000, version: 4, netid: 'tcp6', address: '::.0.111', owner: 'superuser' },
      { program: 536890437, version: 2, netid: 'udp', address: '0.0.0.0.132.1', owner: '' },
    ];
    expect(portmapTable(entries, NAMES)).to.equal(
      '   program vers proto   port  service\n' +
        '    100000    4  tcp6    111  portmapper\n' +
        ' 536890437    2   udp  33793\n',
    );
    expect(rpcbindTable(entries, NAMES)).to.equal(
      '   program version netid     address                service    owner\n' +
        '    100000    4    tcp6      ::.0.111               portmapper superuser\n' +
        ' 536890437    2    udp       0.0.0.0.132.1          -          unknown\n',
    );
  });

  it('shows no control character of the other side', () => {
    const evil = { program: 1, version: 1, netid: 'a\x1b[2J', address: '\x1b]0;x\x07', owner: 'o\nx' };
    expect(rpcbindTable([evil], NAMES).trimEnd().split('\n')[1]).to.not.match(/[\x00-\x1f\x7f]/);
  });

  it('lists a port mapper', async () => {
    const listed = await run(['rpcinfo', '-p', '-n', port, '127.0.0.1']);
    expect(listed.status).to.equal(0);
    expect(listed.out.split('\n')[1]).to.match(/^ {4}100000 {4}4 {3}tcp +\d+ {2}portmapper$/);
    const all = await run(['rpcinfo', '-n', port]);
    expect(all.out).to.contain('superuser').and.contain('127.0.0.1.');
  });

  it('takes an IPv6 address with and without brackets', async () => {
    const six = await listenPortmap(['tcp://[::1]:0']);
    const sixPort = six.urls[0]!.replace(/^.*:/, '');
    for (const host of ['::1', '[::1]']) {
      expect((await run(['rpcinfo', '-n', sixPort, host])).err, host).to.equal('');
      const ran = await run(['rpcinfo', '-t', '-n', sixPort, host, 'portmapper', '4']);
      expect(ran).to.deep.equal({ status: 0, out: 'program 100000 version 4 ready and waiting\n', err: '' });
    }
    await six.stop();
    expect((await run(['rpcinfo', '-n', sixPort, '[::1]'])).err).to.contain('tcp://[::1]:');
  });

  it('pings a program over TCP and UDP', async () => {
    const ready = [2, 3, 4].map((v) => `program 100000 version ${v} ready and waiting\n`);
    expect(await run(['rpcinfo', '-t', '-n', port, '127.0.0.1', 'portmapper'])).to.include({
      status: 0,
      out: ready.join(''),
    });
    expect(await run(['rpcinfo', '-u', '-n', udpPort, '127.0.0.1', '100000', '3'])).to.include({
      status: 0,
      out: ready[1] as string,
    });
    const absent = await run(['rpcinfo', '-t', '-n', port, '127.0.0.1', '100000', '9']);
    expect(absent).to.deep.equal({
      status: 1,
      out: 'program 100000 version 9 is not available\n',
      err: 'oncilla: rpcinfo: RPC: Program/version mismatch; low version = 2, high version = 4\n',
    });
    const other = await run(['rpcinfo', '-t', '-n', port, '127.0.0.1', '100003', '3']);
    expect(other).to.include({ status: 1 });
    expect(other.err).to.contain('PROG_UNAVAIL');
  });

  it('ends with 3 where nobody is, with 2 for what it does not understand', async () => {
    const gone = await listenPortmap(['tcp://127.0.0.1:0']);
    await gone.stop();
    const dead = (gone.urls[0] as string).replace(/^.*:/, '');
    expect((await run(['rpcinfo', '-n', dead])).status).to.equal(3);
    for (const argv of [
      ['-p', '-t', 'h'],
      ['a', 'b'],
      ['-t', '127.0.0.1'],
      ['-t', '127.0.0.1', 'nobody'],
      ['-t', '127.0.0.1', '1', 'x'],
      ['-n', '0'],
      ['-p', 'a b'],
    ]) {
      expect((await run(['rpcinfo', ...argv])).status, argv.join(' ')).to.equal(2);
    }
  });
});
