/** The real rpcbind under the fuzzer, over TCP and UDP: version 2 to 4 as our `.x` describe them. */
import { fuzzed } from './fuzzing.ts';
import { done } from './world.ts';

const restart = 'rpcbind -f -w';
const program = ['--program', 'portmap'];
done([
  await fuzzed('tcp://127.0.0.1:111', restart, ...program),
  await fuzzed('udp://127.0.0.1:111', restart, ...program),
]);
