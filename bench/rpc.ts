/**
 * Calls through the whole stack (client peer, TCP, engine with limits, access and metrics) beside bare `net` sockets
 * that move messages of the same sizes, and beside the floor of ../shared/tools where that is there. The server is
 * another process; the subjects take turns.
 */
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, connectClient } from '../client/client.ts';
import { median, type Row, times } from './row.ts';
import { BENCH } from './rpc-program.ts';

const ROUNDS = 9;
const SYNC_CALLS = 2000;
const WINDOW = 64;
const WINDOW_CALLS = 100_000;
const FLOOR_CALLS = 500_000;
const ECHOES = 60;
const MEBIBYTE = 1 << 20;
const IDLE = 1000;

const FLOOR = fileURLToPath(new URL('../../shared/tools/', import.meta.url));

interface Ports {
  readonly engine: string;
  readonly small: number;
  readonly large: number;
}

function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (value) => resolve(value as T));
    child.once('exit', (code) => reject(new Error(`the bench's server exited with ${code}`)));
  });
}

async function startServer(): Promise<[ChildProcess, Ports]> {
  const file = fileURLToPath(new URL('./rpc-server.ts', import.meta.url));
  const child = fork(file, { execArgv: ['--expose-gc', '--import', 'tsx'] });
  return [child, await message<Ports>(child)];
}

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

/** Two subjects in turns; the medians of their rates. */
async function duel(
  count: number,
  ours: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<[number, number]> {
  await repeat(count, ours);
  await repeat(count, bare);
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(await rate(count, () => repeat(count, ours)));
    rates[1].push(await rate(count, () => repeat(count, bare)));
  }
  return [median(rates[0]), median(rates[1])];
}

async function synchronous(client: Client, ports: Ports): Promise<Row[]> {
  const bare = await bareSocket(ports.small, Buffer.alloc(44), 28);
  const [calls, pings] = await duel(SYNC_CALLS, () => client.call('BENCH_NULL', undefined), bare);
  return [
    {
      name: 'NULL calls one after the other',
      value: calls,
      unit: 'calls/s',
      note: times(calls / pings, 'bare net'),
    },
    { name: 'bare net, 44 bytes there, 28 back', value: pings, unit: 'round trips/s' },
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
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let round = 0; round < 5; round++) {
    ours.push(await windowed(client, WINDOW_CALLS));
    if (there) floor.push(await floorRate());
  }
  const [value, least] = [median(ours), median(floor)];
  const name = `NULL calls, ${WINDOW} in flight`;
  if (!there) return [{ name, value, unit: 'calls/s', note: 'no ../shared/tools to compare with' }];
  return [
    { name, value, unit: 'calls/s', note: times(value / least, 'the floor') },
    { name: 'the floor: ../shared/tools/floor-rpc-*.mjs', value: least, unit: 'calls/s' },
  ];
}

async function echo(client: Client, ports: Ports): Promise<Row[]> {
  const blob = new Uint8Array(MEBIBYTE).fill(7);
  const bare = await bareSocket(ports.large, Buffer.alloc(MEBIBYTE + 48), MEBIBYTE + 48);
  const [ours, theirs] = await duel(ECHOES, () => client.call('BENCH_ECHO', blob), bare);
  return [
    { name: 'echo of 1 MiB', value: ours, unit: 'calls/s', note: times(ours / theirs, 'bare net echo') },
    { name: 'bare net echo, the same size', value: theirs, unit: 'round trips/s' },
  ];
}

async function idle(server: ChildProcess, ports: Ports): Promise<Row[]> {
  const resident = async (): Promise<number> => {
    server.send('memory');
    return (await message<{ resident: number }>(server)).resident;
  };
  const before = await resident();
  const clients: Client[] = [];
  for (let i = 0; i < IDLE; i++) {
    const client = await connectClient(ports.engine, BENCH, 1);
    await client.call('BENCH_NULL', undefined);
    clients.push(client);
  }
  const each = ((await resident()) - before) / IDLE;
  for (const client of clients) client.close();
  return [{ name: `an idle connection after one call, of ${IDLE}`, value: each / 1024, unit: 'KiB' }];
}

export async function run(_options: { readonly long: boolean }): Promise<Row[]> {
  const [server, ports] = await startServer();
  try {
    const client = await connectClient(ports.engine, BENCH, 1);
    const rows = [
      ...(await synchronous(client, ports)),
      ...(await pipelined(client)),
      ...(await echo(client, ports)),
      ...(await idle(server, ports)),
    ];
    client.close();
    return rows;
  } finally {
    server.disconnect();
  }
}
