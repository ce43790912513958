/**
 * The engine at full rate, 64 calls in flight: NULL, and in one of them echoes of random sizes. Memory of the server's
 * process as the kernel counts it, the last quarter beside the first, and how late its event loop is.
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
/** Seconds that the compiler and the heap take to settle; not part of the quarters. A third of a short run at most. */
const WARM_UP_SECONDS = 15;
const SAMPLE_MS = 250;
/** What a last quarter may have above the first: a tenth, and 8 MiB for a heap that had been collected just then. */
const MOST_GROWTH = 0.1;
const SLACK = 8 << 20;

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
    await server.ask('lag');
    const samples: number[] = [];
    const sampler = setInterval(() => samples.push(resident(server.pid)), SAMPLE_MS);
    const start = performance.now();
    const end = start + (seconds - warmUp) * 1000;
    const calls = await load(client, seed, () => performance.now() > end);
    const rate = (calls * 1000) / (performance.now() - start);
    clearInterval(sampler);
    const { p99, max } = await server.ask('lag');
    client.close();
    const quarter = Math.max(1, samples.length >> 2);
    const [first, last] = [median(samples.slice(0, quarter)), median(samples.slice(-quarter))];
    if (!(last <= first * (1 + MOST_GROWTH) + SLACK)) {
      throw new Error(`seed ${seed}: memory grew from ${first} to ${last} bytes in ${seconds} s`);
    }
    return [
      { name: `engine: ${WINDOW} in flight for ${seconds} s`, value: rate, unit: 'calls/s' },
      { name: 'engine: resident, median of the first quarter', value: first / 1e6, unit: 'MB' },
      {
        name: 'engine: resident, median of the last quarter',
        value: last / 1e6,
        unit: 'MB',
        note: `${(last / first).toFixed(2)} × the first`,
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
