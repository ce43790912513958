/**
 * The servers of the RPC bench, a process of their own: the whole engine, a bare `net` server that answers each whole
 * request with a reply of the size that ours has, and one that echoes. Their ports go to the parent; asked for its
 * memory it collects garbage first, asked for its lag it tells that since the question before.
 */
import net from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Engine } from '../server/engine/engine.ts';
import { BENCH } from './rpc-program.ts';

const engine = new Engine();
engine.addService({
  program: BENCH,
  access: new Map([['BENCH_ECHO', 'ro']]),
  handler: (name) => (name === 'BENCH_ECHO' ? (blob: Uint8Array) => blob : undefined),
});

/** Answers every `request` bytes with `reply` bytes: no parsing, no limits, no state beyond a count. */
function bare(request: number, reply: number): Promise<number> {
  const answer = Buffer.alloc(reply);
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    let got = 0;
    socket.on('data', (chunk) => {
      for (got += chunk.length; got >= request; got -= request) socket.write(answer);
    });
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
}

/** Sends back what comes, as it comes. */
function echo(): Promise<number> {
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
}

const listener = await engine.addListener('tcp://127.0.0.1:0', { access: 'ro' });
const [small, large] = [await bare(44, 28), await echo()];
process.send?.({ engine: listener.url, small, large });
const RESOLUTION_MS = 10;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
// The histogram has the whole time between two looks, in nanoseconds.
const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);

process.on('message', (question) => {
  if (question === 'memory') {
    // What the first collection finalises, the second frees.
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ resident: rss, live: heapUsed + external });
  } else {
    process.send?.({ p99: late(delays.percentile(99)), max: late(delays.max) });
    delays.enable();
    delays.reset();
  }
});
process.on('disconnect', () => process.exit());
