/**
 * Calls through the whole stack (client peer, TCP, engine with limits, access and metrics) beside bare `net` sockets
 * that move messages of the same sizes, and beside the floor of ../shared/tools where that is there. The server is
 * another process; the subjects take turns.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, connectClient } from '../client/client.ts';
import { median, type Row, times } from './row.ts';
import { forkBench, nextMessage, type Ports, RpcServer } from './rpc-process.ts';
import { BENCH } from './rpc-program.ts';
import { Tirpc } from './tirpc.ts';

const ROUNDS = 15;
const WINDOW_ROUNDS = 5;
const SYNC_CALLS = 2000;
const WINDOW = 64;
const WINDOW_CALLS = 100_000;
const FLOOR_CALLS = 500_000;
const ECHOES = 60;
const MEBIBYTE = 1 << 20;
const IDLE = 1000;
const CROWD = 500;
const CANARY_CALLS = 500;
const CANARY_PAUSE_MS = 10;

const FLOOR = fileURLToPath(new URL('../../shared/tools/', import.meta.url));

/** Runs `once` and gives how many of `count` a second that is. */
async function rate(count: number, once: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await once();
  return (count * 1000) / (performance.now() - start);
}

/** A connected socket that sends `request` and waits for as many bytes as `reply` says. */
async function bareSocket(port: number, request: Buffer, reply: number): Promise<() => Promise<void>> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.unref();
  let got = 0;
  let done: () => void = () => undefined;
  socket.on('data', (chunk) => {
    got += chunk.length;
    if (got < reply) return;
    got -= reply;
    done();
  });
  return () =>
    new Promise((resolve) => {
      done = resolve;
      socket.write(request);
    });
}

async function repeat(count: number, once: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await once();
}

/** The medians of two subjects that took turns, and of the ratio that each round had: what disturbs one disturbs both. */
interface Duel {
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
}

function compared(ours: readonly number[], theirs: readonly number[]): Duel {
  const ratio = median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
  return { ours: median(ours), theirs: median(theirs), ratio };
}

/** Both so many times a round, in turns. */
async function duel(
  count: number,
  ours: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<Duel> {
  await repeat(count, ours);
  await repeat(count, bare);
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(await rate(count, () => repeat(count, ours)));
    rates[1].push(await rate(count, () => repeat(count, bare)));
  }
  return compared(...rates);
}

async function synchronous(client: Client, ports: Ports): Promise<Row[]> {
  const bare = await bareSocket(ports.small, Buffer.alloc(44), 28);
  const { ours, theirs, ratio } = await duel(SYNC_CALLS, () => client.call('BENCH_NULL', undefined), bare);
  return [
    {
      name: 'NULL calls one after the other',
      value: ours,
      unit: 'calls/s',
      note: times(ratio, 'bare net'),
    },
    { name: 'bare net, 44 bytes there, 28 back', value: theirs, unit: 'round trips/s' },
  ];
}

async function windowed(client: Client, calls: number): Promise<number> {
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await client.call('BENCH_NULL', undefined);
  };
  return rate(calls, async () => {
    await Promise.all(Array.from({ length: WINDOW }, worker));
  });
}

/** The yardstick's rate, in two processes of its own. */
async function floorRate(): Promise<number> {
  const server = spawn(process.execPath, [`${FLOOR}floor-rpc-server.mjs`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const client = promisify(execFile)(process.execPath, [
      `${FLOOR}floor-rpc-client.mjs`,
      String(FLOOR_CALLS),
      String(WINDOW),
    ]);
    return Number(/: (\d+) calls/.exec((await client).stdout)?.[1]);
  } finally {
    server.kill();
  }
}

async function pipelined(client: Client): Promise<Row[]> {
  await windowed(client, WINDOW_CALLS);
  const there = existsSync(`${FLOOR}floor-rpc-server.mjs`);
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < WINDOW_ROUNDS; round++) {
    rates[0].push(await windowed(client, WINDOW_CALLS));
    if (there) rates[1].push(await floorRate());
  }
  const { ours, theirs, ratio } = compared(...rates);
  const name = `NULL calls, ${WINDOW} in flight`;
  if (!there) return [{ name, value: ours, unit: 'calls/s', note: 'no ../shared/tools to compare with' }];
  return [
    { name, value: ours, unit: 'calls/s', note: times(ratio, 'the floor') },
    { name: 'the floor: ../shared/tools/floor-rpc-*.mjs', value: theirs, unit: 'calls/s' },
  ];
}

async function echo(client: Client, ports: Ports): Promise<Row[]> {
  const blob = new Uint8Array(MEBIBYTE).fill(7);
  const bare = await bareSocket(ports.large, Buffer.alloc(MEBIBYTE + 48), MEBIBYTE + 48);
  const { ours, theirs, ratio } = await duel(ECHOES, () => client.call('BENCH_ECHO', blob), bare);
  return [
    { name: 'echo of 1 MiB', value: ours, unit: 'calls/s', note: times(ratio, 'bare net echo') },
    { name: 'bare net echo, the same size', value: theirs, unit: 'round trips/s' },
  ];
}

/** What a connection costs the server that has made one call and is kept. */
export async function idle(server: RpcServer): Promise<Row[]> {
  const before = (await server.ask('memory')).resident;
  const clients: Client[] = [];
  for (let i = 0; i < IDLE; i++) {
    const client = await connectClient(server.ports.engine, BENCH, 1);
    await client.call('BENCH_NULL', undefined);
    clients.push(client);
  }
  const each = ((await server.ask('memory')).resident - before) / IDLE;
  for (const client of clients) client.close();
  return [{ name: `an idle connection after one call, of ${IDLE}`, value: each / 1024, unit: 'KiB' }];
}

/** How long one more client waits for a NULL call while others keep the engine at half of what it can do. */
async function canary(ports: Ports): Promise<Row[]> {
  const [load, { capacity }] = await forkBench<{ capacity: number }>(
    new URL('./rpc-load.ts', import.meta.url),
    [ports.engine, String(CROWD)],
  );
  try {
    const client = await connectClient(ports.engine, BENCH, 1);
    const waits: number[] = [];
    for (let i = 0; i < CANARY_CALLS; i++) {
      await setTimeout(CANARY_PAUSE_MS);
      const start = performance.now();
      await client.call('BENCH_NULL', undefined);
      waits.push(performance.now() - start);
    }
    client.close();
    const asked = nextMessage<{ rate: number }>(load);
    load.send('rate');
    const share = (await asked).rate / capacity;
    waits.sort((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)]!;
    return [
      {
        name: `a call beside ${CROWD} connections, p99`,
        value: p99,
        unit: 'ms',
        note: `at ${share.toFixed(2)} of ${Math.round(capacity).toLocaleString('en-US')} calls/s`,
      },
    ];
  } finally {
    load.disconnect();
  }
}

/** Synchronous NULL calls: C on both ends, and ours with C on the other. */
async function tirpc(client: Client): Promise<Row[]> {
  const peer = await Tirpc.build();
  if (typeof peer === 'string') {
    return [{ name: 'libtirpc, synchronous', value: Number.NaN, unit: '', note: `needs ${peer}` }];
  }
  try {
    const theirs = await connectClient(`tcp://127.0.0.1:${peer.port}`, BENCH, 1);
    const [ours, mixed, c]: [number[], number[], number[]] = [[], [], []];
    const sync = (to: Client) =>
      rate(SYNC_CALLS, () => repeat(SYNC_CALLS, () => to.call('BENCH_NULL', undefined)));
    await sync(theirs);
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await sync(client));
      mixed.push(await sync(theirs));
      c.push(await peer.rate(SYNC_CALLS));
    }
    theirs.close();
    const name = 'NULL calls one after the other';
    const row = (which: string, rates: readonly number[]): Row => {
      const { ours: value, ratio } = compared(rates, c);
      return { name: `${name}, ${which}`, value, unit: 'calls/s', note: times(ratio, 'libtirpc') };
    };
    return [
      row('beside libtirpc', ours),
      row('to a libtirpc server', mixed),
      { name: `${name}, libtirpc on both ends`, value: median(c), unit: 'calls/s' },
    ];
  } finally {
    peer.stop();
  }
}

export async function run(_options: { readonly long: boolean }): Promise<Row[]> {
  const server = await RpcServer.start();
  const { ports } = server;
  try {
    const client = await connectClient(ports.engine, BENCH, 1);
    const rows = [
      ...(await synchronous(client, ports)),
      ...(await tirpc(client)),
      ...(await pipelined(client)),
      ...(await echo(client, ports)),
      ...(await idle(server)),
      ...(await canary(ports)),
    ];
    client.close();
    return rows;
  } finally {
    server.stop();
  }
}
