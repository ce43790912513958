/** Sessions of our own client with our own daemon, recorded by the daemon, for the tests of `replay`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../peers/daemon.ts';
import { fakeIo, type Ran, run } from './fake-io.ts';
import { running } from './serve/running.ts';

const XML = "<domain type='test'><name>fresh</name><memory>1024</memory></domain>";

/** A daemon that was started afresh, within this process. */
export interface FreshDaemon {
  readonly url: string;
  readonly port: number;
  metric(name: string, label?: string): Promise<number>;
}

export async function withDaemon<T>(
  args: readonly string[],
  work: (daemon: FreshDaemon) => Promise<T>,
): Promise<T> {
  const { daemon, metric } = await running(args);
  try {
    const { url } = daemon.listening[0]!;
    return await work({ url, port: Number(/\d+$/.exec(url)?.[0]), metric });
  } finally {
    await daemon.stop();
  }
}

async function virt(url: string, ...words: string[]): Promise<string> {
  const ran = await run(['virt', '-c', `test+${url}/default`, ...words]);
  expect(ran.status, `${words.join(' ')}: ${ran.err}`).to.equal(0);
  return ran.out;
}

/** A domain defined without a UUID, started, looked at and destroyed by its id; what the client printed. */
export async function domainSession(url: string, folder: string): Promise<string[]> {
  const file = join(folder, 'fresh.xml');
  writeFileSync(file, XML);
  const outs: string[] = [];
  for (const words of [
    ['define', file],
    ['start', 'fresh'],
    ['dominfo', 'fresh'],
    ['dumpxml', 'fresh'],
    ['destroy', 'fresh'],
    ['undefine', 'fresh'],
  ]) {
    outs.push(await virt(url, ...words));
  }
  return outs;
}

/** A client that waits for one event, and what it printed. */
export function watchEvent(url: string): Promise<Ran> {
  return run(['virt', '-c', `test+${url}/default`, 'event', '--timeout', '10']);
}

/** One client registered for events while another makes one happen. */
export async function eventSession({ url, metric }: FreshDaemon): Promise<Ran> {
  const watcher = watchEvent(url);
  const isRegistered = async () => (await metric('calls_total', 'EVENT_REGISTER"')) > 0;
  expect(await eventually(isRegistered, 8000)).to.equal(true);
  await virt(url, 'suspend', 'test');
  return watcher;
}

/** Records what happens between a daemon and whoever `work` makes call it. */
export function recorded<T>(file: string, work: (daemon: FreshDaemon) => Promise<T>): Promise<T> {
  return withDaemon(['--record', file], work);
}

/** A line of what `replay --serve` prints. */
export interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Serving {
  readonly urls: readonly string[];
  readonly lines: () => Line[];
  /** ends it as SIGINT does */
  stop(): Promise<Ran & { readonly summary: Line }>;
}

/** Runs `replay FILE --serve …` until it is told to stop. */
export async function served(file: string, ...words: string[]): Promise<Serving> {
  const io = fakeIo();
  const ended = run(['replay', file, ...words], io);
  const lines = () =>
    io.stdout.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const isReady = () => lines().some(({ event }) => event === 'ready');
  const over = ended.then(() => true);
  await eventually(async () => isReady() || (await Promise.race([over, Promise.resolve(false)])));
  if (!isReady()) throw new Error((await ended).err);
  return {
    urls: lines()
      .filter(({ event }) => event === 'listening')
      .map(({ url }) => String(url)),
    lines,
    async stop() {
      io.abort.abort();
      const ran = await ended;
      return { ...ran, summary: lines().at(-1)! };
    },
  };
}
