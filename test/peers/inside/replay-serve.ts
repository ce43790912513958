/**
 * Real clients asked of recordings: rpcinfo of the session with rpcbind, libnfs of those with nfs-ganesha. There is no
 * rpcbind and no NFS server here; the recording is both.
 */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeIo, type Ran, run } from '../../cli/fake-io.ts';
import { done, program, waitFor } from './world.ts';

const captures = join(import.meta.dirname, '../../../captures');
const folder = mkdtempSync(join(tmpdir(), 'oncilla-served-'));

/** What clients printed while a recording was served, and what the server says of it in the end. */
async function serving<T>(file: string, listeners: readonly string[], clients: () => Promise<T>) {
  const io = fakeIo();
  const words = listeners.flatMap((url) => ['--serve', url]);
  const ended = run(['replay', join(captures, file), ...words], io);
  await waitFor('the recording', async () => io.stdout.text.includes('"ready"'));
  const said = await clients();
  io.abort.abort();
  const { out } = await ended;
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { said, summary: lines.at(-1), unmatched: lines.filter(({ event }) => event === 'unmatched') };
}

const portmap = ['tcp://127.0.0.1:111', 'udp://127.0.0.1:111'];
const host = '127.0.0.1';

const rpcbind = await serving('rpcbind-tcp-udp.pcap', portmap, async () => {
  const info = (...words: string[]) => program('rpcinfo', words);
  return {
    udp: await info('-T', 'udp', host, '100000', '3'),
    tcp: await info('-T', 'tcp', host, '100000', '4'),
    ports: await info('-p', host),
    short: await info('-s', host),
    old: await info('-u', host, '100000', '2'),
    list: await info('-l', host, '100000', '4'),
    statistics: await info('-m', host),
    absent: await info('-u', host, '100003', '3'),
  };
});

const nfs = (version: number, path: string) => `nfs://127.0.0.1/share/letters${path}?version=${version}`;
const copied = join(folder, 'long.txt');

async function reading(version: number): Promise<Record<string, Ran>> {
  return {
    ls: await program('nfs-ls', [nfs(version, '')]),
    cat: await program('nfs-cat', [nfs(version, '/hello.txt')]),
  };
}

const absent = (version: number) => program('nfs-cat', [nfs(version, '/absent')]);

const three = await serving('nfs3-libnfs.pcap', portmap, async () => ({
  ...(await reading(3)),
  write: await program('nfs-cp', [join(captures, 'src/ledger.x'), nfs(3, '/ledger.x')]),
  read: await program('nfs-cp', [nfs(3, '/long.txt'), copied]),
  absent: await absent(3),
}));

const four = await serving('nfs4-libnfs.pcap', ['tcp://127.0.0.1:2049'], async () => ({
  ...(await reading(4)),
  long: await program('nfs-cat', [nfs(4, '/long.txt')]),
  absent: await absent(4),
}));

done({ rpcbind, three, four, copied: existsSync(copied) ? readFileSync(copied, 'utf8') : null });
