/**
 * A real daemon process for tests, what can be learnt of it from outside (descriptors, memory, counters), and a raw
 * TCP client that sends any bytes. Ends only what it started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  decodeMessage,
  encodeCall,
  encodeRecord,
  type OpaqueAuth,
  type RpcCall,
  type RpcReply,
} from '../../codec/rpc/index.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const VIRT = 0x20001a65;
const START_MS = 15_000;

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export class Daemon {
  readonly process: ChildProcess;
  /** one for each listener, in order */
  readonly urls: string[] = [];
  readonly log: LogLine[] = [];
  metricsUrl = '';
  /** code or signal, once it has ended */
  readonly ended: Promise<number | string>;
  isRunning = true;

  private constructor(args: readonly string[], env: NodeJS.ProcessEnv, wrapper: readonly string[]) {
    const [program = '', ...rest] = [...wrapper, process.execPath, '--import', 'tsx', 'cli/main.ts', 'serve'];
    this.process = spawn(program, [...rest, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      this.process.once('exit', (code, signal) => {
        this.isRunning = false;
        resolve(code ?? signal ?? 'gone');
      });
    });
  }

  /**
   * Starts `oncilla serve` and waits until it is ready. Rejects with what it wrote when it ends instead. `wrapper`: a
   * command that becomes the one whose words stand behind its own.
   */
  static async start(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    wrapper: readonly string[] = [],
  ): Promise<Daemon> {
    const daemon = new Daemon(args, env, wrapper);
    let errors = '';
    eachLine(daemon.process.stderr!, (line) => {
      errors += `${line}\n`;
      if (!line.startsWith('{')) return;
      const entry = JSON.parse(line) as LogLine;
      daemon.log.push(entry);
      if (entry.event === 'metrics') daemon.metricsUrl = String(entry.url);
    });
    const ready = new Promise<boolean>((resolve) => {
      eachLine(daemon.process.stdout!, (line) => {
        const said = JSON.parse(line) as { event: string; url?: string };
        if (said.event === 'listening') daemon.urls.push(said.url!);
        if (said.event === 'ready') resolve(true);
      });
    });
    const failed = daemon.ended.then(() => false);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), START_MS);
    });
    const isReady = await Promise.race([ready, failed, late]);
    clearTimeout(timer);
    if (isReady) return daemon;
    await daemon.stop('SIGKILL');
    throw new Error(`the daemon did not start: ${errors}`);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The port of the `index`th listener. */
  port(index = 0): number {
    return Number(/:(\d+)$/.exec(this.urls[index] ?? '')?.[1]);
  }

  /** Open descriptors. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Resident memory, bytes. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  /** How long its main thread has wanted to run while others did, milliseconds; 0 where the kernel does not say. */
  get waited(): number {
    try {
      const [, waited] = readFileSync(`/proc/${this.pid}/task/${this.pid}/schedstat`, 'latin1').split(' ');
      return Number(waited) / 1e6;
    } catch {
      return 0;
    }
  }

  /** A counter or gauge, all its label sets together, or those with `label`. */
  metric(name: string, label = ''): Promise<number> {
    return metricAt(this.metricsUrl, name, label);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (this.isRunning) this.process.kill(signal);
    return this.ended;
  }
}

/** A counter or gauge of the daemon whose metrics are at `url`: all its label sets together, or those with `label`. */
export async function metricAt(url: string, name: string, label = ''): Promise<number> {
  // A connection of its own, closed behind it: one that is kept would be a descriptor more.
  const response = await fetch(url, { headers: { connection: 'close' } });
  let sum = 0;
  for (const line of (await response.text()).split('\n')) {
    const match = /^oncilla_(\w+)(?:\{(.*)\})? ([\d.e+-]+)$/.exec(line);
    if (match?.[1] === name && (match[2] ?? '').includes(label)) sum += Number(match[3]);
  }
  return sum;
}

function eachLine(stream: NodeJS.ReadableStream, f: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) f(line);
  });
}

/** Polls until `f` holds; false after `ms`. */
export async function eventually(f: () => boolean | Promise<boolean>, ms = 3000): Promise<boolean> {
  const until = Date.now() + ms;
  for (;;) {
    if (await f()) return true;
    if (Date.now() > until) return false;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}

/** How a raw connection ended. */
export type Ending = 'end' | 'reset';

/** A TCP connection that sends whatever bytes, and takes replies out of what comes. */
export class RawClient {
  readonly socket: Socket;
  /** replies not yet taken */
  readonly replies: RpcReply[] = [];
  /** calls of the daemon's, which nobody has answered */
  readonly calls: RpcCall[] = [];
  bytesReceived = 0;
  ending: Ending | null = null;
  #buffer = Buffer.alloc(0);
  #changed: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#data(bytes));
    socket.on('end', () => this.#end('end'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', () => this.#end('reset'));
  }

  /** One that was reset before we saw that it was connected is given too: the kernel accepted it, the daemon did not. */
  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
      const failed = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'ECONNRESET') resolve(client);
        else reject(error);
      };
      const client = new RawClient(socket);
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        resolve(client);
      });
    });
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Sends, and resolves when the kernel has taken it, or the connection is over. */
  taken(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => void this.socket.write(bytes, () => resolve()));
  }

  /** The next reply; null when none comes within `ms`, or the connection ends. */
  async next(ms = 2000): Promise<RpcReply | null> {
    await this.#until(() => this.replies.length > 0 || this.ending !== null, ms);
    return this.replies.shift() ?? null;
  }

  /** Waits for the other side to end it; null when it does not. */
  async ended(ms = 3000): Promise<Ending | null> {
    await this.#until(() => this.ending !== null, ms);
    return this.ending;
  }

  close(): void {
    this.socket.destroy();
  }

  #until(f: () => boolean, ms: number): Promise<void> {
    if (f()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#changed = () => {
        if (f()) done();
      };
    });
  }

  #end(how: Ending): void {
    this.ending ??= how;
    this.#changed?.();
  }

  #data(bytes: Buffer): void {
    this.bytesReceived += bytes.length;
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    while (this.#buffer.length >= 4) {
      const length = this.#buffer.readUInt32BE(0) & 0x7fffffff;
      if (this.#buffer.length < 4 + length) return;
      const message = decodeMessage(Uint8Array.from(this.#buffer.subarray(4, 4 + length)));
      if (message.type === 'call') this.calls.push(message);
      else this.replies.push(message);
      this.#buffer = this.#buffer.subarray(4 + length);
    }
    this.#changed?.();
  }
}

/** Words of 32 bits, as they stand on the wire. */
export function words(...values: readonly number[]): Uint8Array {
  const out = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value >>> 0, i * 4);
  return out;
}

/** A record mark that may lie. */
export function mark(last: boolean, length: number): Uint8Array {
  return words(((last ? 0x80000000 : 0) | (length & 0x7fffffff)) >>> 0);
}

export interface CallParts {
  readonly xid?: number;
  readonly program?: number;
  readonly version?: number;
  readonly procedure?: number;
  readonly credential?: OpaqueAuth;
  readonly args?: Uint8Array;
}

/** One call's message; NULL of VIRT by default. */
export function callMessage({
  xid = 1,
  program = VIRT,
  version = 1,
  procedure = 0,
  credential,
  args = new Uint8Array(0),
}: CallParts = {}): Uint8Array {
  return encodeCall(
    { xid, program, version, procedure, ...(credential === undefined ? {} : { credential }) },
    args,
  );
}

/** One call as a record. */
export function callRecord(parts: CallParts = {}): Uint8Array {
  return encodeRecord(callMessage(parts));
}
