/**
 * -i: dumpcap or tcpdump, run on an interface; its output is the capture's bytes. Which is there is found along PATH and
 * where systems keep them. Throws CliError: no such program, interface or filter, and no right to capture, with advice.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { InterfaceSettings } from './capture-options.ts';
import type { Io } from './command.ts';
import { CliError, systemReason } from './errors.ts';
import type { LiveHooks, LiveSource } from './live-source.ts';

export type CaptureProgramName = 'dumpcap' | 'tcpdump';

export interface CaptureProgram {
  readonly name: CaptureProgramName;
  readonly path: string;
  /** this user may not even run it, as where only a group may */
  readonly forbidden: boolean;
}

/** Folders that are no part of an ordinary user's PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** What the kernel may hold for the program, MiB: half a second at a gigabit. */
const BUFFER_MIB = 64;

/**
 * How long the kernel may keep packets before it hands them over: dumpcap asks for 250 ms, tcpdump for none. Who is told
 * to end loses them.
 */
const KEPT_MS = 400;

/** What the program's farewell may take, with what it still has to give. */
const STOP_MS = 3000;

/** How often tcpdump is asked what was lost; dumpcap tells only at its end. */
const ASK_MS = 1000;

/** What a program wrote on standard error is kept up to here. */
const MAX_ERRORS = 16 * 1024;

const NO_RIGHT = /permission|not permitted|are you root/i;
const NO_INTERFACE = /no (?:such )?device|no such interface|there is no (?:device|interface)/i;
const BAD_FILTER = /filter|syntax error|expression rejected/i;

/**
 * The programs that are here, best first: dumpcap, whose rights can be given to a group, and which loses less (on
 * loopback at 20 thousand packets a second and a busy machine none, where tcpdump, asked for no delay, lost 8 %).
 */
export function capturePrograms(env: Io['env']): CaptureProgram[] {
  const folders = [...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const found: CaptureProgram[] = [];
  for (const name of ['dumpcap', 'tcpdump'] as const) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (!isFile(path)) continue;
      found.push({ name, path, forbidden: !mayRun(path) });
      break;
    }
  }
  return found;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // not there, or in a folder that is closed to this user
    return false;
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Each prints one packet as soon as it has it; dumpcap writes pcapng, tcpdump pcap with nanoseconds. */
export function captureArguments(
  program: CaptureProgramName,
  { name, filter }: InterfaceSettings,
): readonly string[] {
  if (program === 'dumpcap') {
    const limited = filter === null ? [] : ['-f', filter];
    return ['-q', '-i', name, '-B', String(BUFFER_MIB), ...limited, '-w', '-'];
  }
  const precise = '--time-stamp-precision=nano';
  const limited = filter === null ? [] : ['--', filter];
  return [
    '-n',
    '-U',
    '--immediate-mode',
    '-i',
    name,
    '-B',
    String(BUFFER_MIB * 1024),
    precise,
    '-w',
    '-',
    ...limited,
  ];
}

/** Starts to capture; resolves once packets are taken. */
export async function captureInterface(
  settings: InterfaceSettings,
  env: Io['env'],
  hooks: LiveHooks,
): Promise<CaptureProcess> {
  const programs = capturePrograms(env);
  if (programs.length === 0) {
    throw new CliError(`-i ${settings.name}`, 'needs dumpcap or tcpdump, and neither is here', {
      hint: 'apt install wireshark-common, or tcpdump; --proxy LISTEN=TARGET needs neither',
    });
  }
  let refused: Failure | null = null;
  for (const program of programs) {
    const started = program.forbidden
      ? { refused: true, why: `this user may not run ${program.path}` }
      : await CaptureProcess.start(program, settings, hooks);
    if (started instanceof CaptureProcess) return started;
    if (!started.refused) throw new CliError(`-i ${settings.name}`, `${program.name}: ${started.why}`);
    refused ??= { ...started, why: `${program.name}: ${started.why}` };
  }
  throw new CliError(`-i ${settings.name}`, `no right to capture (${refused?.why})`, {
    detail: advice(programs),
  });
}

/** How to get the right. */
function advice(programs: readonly CaptureProgram[]): string {
  const [first] = programs;
  const ways: [string, string][] = [['once, as root', `sudo oncilla capture -i …`]];
  if (first?.name === 'dumpcap') {
    ways.push(
      ['for members of a group (Debian, Ubuntu)', 'sudo dpkg-reconfigure wireshark-common'],
      ['  and then, to become one', 'sudo usermod -a -G wireshark $USER   (and log in again)'],
    );
  }
  ways.push([
    'for all who may run it',
    `sudo setcap cap_net_raw,cap_net_admin=eip ${first?.path ?? '/usr/bin/dumpcap'}`,
  ]);
  ways.push([
    'without any right',
    'oncilla capture --proxy tcp://127.0.0.1:PORT=tcp://SERVER:PORT -w FILE.pcapng',
  ]);
  const width = Math.max(...ways.map(([when]) => when.length));
  return ways.map(([when, what]) => `  ${when.padEnd(width)}  ${what}`).join('\n');
}

/** Why a program did not capture; `refused`: for want of rights. */
interface Failure {
  readonly refused: boolean;
  readonly why: string;
}

export class CaptureProcess implements LiveSource {
  readonly name: string;
  readonly program: CaptureProgramName;
  readonly ended: Promise<string | null>;
  received: number | null = null;
  dropped: number | null = null;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #errors = '';
  #stopping = false;
  #asking: NodeJS.Timeout | null = null;

  static async start(
    program: CaptureProgram,
    settings: InterfaceSettings,
    hooks: LiveHooks,
  ): Promise<CaptureProcess | Failure> {
    const child = spawn(program.path, captureArguments(program.name, settings), {
      stdio: ['ignore', 'pipe', 'pipe'],
      // ctrl-c is for us alone, who tell it when it should end
      detached: true,
      // what is matched below is what it says in English
      env: { ...process.env, LC_ALL: 'C' },
    });
    const started = new CaptureProcess(child, program.name, settings);
    return started.#begin(hooks);
  }

  private constructor(
    child: ChildProcessByStdio<null, Readable, Readable>,
    program: CaptureProgramName,
    { name, filter }: InterfaceSettings,
  ) {
    this.#child = child;
    this.program = program;
    this.name = filter === null ? name : `${name} (${filter})`;
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#said(text));
    this.ended = new Promise((resolve) => {
      let broken: Error | null = null;
      child.once('error', (error) => {
        broken = error;
      });
      child.once('close', (code) => {
        if (this.#asking !== null) clearInterval(this.#asking);
        if (broken !== null) resolve(systemReason(broken));
        else resolve(this.#stopping ? null : this.#reason(code));
      });
    });
  }

  async stop(now = false): Promise<void> {
    this.#stopping = true;
    if (!now) await this.#settled();
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Waits until what came so far must have been handed over. */
  async #settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const kept = new Promise((resolve) => {
      timer = setTimeout(resolve, KEPT_MS);
    });
    await Promise.race([kept, this.ended]);
    clearTimeout(timer);
  }

  /** Waits until it captures, or is over. */
  async #begin({ bytes }: LiveHooks): Promise<this | Failure> {
    const capturing = new Promise<null>((resolve) => {
      this.#child.stderr.on('data', () => {
        if (/^File: |listening on /m.test(this.#errors)) resolve(null);
      });
      const { stdout } = this.#child;
      stdout.on('data', (chunk: Buffer) => {
        const taken = bytes(chunk);
        // What waits in the pipe holds up the program, and what the kernel then loses it counts.
        if (taken !== undefined) {
          stdout.pause();
          void taken.then(() => stdout.resume());
        }
        resolve(null);
      });
    });
    const why = await Promise.race([capturing, this.ended]);
    if (why !== null) return { refused: NO_RIGHT.test(this.#errors), why };
    if (this.program === 'tcpdump') {
      this.#asking = setInterval(() => this.#child.kill('SIGUSR1'), ASK_MS);
      this.#asking.unref();
    }
    return this;
  }

  /** Takes the counts out of what it says: of the whole capture so far, at its end or when asked. */
  #said(text: string): void {
    this.#errors = (this.#errors + text).slice(-MAX_ERRORS);
    const last = (pattern: RegExp): RegExpExecArray | undefined => [...this.#errors.matchAll(pattern)].at(-1);
    const both = last(/received\/dropped on interface .*: (\d+)\/(\d+)/g);
    if (both !== undefined) {
      this.dropped = Number(both[2]);
      this.received = Number(both[1]) + this.dropped;
      return;
    }
    const received = last(/(\d+) packets? received by filter/g);
    const dropped = last(/(\d+) packets? dropped by kernel/g);
    if (received !== undefined) this.received = Number(received[1]);
    if (dropped !== undefined) this.dropped = Number(dropped[1]);
  }

  /** Why it ended by itself: the line that says so, of several. */
  #reason(code: number | null): string {
    const lines = this.#errors
      .split('\n')
      .map((line) => line.replace(/^(?:dumpcap|tcpdump): /, '').trim())
      .filter((line) => line !== '');
    const telling = [NO_RIGHT, NO_INTERFACE, BAD_FILTER]
      .map((pattern) => lines.find((line) => pattern.test(line) && !/^cap_set_proc/.test(line)))
      .find((line) => line !== undefined);
    return telling ?? lines.at(-1) ?? `it ended with status ${code}`;
  }
}
