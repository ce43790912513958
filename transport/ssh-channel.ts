/**
 * A Channel through the user's own OpenSSH: `ssh … -- HOST oncilla ssh-proxy PATH`, its standard input and output
 * being the stream. Arguments are an array, nothing of the target can become an option, and the one string that a
 * remote shell reads is quoted. What ssh says on stderr is kept, bounded, for the reason of a failure.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { escapeTerminal, quoteShell } from '../codec/escape/index.ts';
import type { Channel, ChannelHandlers, CloseReason, Endpoint, Security } from './channel.ts';
import { TransportError } from './errors.ts';
import { parseTarget, type Target } from './target.ts';

export interface SshOptions {
  /** default: ONCILLA_SSH, then `ssh` */
  readonly program?: string;
  /** more arguments, before ours: `-i KEY`, `-F FILE` */
  readonly args?: readonly string[];
  /** what is called on the far side; default `oncilla` */
  readonly remoteProgram?: string;
}

const STDERR_BYTES = 4096;
const CLOSE_MS = 2000;

/** The arguments for ssh. Throws TransportError BAD_TARGET for what ssh or a shell could take for something else. */
export function sshArguments(target: Target, options: SshOptions = {}): string[] {
  const { host, user, path, port } = target;
  for (const [what, value] of [
    ['host', host],
    ['user', user],
  ] as const) {
    if (value.startsWith('-')) throw new TransportError('BAD_TARGET', `an ssh ${what} does not begin with -`);
  }
  if (!path.startsWith('/')) throw new TransportError('BAD_TARGET', 'the remote socket path is not absolute');
  return [
    ...(options.args ?? []),
    '-T',
    '-e',
    'none',
    ...(port === 0 ? [] : ['-p', String(port)]),
    ...(user === '' ? [] : ['-l', user]),
    '--',
    host,
    `${options.remoteProgram ?? 'oncilla'} ssh-proxy ${quoteShell(path)}`,
  ];
}

/**
 * Runs ssh. The channel is there at once: whether the far side answers shows when it does or when ssh ends, with
 * what it said as the reason. Rejects with TransportError SSH when there is no ssh to run.
 */
export function openSsh(
  target: Target | string,
  options: { readonly ssh?: SshOptions } = {},
): Promise<Channel> {
  const to = typeof target === 'string' ? parseTarget(target) : target;
  const program = options.ssh?.program ?? (process.env.ONCILLA_SSH || 'ssh');
  const remote = { text: `ssh:${to.host}${to.path}`, address: to.host, port: to.port };
  return openProgram(program, sshArguments(to, options.ssh), remote, `ssh to ${to.host}`);
}

/**
 * Runs a program that its user named (never a peer): its standard input and output are the stream. `name` is what
 * errors call it. Rejects with TransportError SSH when there is none to run.
 */
export function openProgram(
  program: string,
  args: readonly string[],
  remote: Endpoint = { text: `ext:${program}`, address: program, port: 0 },
  name = program,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const failed = (error: Error): void =>
      reject(new TransportError('SSH', `cannot run ${program}: ${error.message}`, error));
    child.once('error', failed);
    child.once('spawn', () => {
      child.off('error', failed);
      resolve(new SshChannel(child, remote, name));
    });
  });
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

class SshChannel implements Channel {
  readonly kind = 'ssh';
  readonly local: Endpoint = { text: 'ssh:', address: '', port: 0 };
  readonly remote: Endpoint;
  readonly #name: string;
  /** ssh verified the host, or did not start */
  readonly security: Security = { protocol: 'SSH', cipher: '', alpn: null, authorized: true, peerName: null };
  readonly #child: Child;
  #handlers: ChannelHandlers | null = null;
  #stderr = '';
  #closing = false;
  #reset = false;
  /** by the deadline of our own close */
  #killed = false;
  #error: Error | null = null;
  #exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null;
  #gone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(child: Child, remote: Endpoint, name: string) {
    this.#child = child;
    this.remote = remote;
    this.#name = name;
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_BYTES);
    });
    child.stdin.on('error', (error) => {
      this.#error ??= error;
    });
    child.on('error', (error) => {
      this.#error ??= error;
    });
    // `close` comes after `exit` and after all output was read.
    child.on('close', (code, signal) => {
      this.#exit = { code, signal };
      if (this.#handlers !== null) this.#finish();
    });
  }

  get queued(): number {
    return this.#child.stdin.writableLength;
  }

  start(handlers: ChannelHandlers): void {
    this.#handlers = handlers;
    const { stdin, stdout } = this.#child;
    if (this.#exit !== null) {
      process.nextTick(() => this.#finish());
      return;
    }
    stdin.on('drain', () => {
      if (!this.#closing) this.#handlers?.drain();
    });
    stdout.on('end', () => {
      // An ssh that failed ends its output too; then `closed` says so.
      if (!this.#closing) this.#handlers?.end();
    });
    stdout.on('data', (bytes: Buffer) => {
      if (!this.#closing) this.#handlers?.data(bytes);
    });
  }

  write(bytes: Uint8Array): boolean {
    const { stdin } = this.#child;
    if (stdin.writableEnded || stdin.destroyed) return false;
    return stdin.write(bytes);
  }

  writeAll(parts: readonly Uint8Array[]): boolean {
    const { stdin } = this.#child;
    stdin.cork();
    let more = true;
    for (const part of parts) more = this.write(part);
    stdin.uncork();
    return more;
  }

  pause(): void {
    if (!this.#closing) this.#child.stdout.pause();
  }

  resume(): void {
    if (!this.#closing) this.#child.stdout.resume();
  }

  end(): void {
    if (!this.#child.stdin.writableEnded) this.#child.stdin.end();
  }

  close(deadlineMs: number = CLOSE_MS): void {
    if (this.#closing || this.#gone) return;
    this.#closing = true;
    this.#child.stdout.resume();
    this.end();
    this.#timer = setTimeout(() => {
      this.#killed = true;
      this.#child.kill();
    }, deadlineMs);
  }

  reset(): void {
    if (this.#gone) return;
    this.#closing = true;
    this.#reset = true;
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.kill('SIGKILL');
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.closed(this.#reason());
  }

  #reason(): CloseReason {
    if (this.#reset) return { kind: 'reset' };
    if (this.#exit?.code === 0 || this.#killed) return { kind: 'closed' };
    const said = escapeTerminal(this.#stderr.trim().split('\n').at(-1) ?? '');
    const how = this.#exit?.signal ?? `exit ${this.#exit?.code}`;
    const error = new TransportError('SSH', `${this.#name}: ${said || how}`, this.#error ?? undefined);
    return { kind: 'error', error };
  }
}
