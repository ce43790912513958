/**
 * The servers of the RPC bench, a process of their own: the whole engine, a bare `net` server that answers each whole
 * request with a reply of the size that ours has, and one that echoes. Their ports go to the parent; at any message
 * from it this collects garbage and tells the resident bytes.
 */
import net from 'node:net';
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
process.on('message', () => {
  globalThis.gc?.();
  process.send?.({ resident: process.memoryUsage().rss, connections: engine.connections });
});
process.on('disconnect', () => process.exit());
