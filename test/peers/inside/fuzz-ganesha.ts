/** nfs-ganesha with an export of a small file system, under the fuzzer: NFS version 3 over TCP. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { listenPortmap } from '../../../server/portmap/listen.ts';
import { fuzzed } from './fuzzing.ts';
import { done } from './world.ts';

const home = '/run/ganesha';
const share = `${home}/share`;
mkdirSync(share, { recursive: true });
// A file system of its own: VFS exports need file handles, which an overlay may not have.
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', share]);
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/var/lib/nfs']);
writeFileSync(
  `${home}/ganesha.conf`,
  `NFS_CORE_PARAM { Protocols = 3; NFS_Port = 2049; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 32804; mount_path_pseudo = true; }
EXPORT { Export_Id = 1; Path = ${share}; Pseudo = /share; Access_Type = RW; Squash = None; SecType = sys; Filesystem_Id = 192.168; FSAL { Name = VFS; } }
LOG { Default_Log_Level = FATAL; }
`,
);
await listenPortmap(['tcp://0.0.0.0:111', 'udp://0.0.0.0:111', 'unix:///run/rpcbind.sock']);
const restart = `ganesha.nfsd -F -L ${home}/log -f ${home}/ganesha.conf -p ${home}/pid`;
const procedures = [
  'NULL',
  'GETATTR',
  'LOOKUP',
  'ACCESS',
  'READ',
  'WRITE',
  'CREATE',
  'READDIRPLUS',
  'FSINFO',
];
const options = procedures.flatMap((name) => ['--procedure', `NFSPROC3_${name}`]);
done([await fuzzed('tcp://127.0.0.1:2049', restart, '--program', 'nfs', '--auth', 'sys', ...options)]);
