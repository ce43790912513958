/**
 * The engine at full rate, 64 calls in flight: NULL, and in one of them echoes of random sizes. What its process refers
 * to after a collection must not grow: that is a leak. What the kernel counts as resident follows the collector's
 * moods, and has a bound. And how late its event loop is.
 */
import { readFileSync } from 'node:fs';
import { type Client, connectClient } from '../../client/client.ts';
import { rngOf } from '../../codec/xdr/index.ts';
import { median, type Row } from '../row.ts';
import { RpcServer } from '../rpc-process.ts';
import { BENCH } from '../rpc-program.ts';
import type { SoakOptions } from './options.ts';

const WINDOW = 64;
const MOST_BYTES = 64 * 1024;
/** Caches, compiled code and the pools of buffers are there after so many seconds. */
const WARM_UP_SECONDS = 5;
const SAMPLE_MS = 250;
/** What may be referred to more after a run than before it, however long the run. */
const MOST_GROWTH = 2 << 20;
/** V8's young and old space at this rate of garbage, and Node itself. */
const MOST_RESIDENT = 256 << 20;

function resident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

/** Calls without pause until `isOver`; how many. */
async function load(client: Client, seed: number, isOver: () => boolean): Promise<number> {
  const rng = rngOf(seed);
  const blob = new Uint8Array(MOST_BYTES).fill(7);
  let calls = 0;
  const nulls = async (): Promise<void> => {
    for (; !isOver(); calls++) await client.call('BENCH_NULL', undefined);
  };
  const echoes = async (): Promise<void> => {
    for (; !isOver(); calls++) {
      const sent = blob.subarray(0, rng() % (MOST_BYTES + 1));
      const { length } = (await client.call('BENCH_ECHO', sent)) as Uint8Array;
      if (length !== sent.length) throw new Error(`an echo of ${sent.length} bytes has ${length}`);
    }
  };
  await Promise.all([echoes(), ...Array.from({ length: WINDOW - 1 }, nulls)]);
  return calls;
}

export async function run({ seed, seconds }: SoakOptions): Promise<Row[]> {
  const server = await RpcServer.start();
  try {
    const client = await connectClient(server.ports.engine, BENCH, 1);
    const warmUp = Math.min(WARM_UP_SECONDS, seconds / 3);
    let isWarm = false;
    setTimeout(() => (isWarm = true), warmUp * 1000);
    await load(client, seed, () => isWarm);
    const before = await server.ask('memory');
    await server.ask('lag');
    const samples: number[] = [];
    const sampler = setInterval(() => samples.push(resident(server.pid)), SAMPLE_MS);
    const start = performance.now();
    const end = start + (seconds - warmUp) * 1000;
    const calls = await load(client, seed, () => performance.now() > end);
    const rate = (calls * 1000) / (performance.now() - start);
    clearInterval(sampler);
    const { p99, max } = await server.ask('lag');
    const after = await server.ask('memory');
    client.close();
    const growth = after.live - before.live;
    if (!(growth <= MOST_GROWTH)) {
      throw new Error(`seed ${seed}: ${growth} bytes more are referred to after ${calls} calls`);
    }
    const most = Math.max(...samples);
    if (!(most <= MOST_RESIDENT)) throw new Error(`seed ${seed}: ${most} bytes resident`);
    return [
      { name: `engine: ${WINDOW} in flight for ${seconds} s`, value: rate, unit: 'calls/s' },
      {
        name: 'engine: heap and buffers after a collection',
        value: after.live / 1e6,
        unit: 'MB',
        note: `${(growth / 1e3).toFixed(0)} kB more than before ${(calls / 1e6).toFixed(1)} M calls`,
      },
      {
        name: 'engine: resident',
        value: median(samples) / 1e6,
        unit: 'MB',
        note: `at most ${(most / 1e6).toFixed(0)} MB`,
      },
      {
        name: "engine: lateness of the server's event loop, p99",
        value: p99,
        unit: 'ms',
        note: `at most ${max.toFixed(1)} ms`,
      },
    ];
  } finally {
    server.stop();
  }
}
