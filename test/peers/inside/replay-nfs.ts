/**
 * The recorded NFS sessions of libnfs, replayed against an nfs-ganesha that was set up as the recorded one was: another
 * process, another file system, so other file handles, times and verifiers.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenPortmap } from '../../../server/portmap/listen.ts';
import { daemon, done, oncilla, waitFor } from './world.ts';

const home = '/run/ganesha';
const share = `${home}/share`;
mkdirSync(share, { recursive: true });
// A file system of its own: VFS exports need file handles, which an overlay may not have.
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', share]);
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/var/lib/nfs']);
// as in captures/record.sh
const letters = `${share}/letters`;
mkdirSync(letters);
writeFileSync(`${letters}/hello.txt`, 'Dear reader,\nthese bytes came over NFS.\n');
writeFileSync(`${letters}/long.txt`, 'o'.repeat(20_000));
writeFileSync(`${letters}/empty`, '');
writeFileSync(`${letters}/Gruß aus Köln`, '');
symlinkSync('hello.txt', `${letters}/link`);
execFileSync('chmod', ['-R', 'a+rwX', share]);
writeFileSync(
  `${home}/ganesha.conf`,
  `NFS_CORE_PARAM { Protocols = 3, 4; NFS_Port = 2049; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 32804; mount_path_pseudo = true; }
NFSv4 { Grace_Period = 1; Lease_Lifetime = 10; RecoveryBackend = fs; Graceless = true; }
EXPORT { Export_Id = 1; Path = ${share}; Pseudo = /share; Access_Type = RW; Squash = None; SecType = sys; Filesystem_Id = 192.168; FSAL { Name = VFS; } }
LOG { Default_Log_Level = WARN; }
`,
);
await listenPortmap(['tcp://0.0.0.0:111', 'udp://0.0.0.0:111', 'unix:///run/rpcbind.sock']);
daemon('ganesha.nfsd', ['-F', '-L', `${home}/log`, '-f', `${home}/ganesha.conf`, '-p', `${home}/pid`]);
const nfs = 'tcp://127.0.0.1:2049';
const mount = 'tcp://127.0.0.1:20048';
await waitFor(
  'nfs-ganesha',
  async () => {
    const calls = [
      [nfs, 'nfs.3.NULL'],
      [nfs, 'nfs.4.NULL'],
      [mount, 'mount.3.NULL'],
    ] as const;
    const all = await Promise.all(calls.map(([target, name]) => oncilla('call', target, name)));
    return all.every(({ status }) => status === 0);
  },
  15,
);

const captures = join(import.meta.dirname, '../../../captures');
async function replayed(file: string, ...options: string[]) {
  const report = `${home}/report.json`;
  const ran = await oncilla('replay', join(captures, file), '--report', report, '--timeout', '3', ...options);
  return { status: ran.status, out: ran.out, err: ran.err, report: JSON.parse(readFileSync(report, 'utf8')) };
}

const targets = ['--to', `portmap=tcp://127.0.0.1:111`, '--to', `nfs=${nfs}`, '--to', `mount=${mount}`];
const three = await replayed('nfs3-libnfs.pcap', ...targets);
const four = await replayed('nfs4-libnfs.pcap', '--to', nfs);
done({ three, four });
