import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { captureFile } from '../tui/opened.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/watch', () => {
  const file = captureFile('nfs3-libnfs.pcap');

  it('--script draws the screen to standard output', async () => {
    const { status, out, err } = await run(['watch', file, '--script', '20G<enter>', '--size', '100x30']);
    expect([status, err]).to.deep.equal([0, '']);
    const lines = out.split('\n');
    expect(lines.length).to.equal(31);
    expect(lines[0]).to.match(/276 packets · 67 calls$/);
    expect(out).to.include('Fields of packet 20');
  });

  it('reads standard input and gzip to their ends, and begins with a filter', async () => {
    const bytes = readFileSync(file);
    const piped = await run(
      ['watch', '-', '--script', '', '-Y', 'mount', '--calls'],
      fakeIo({ stdin: [bytes.subarray(0, 5000), bytes.subarray(5000)] }),
    );
    expect(piped.out)
      .to.match(/276 packets · 67 calls/)
      .and.to.include('MOUNT V3');
    expect(piped.out).not.to.include('NFS V3');
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-test-'));
    writeFileSync(join(folder, 'x.pcap.gz'), gzipSync(bytes));
    const zipped = await run(['watch', join(folder, 'x.pcap.gz'), '--script', '']);
    rmSync(folder, { recursive: true });
    expect(zipped.out).to.match(/276 packets · 67 calls/);
    const wrong = await run(['watch', file, '--script', '', '-Y', 'rpc.xid ==']);
    expect([wrong.status, wrong.err.split('\n')[0]]).to.deep.equal([
      2,
      'oncilla: display filter: Unexpected end of filter expression.',
    ]);
  });

  it('--ascii and --color do as they say', async () => {
    const plain = await run(['watch', file, '--script', '', '--ascii', '--color=never']);
    expect(plain.out).to.match(/^[\n\x20-\x7e]*$/);
    const colored = await run(['watch', file, '--script', '', '--color=always', '--theme=16']);
    expect(colored.out).to.include('\x1b[0;1;97;44m');
  });

  it('binds keys and chooses columns as it is told', async () => {
    const args = [
      'watch',
      file,
      '--calls',
      '--size',
      '110x20',
      '--bind',
      'Q=last',
      '--columns',
      'Xid,Auth,Procedure',
    ];
    const { out } = await run([...args, '--script', 'Q']);
    expect(out)
      .to.match(/\n *Xid +Auth +Procedure/)
      .and.to.match(/67\/67 *\n$/);
    expect(out).to.match(/0x00d8e78e +AUTH_SYS +LOOKUP/);
    const unknown = await run(['watch', file, '--script', '', '--columns', 'Colour']);
    expect(unknown.err).to.match(/^oncilla: --columns: there is no column Colour \(No\., Time, Client/);
    const unbound = await run(['watch', file, '--script', '', '--bind', 'x=dance']);
    expect(unbound.err).to.equal('oncilla: --bind: "x=dance": there is no action dance\n');
  });

  it('refuses without a terminal, and says what is wrong with its arguments', async () => {
    const io = fakeIo();
    expect(await run(['watch', file], io)).to.deep.include({ status: 2 });
    expect(io.stderr.text).to.match(
      /^oncilla: watch: standard (out|in)put is not a terminal \(oncilla inspect --calls/,
    );
    for (const [args, message] of [
      [
        ['watch', '--script', ''],
        'oncilla: watch: nothing to look at (oncilla watch FILE, -i IFACE or --proxy LISTEN=TARGET)',
      ],
      [['watch', '/nowhere', '--script', ''], 'oncilla: /nowhere: no such file or directory'],
      [['watch', file, '--script', '<x>'], 'oncilla: --script: <x> is no key'],
      [['watch', file, '--script', '', '--size', '3'], 'oncilla: --size: "3" is no size; 80x24 is one'],
    ] as const) {
      const { status, err } = await run(args);
      expect([status, err]).to.deep.equal([2, `${message}\n`]);
    }
  });
});
