/** The real rpcbind: registered with over its UNIX socket (version 4) and over loopback (version 2), listed, undone. */
import { connectCaller } from '../../../client/caller.ts';
import { PortmapClient } from '../../../client/portmap.ts';
import { daemon, done, oncilla, program, waitFor } from './world.ts';

daemon('rpcbind', ['-f', '-w']);
const rpcinfo = (...args: string[]) => program('rpcinfo', args);
await waitFor('rpcbind', async () => (await rpcinfo('-p', '127.0.0.1')).status === 0);

const local = new PortmapClient(await connectCaller('unix:///run/rpcbind.sock'));
const key = { program: 0x20004c45, version: 2, netid: 'tcp' };
const set4 = await local.set(key, '0.0.0.0.132.1');
const key6 = { ...key, netid: 'tcp6' };
const set6 = await local.set(key6, '::.132.1');
const spoken = local.version;

const loopback = new PortmapClient(await connectCaller('udp://127.0.0.1:111', { sourcePort: 'reserved' }));
loopback.speak(2);
const key2 = { program: 0x20004c46, version: 1, netid: 'udp' };
const set2 = await loopback.set(key2, '0.0.0.0.15.160');

const tcp = new PortmapClient(await connectCaller('tcp://127.0.0.1:111'));
const listed = {
  theirs: await rpcinfo('-p', '127.0.0.1'),
  ours: await oncilla('rpcinfo', '-p', '127.0.0.1'),
};
const all = { theirs: await rpcinfo('127.0.0.1'), ours: await oncilla('rpcinfo', '127.0.0.1') };
const lookups = {
  address: await tcp.getAddress(key, '127.0.0.1'),
  port: await tcp.getPort(key.program, key.version, 'tcp'),
  otherVersion: await tcp.getPort(key.program, 2, 'udp'),
  udp: await tcp.getPort(key2.program, 1, 'udp'),
  absent: await tcp.getAddress({ ...key, program: 0x20009999 }, '127.0.0.1'),
  statistics: (await tcp.getStat()).length,
};
tcp.speak(3);
const address3 = await tcp.getAddress(key, '127.0.0.1');
const dump3 = (await tcp.dump()).length;
const unset = [await local.unset(key), await local.unset(key6), await loopback.unset(key2)];
const after = await rpcinfo('-p', '127.0.0.1');
const pings = {
  theirs: await rpcinfo('-t', '127.0.0.1', '100000'),
  ours: await oncilla('rpcinfo', '-t', '127.0.0.1', '100000'),
  version: await oncilla('rpcinfo', '-u', '127.0.0.1', 'portmapper', '7'),
  absent: await oncilla('rpcinfo', '-u', '127.0.0.1', 'nfs'),
};
for (const client of [local, loopback, tcp]) client.close();
done({
  set4,
  set6,
  set2,
  spoken,
  listed,
  all,
  lookups,
  address3,
  dump3,
  unset,
  after,
  pings,
});
