/** rpcgen's C client and server over libtirpc, from bench/tirpc, built in a folder of their own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missingTool } from '../test/peers/reencode.ts';

const SOURCE = join(import.meta.dirname, 'tirpc');

function build(folder: string): void {
  const sh = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: folder });
  for (const file of ['bench.x', 'client.c', 'server.c'])
    copyFileSync(join(SOURCE, file), join(folder, file));
  for (const [option, file] of [
    ['-h', 'bench.h'],
    ['-c', 'xdr.c'],
    ['-l', 'stub.c'],
    ['-m', 'dispatch.c'],
  ] as const) {
    sh('rpcgen', option, '-o', file, 'bench.x');
  }
  const flags = ['-O2', '-w', '-I/usr/include/tirpc', '-I.'];
  sh('gcc', ...flags, '-o', 'client', 'client.c', 'stub.c', 'xdr.c', '-ltirpc');
  sh('gcc', ...flags, '-o', 'server', 'server.c', 'dispatch.c', 'xdr.c', '-ltirpc');
}

export class Tirpc {
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly port: number;

  private constructor(folder: string, server: ChildProcess, port: number) {
    this.#folder = folder;
    this.#server = server;
    this.port = port;
  }

  /** Builds both and starts the server; or says what is not installed. */
  static async build(): Promise<Tirpc | string> {
    const missing = missingTool();
    if (missing !== undefined) return missing;
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-tirpc-'));
    build(folder);
    const server = spawn(join(folder, 'server'), { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(server.stdout, 'data');
    return new Tirpc(folder, server, Number(said));
  }

  /** Calls a second of the C client, which begins, connects and ends each time. */
  async rate(calls: number): Promise<number> {
    const args = [String(this.port), String(calls)];
    return Number((await promisify(execFile)(join(this.#folder, 'client'), args)).stdout);
  }

  stop(): void {
    this.#server.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
