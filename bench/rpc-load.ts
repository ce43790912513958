/**
 * Load for the canary of bench/rpc.ts, a process of its own. Arguments: URL, connections. First it calls on every
 * connection, one call at a time each, and tells how many a second that is; then it keeps to half of that until its
 * parent goes, and tells what it keeps to when asked.
 */
import { type Client, connectClient } from '../client/client.ts';
import { BENCH } from './rpc-program.ts';

const CAPACITY_MS = 3000;
const TICK_MS = 2;

const [url = '', connections = ''] = process.argv.slice(2);
const clients: Client[] = [];
for (let i = 0; i < Number(connections); i++) {
  const client = await connectClient(url, BENCH, 1);
  // A connection without a call is a newcomer, of which the engine keeps few.
  await client.call('BENCH_NULL', undefined);
  clients.push(client);
}

async function capacity(): Promise<number> {
  const start = performance.now();
  const end = start + CAPACITY_MS;
  let calls = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (; performance.now() < end; calls++) await client.call('BENCH_NULL', undefined);
    }),
  );
  return (calls * 1000) / (performance.now() - start);
}

process.on('disconnect', () => process.exit());
await capacity(); // warms up
const most = await capacity();

let sent = 0;
let done = 0;
const start = performance.now();
setInterval(() => {
  // Late ticks catch up: the load does not depend on how fast the answers are.
  const due = ((performance.now() - start) / 1000) * (most / 2);
  for (; sent < due; sent++) {
    const client = clients[sent % clients.length]!;
    client.call('BENCH_NULL', undefined).then(
      () => done++,
      (e) => {
        throw e;
      },
    );
  }
}, TICK_MS);
process.on('message', () => process.send?.({ rate: (done * 1000) / (performance.now() - start) }));
process.send?.({ capacity: most });
