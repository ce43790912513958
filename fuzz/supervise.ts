/**
 * The process that serves the target, where the command line says how to start it: started, looked at through /proc,
 * started again. Ends only what it started, with its children. `start` and `restart` reject when it does not serve.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Supervised } from './run.ts';

const START_MS = 15_000;
const POLL_MS = 50;
const STOP_MS = 2000;

export class Supervisor implements Supervised {
  readonly #command: string;
  readonly #isServing: () => Promise<boolean>;
  #child: ChildProcess | null = null;
  #ended: string | null = null;
  #errors = '';

  /** `command` for sh; `isServing` asks whether the target answers. */
  constructor(command: string, isServing: () => Promise<boolean>) {
    this.#command = command;
    this.#isServing = isServing;
  }

  get ended(): string | null {
    return this.#ended;
  }

  async start(): Promise<void> {
    this.#ended = null;
    this.#errors = '';
    // A group of its own, so that what the shell started ends with it.
    const child = spawn('/bin/sh', ['-c', `exec ${this.#command}`], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr?.setEncoding('latin1');
    child.stderr?.on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4096);
    });
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#ended = signal === null ? `exit status ${code}` : `ended by ${signal}`;
    });
    const until = performance.now() + START_MS;
    while (performance.now() < until && this.#ended === null) {
      if (await this.#isServing()) return;
      await pause(POLL_MS);
    }
    await this.stop();
    throw new Error(
      `${this.#ended ?? 'it does not answer'}${this.#errors === '' ? '' : `: ${this.#errors.trim()}`}`,
    );
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    this.#kill(child.pid, 'SIGTERM');
    const timer = setTimeout(() => this.#kill(child.pid as number, 'SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
    child.stderr?.destroy();
  }

  memory(): number | null {
    const status = this.#proc((dir) => readFileSync(`${dir}/status`, 'latin1'));
    const kib = /^VmRSS:\s+(\d+)/m.exec(status ?? '')?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  }

  descriptors(): number | null {
    return this.#proc((dir) => readdirSync(`${dir}/fd`).length);
  }

  /** What /proc tells of it; null where there is none, or the process is gone. */
  #proc<T>(look: (dir: string) => T): T | null {
    const pid = this.#child?.pid;
    if (pid === undefined) return null;
    try {
      return look(`/proc/${pid}`);
    } catch {
      return null;
    }
  }

  #kill(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(-pid, signal);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ESRCH') throw e;
    }
  }
}
