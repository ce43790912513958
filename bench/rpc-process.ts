/** The process of bench/rpc-server.ts, as its parent has it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Where the servers listen: URL of the engine, ports of the bare servers. */
export interface Ports {
  readonly engine: string;
  readonly small: number;
  readonly large: number;
}

/** Milliseconds that the event loop was late since the last question. */
export interface Lag {
  readonly p99: number;
  readonly max: number;
}

interface Answers {
  /** bytes, garbage collected before; `live` is what is referred to, in the heap and beside it */
  readonly memory: { readonly resident: number; readonly live: number };
  readonly lag: Lag;
}

/** Forks a process that says something when it is ready. */
export async function forkBench<T>(file: URL, args: readonly string[] = []): Promise<[ChildProcess, T]> {
  const child = fork(fileURLToPath(file), args, { execArgv: ['--expose-gc', '--import', 'tsx'] });
  return [child, await nextMessage<T>(child)];
}

/** Rejects when the child ends instead. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const abort = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', abort).then(([value]) => value as T),
      once(child, 'exit', abort).then(([code]) => {
        throw new Error(`${child.spawnfile} ${child.spawnargs.at(-1)} exited with ${code}`);
      }),
    ]);
  } finally {
    abort.abort();
  }
}

export class RpcServer {
  readonly #child: ChildProcess;
  readonly ports: Ports;

  private constructor(child: ChildProcess, ports: Ports) {
    this.#child = child;
    this.ports = ports;
  }

  static async start(): Promise<RpcServer> {
    return new RpcServer(...(await forkBench<Ports>(new URL('./rpc-server.ts', import.meta.url))));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask<Q extends keyof Answers>(question: Q): Promise<Answers[Q]> {
    const answer = nextMessage<Answers[Q]>(this.#child);
    this.#child.send(question);
    return answer;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
