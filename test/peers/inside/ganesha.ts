/**
 * nfs-ganesha, registered with our own port mapper, used by `oncilla call` as an NFS version 3 client would use it:
 * MNT, LOOKUP, READ, READDIRPLUS, CREATE, WRITE, COMMIT.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { listenPortmap } from '../../../server/portmap/listen.ts';
import { call, daemon, done, oncilla, waitFor } from './world.ts';

const home = '/run/ganesha';
const share = `${home}/share`;
mkdirSync(share, { recursive: true });
// A file system of its own: VFS exports need file handles, which an overlay may not have.
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', share]);
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/var/lib/nfs']);
mkdirSync(`${share}/letters`);
writeFileSync(`${share}/letters/hello.txt`, 'Dear reader,\n');
writeFileSync(
  `${home}/ganesha.conf`,
  `NFS_CORE_PARAM { Protocols = 3; NFS_Port = 2049; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 32804; mount_path_pseudo = true; }
EXPORT { Export_Id = 1; Path = ${share}; Pseudo = /share; Access_Type = RW; Squash = None; SecType = sys; Filesystem_Id = 192.168; FSAL { Name = VFS; } }
LOG { Default_Log_Level = WARN; }
`,
);
const portmap = await listenPortmap(['tcp://0.0.0.0:111', 'udp://0.0.0.0:111', 'unix:///run/rpcbind.sock']);
daemon('ganesha.nfsd', ['-F', '-L', `${home}/log`, '-f', `${home}/ganesha.conf`, '-p', `${home}/pid`]);
const mount = 'tcp://127.0.0.1:20048';
const nfs = 'tcp://127.0.0.1:2049';
await waitFor(
  'nfs-ganesha',
  async () => {
    const [a, b] = await Promise.all([
      oncilla('call', nfs, 'nfs.3.NULL'),
      oncilla('call', mount, 'mount.3.NULL'),
    ]);
    return a.status === 0 && b.status === 0;
  },
  15,
);

const sys = ['--auth', 'sys'];
const registered = portmap.registry.list().filter((one) => one.program === 100003 && one.version === 3);
// It answers NULL before it has its exports, and what it makes of them is only in its log.
// biome-ignore lint/suspicious/noExplicitAny: as `call` gives it
let mounted: any;
await waitFor('the export', async () => {
  mounted = await call(mount, 'MNT', '/share', ...sys);
  return mounted.fhs_status === 'MNT3_OK';
}).catch((e: Error) => {
  const log = readFileSync(`${home}/log`, 'utf8').slice(-2000);
  throw new Error(`${e.message}: MNT answers ${mounted?.fhs_status}, and ganesha says\n${log}`);
});
const root = { data: mounted.mountinfo.fhandle };
const letters = await call(nfs, 'nfs.LOOKUP', { what: { dir: root, name: 'letters' } }, ...sys);
const dir = letters.resok.object;
const file = (await call(nfs, 'nfs.LOOKUP', { what: { dir, name: 'hello.txt' } }, ...sys)).resok.object;
const read = await call(nfs, 'nfs.READ', { file, offset: '0', count: 100 }, ...sys);
const listing = await call(
  nfs,
  'READDIRPLUS',
  { dir, cookie: '0', cookieverf: '0000000000000000', dircount: 1000, maxcount: 8000 },
  ...sys,
);
const how = { mode: 'GUARDED', obj_attributes: noAttributes() };
const created = await call(nfs, 'nfs.CREATE', { where: { dir, name: 'answer.txt' }, how }, ...sys);
const made = created.resok.obj.handle;
const data = Buffer.from('Dear server,\n').toString('hex');
const written = await call(
  nfs,
  'nfs.WRITE',
  { file: made, offset: '0', count: 13, stable: 'UNSTABLE', data },
  ...sys,
);
const committed = await call(nfs, 'COMMIT', { file: made, offset: '0', count: 0 }, ...sys);
const overUdp = await call('udp://127.0.0.1:2049', 'nfs.3.GETATTR', { object: root }, ...sys);
const absent = await call(nfs, 'nfs.LOOKUP', { what: { dir, name: 'absent' } }, ...sys);
const refused = await oncilla('call', nfs, 'nfs.2.NULL');
done({
  registered,
  mounted,
  letters,
  read,
  listing,
  written,
  committed,
  overUdp,
  absent,
  refused,
  onDisk: readFileSync(`${share}/letters/answer.txt`, 'utf8'),
});

function noAttributes() {
  const no = { set_it: false };
  return {
    mode: no,
    uid: no,
    gid: no,
    size: no,
    atime: { set_it: 'DONT_CHANGE' },
    mtime: { set_it: 'DONT_CHANGE' },
  };
}
