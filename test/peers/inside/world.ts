/** What the scripts in this folder share: daemons, other programs, our own command, and the way back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ran, run } from '../../cli/fake-io.ts';

/** Starts a daemon that ends with the namespace; its output goes to `log`. */
export function daemon(program: string, args: readonly string[], log = '/dev/null'): ChildProcess {
  const out = openSync(log, 'a');
  return spawn(program, args, { stdio: ['ignore', out, out] });
}

/** Runs a program to its end, without stopping our own event loop: it may be talking to us. */
export function program(name: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part) => {
      out += part;
    });
    child.stderr.on('data', (part) => {
      err += part;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, out, err }));
  });
}

export function oncilla(...args: string[]): Promise<Ran> {
  return run(args);
}

/** Calls a procedure and gives its result; throws with what the command said. */
export async function call(
  target: string,
  procedure: string,
  args?: unknown,
  ...options: string[]
  // biome-ignore lint/suspicious/noExplicitAny: JSON of whatever type the procedure has
): Promise<any> {
  const json = args === undefined ? [] : [JSON.stringify(args)];
  const ran = await oncilla('call', ...options, target, procedure, ...json);
  if (ran.status !== 0) throw new Error(`${procedure}: status ${ran.status}: ${ran.err}`);
  return JSON.parse(ran.out);
}

export async function waitFor(what: string, test: () => Promise<boolean>, seconds = 10): Promise<void> {
  for (let i = 0; i < seconds * 20; i++) {
    if (await test()) return;
    await sleep(50);
  }
  throw new Error(`gave up waiting for ${what}`);
}

/** Ends the script with its findings. */
export function done(result: unknown): never {
  process.stdout.write(`RESULT ${JSON.stringify(result)}\n`);
  process.exit(0);
}
