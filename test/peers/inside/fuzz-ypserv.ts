/** ypserv with a domain of two small maps, under the fuzzer, over TCP and UDP. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fuzzed } from './fuzzing.ts';
import { daemon, done, program, waitFor } from './world.ts';

execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/var/yp']);
mkdirSync('/var/yp/example');
for (const [map, text] of [
  ['hosts.byname', 'alpha 10.9.9.2 alpha\nbeta 10.9.9.3 beta\n'],
  ['passwd.byname', 'ann ann:x:1000:1000::/home/ann:/bin/sh\n'],
] as const) {
  execFileSync('/usr/lib/yp/makedbm', ['-', `/var/yp/example/${map}`], { input: text });
}
daemon('rpcbind', ['-f', '-w']);
await waitFor('rpcbind', async () => (await program('rpcinfo', ['-p', '127.0.0.1'])).status === 0);
const restart = 'ypserv -f -p 1023';
const options = ['--program', 'ypserv'];
done([
  await fuzzed('tcp://127.0.0.1:1023', restart, ...options),
  await fuzzed('udp://127.0.0.1:1023', restart, ...options),
]);
