/**
 * `watch` in a real terminal (a pseudo-terminal of `script`): how long until the first screen, from a key's bytes to
 * the bytes of its frame while the capture loads and afterwards, and the most memory it took.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bigCapture } from './big-capture.ts';
import { median, type Row } from './row.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const STARTS = 5;
const KEYS = 1000;
const KEYS_WHILE_LOADING = 100;
const MILLION = 740_000_000;

/** Keys pressed in turn, as somebody who looks around does. */
const ROUND = ['j', 'j', 'j', 'k', '\x1b[6~', 'j', '\x1b[6~', '\x1b[5~', 'G', 'k', 'k', 'gg', 'j'];

/** What is written for the line of the cursor, and for none else: a frame of the loading is not taken for the key's. */
const CURSOR = /48;5;25m/;

class Session {
  readonly #script: ChildProcess;
  readonly started = performance.now();
  /** everything since the last `clear`, without what moves the cursor */
  #text = '';
  /** bytes drawn so far */
  drawn = 0;
  #heard: () => void = () => undefined;

  constructor(file: string, args: readonly string[] = []) {
    const command = ['exec', process.execPath, MAIN, 'watch', ...args, file].join(' ');
    const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', TMUX: '' };
    this.#script = spawn('script', ['-qfc', `stty cols 140 rows 42; ${command}`, '/dev/null'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#script.stdout!.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString();
      this.drawn += bytes.length;
      this.#heard();
    });
  }

  /** Waits for text on the screen; milliseconds since `from`. */
  async shows(pattern: RegExp, from: number): Promise<number> {
    while (!pattern.test(this.#text)) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    return performance.now() - from;
  }

  /** Presses a key and waits for its frame. */
  async press(key: string): Promise<number> {
    this.#text = '';
    const from = performance.now();
    this.#script.stdin!.write(key);
    return this.shows(CURSOR, from);
  }

  /** Highest resident memory of the inspector so far, in MB. */
  get peak(): number {
    const pid = childOf(this.#script.pid!);
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1]) / 1024;
  }

  async close(): Promise<void> {
    const over = new Promise((resolve) => this.#script.on('exit', resolve));
    this.#script.stdin!.write('q');
    await over;
  }
}

function childOf(parent: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) === parent) return Number(name);
    } catch {
      // it ended while we looked
    }
  }
  throw new Error('the inspector is gone');
}

export async function run(): Promise<Row[]> {
  return [
    ...(await measure('150 MB', bigCapture(150_000_000))),
    ...(await measure('740 MB', bigCapture(MILLION))),
  ];
}

async function measure(size: string, file: string): Promise<Row[]> {
  const firsts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const session = new Session(file);
    firsts.push(await session.shows(/Fields of packet 1/, session.started));
    await session.close();
  }
  const session = new Session(file);
  await session.shows(/Fields of packet 1/, session.started);
  const loading: number[] = [];
  for (let i = 0; i < KEYS_WHILE_LOADING; i++) loading.push(await session.press(i % 2 === 0 ? 'j' : 'k'));
  await waitLoaded(session);
  const loaded = performance.now() - session.started;
  const keys: number[] = [];
  for (let i = 0; i < KEYS; i++) keys.push(await session.press(ROUND[i % ROUND.length]!));
  await session.press('c');
  const calls: number[] = [];
  for (let i = 0; i < KEYS; i++) calls.push(await session.press(ROUND[i % ROUND.length]!));
  const peak = session.peak;
  await session.close();
  const row = (name: string, value: number, unit: string, note?: string): Row => ({
    name: `watch, ${size}: ${name}`,
    value,
    unit,
    ...(note === undefined ? {} : { note }),
  });
  return [
    row('first screen', median(firsts), 'ms'),
    row('all loaded', loaded, 'ms'),
    row(
      'key to frame while loading, p99',
      percentile(loading, 99),
      'ms',
      `p50 ${percentile(loading, 50).toFixed(1)} ms`,
    ),
    row('key to frame, p99', percentile(keys, 99), 'ms', `p50 ${percentile(keys, 50).toFixed(1)} ms`),
    row(
      'key to frame in calls, p99',
      percentile(calls, 99),
      'ms',
      `p50 ${percentile(calls, 50).toFixed(1)} ms`,
    ),
    row('peak memory', peak, 'MB'),
  ];
}

/** Until nothing more is drawn by itself. */
async function waitLoaded(session: Session): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const before = session.drawn;
    await new Promise((resolve) => setTimeout(resolve, 100));
    quiet = session.drawn === before ? quiet + 1 : 0;
  }
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
