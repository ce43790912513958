import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Conversations } from '../../cli/inspect-write.ts';
import type { Frame } from '../../dissector/network/frame.ts';
import { type Ran, run } from './fake-io.ts';

const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));
const NFS = capture('nfs3-libnfs.pcap');
const inspect = (...argv: string[]): Promise<Ran> => run(['inspect', ...argv]);

async function fields(file: string, filter: string, ...names: string[]): Promise<string> {
  return (await inspect(file, '-Y', filter, '-Tfields', ...names.flatMap((name) => ['-e', name]))).out;
}

describe('cli/inspect-write', () => {
  let folder = '';
  const out = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes what matches, for this user alone, and prints nothing of it', async () => {
    const ran = await inspect(NFS, '-Y', 'rpc.msgtyp == 1', '-w', out('a.pcapng'));
    expect(ran).to.include({ status: 0, out: '', err: '' });
    expect(statSync(out('a.pcapng')).mode & 0o777).to.equal(0o600);
    const names = ['frame.time_epoch', 'frame.len', 'rpc.xid'];
    // a message that only the end settles shows the last frame twice
    const shownOnce = (text: string) => [...new Set(text.split('\n'))];
    expect(shownOnce(await fields(out('a.pcapng'), 'frame', 'frame.time_epoch', 'frame.len'))).to.deep.equal(
      shownOnce(await fields(NFS, 'rpc.msgtyp == 1', 'frame.time_epoch', 'frame.len')),
    );
    const shown = await inspect(NFS, '-P', '-Y', 'frame.number == 1', '-w', out('b.pcap'));
    expect(shown.out).to.match(/^ {4}1 /);
    expect(readFileSync(out('b.pcap')).readUInt32LE(0)).to.equal(0xa1b2c3d4);
    expect(await fields(out('b.pcap'), 'frame', ...names)).to.match(/^\d+\.\d{9}\t74\t\n$/);
  });

  it('writes whole conversations of which one frame matches', async () => {
    const all = ['frame.time_epoch', 'tcp.srcport', 'tcp.flags'];
    const stream = (await fields(NFS, 'frame.number == 20', 'tcp.stream')).trim();
    await inspect(NFS, '-Y', 'frame.number == 20', '--conversations', '-w', out('c.pcapng'));
    expect(await fields(out('c.pcapng'), 'frame', ...all)).to.equal(
      await fields(NFS, `tcp.stream == ${stream}`, ...all),
    );
    const udp = capture('ledger-udp.pcap');
    const fragments = await fields(udp, 'ip.fragments', 'frame.number');
    const whole = fragments.split('\n')[0]!;
    await inspect(udp, '-Y', `frame.number == ${whole}`, '--conversations', '-w', out('d.pcapng'));
    expect((await fields(out('d.pcapng'), 'ip.fragments', 'frame.number')).trim()).to.not.equal('');
  });

  it('embeds secrets on request, and puts what TLS carried in its place', async () => {
    const tls = capture('tls13-oncilla-starttls.pcapng');
    const calls = async (file: string) => (await inspect(file, '--calls')).out.split('\n').length;
    const inside = await calls(tls);
    await inspect(tls, '-w', out('sealed.pcapng'));
    await inspect(tls, '-w', out('secrets.pcapng'), '--with-secrets');
    await inspect(tls, '-w', out('clear.pcapng'), '--decrypted');
    expect(await calls(out('sealed.pcapng'))).to.be.lessThan(inside);
    expect(await calls(out('secrets.pcapng'))).to.equal(inside);
    expect(await calls(out('clear.pcapng'))).to.equal(inside);
  });

  it('refuses what makes no sense', async () => {
    const copy = out('e.pcapng');
    await inspect(NFS, '-c3', '-w', copy);
    expect((await inspect(copy, '-w', copy)).err).to.match(/^oncilla: -w: .*is the capture that is read\n$/);
    expect((await inspect(NFS, '--conversations')).err).to.match(/says what -w writes, which is missing/);
    expect((await inspect(NFS, '-w', join(folder, 'no', 'f'))).err).to.match(/no such file or directory\n$/);
  });

  it('remembers conversations and fragments by what they are of', () => {
    const frame = (number: number, flow: number | null, fragmentFrames: number[] | null = null) =>
      ({
        flow: flow === null ? null : { index: flow },
        packet: { number },
        fragmentFrames,
      }) as unknown as Frame;
    const conversations = new Conversations();
    conversations.note(frame(1, null), false);
    conversations.note(frame(2, null), true);
    conversations.note(frame(4, 90_000, [3, 4]), true);
    conversations.note(frame(6, 5, [5, 6]), false);
    const kept = [1, 2, 3, 5].filter((number) => conversations.has(frame(number, null)));
    expect(kept).to.deep.equal([2, 3]);
    expect(conversations.has(frame(9, 90_000))).to.equal(true);
    expect(conversations.has(frame(9, 90_001))).to.equal(false);
  });
});
