/** Our port mapper asked by the real rpcinfo, and registered with by libtirpc's own way of doing it: rpcinfo -d. */
import { connectCaller } from '../../../client/caller.ts';
import { PortmapClient } from '../../../client/portmap.ts';
import { listenPortmap } from '../../../server/portmap/listen.ts';
import { done, oncilla, program } from './world.ts';

const running = await listenPortmap([
  'tcp://0.0.0.0:111',
  'udp://0.0.0.0:111',
  'tcp://[::]:111',
  'udp://[::]:111',
  'unix:///run/rpcbind.sock',
]);
const local = new PortmapClient(await connectCaller('unix:///run/rpcbind.sock'));
const key = { program: 0x20004c45, version: 2, netid: 'tcp' };
const set = await local.set(key, '0.0.0.0.132.1');
const rpcinfo = (...args: string[]) => program('rpcinfo', args);
const result = {
  set,
  short: await rpcinfo('-s', '127.0.0.1'),
  ports: await rpcinfo('-p', '127.0.0.1'),
  ours: await oncilla('rpcinfo', '-p'),
  all: await rpcinfo(),
  oursAll: await oncilla('rpcinfo'),
  tcp: await rpcinfo('-t', '127.0.0.1', '100000'),
  udp: await rpcinfo('-u', '127.0.0.1', '100000', '2'),
  udp6: await rpcinfo('-T', 'udp6', '::1', '100000', '4'),
  entries: await rpcinfo('-l', '127.0.0.1', '536890437', '2'),
  absent: await rpcinfo('-u', '127.0.0.1', '100003', '3'),
  deleted: await rpcinfo('-d', '536890437', '2'),
  after: await rpcinfo('-p', '127.0.0.1'),
  statistics: await rpcinfo('-m', '127.0.0.1'),
};
local.close();
await running.stop();
done(result);
