/** A command in a real terminal: a tmux session of its own server, with keys in and the screen out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { until } from '../until.ts';

export interface TmuxOptions {
  readonly width?: number;
  readonly height?: number;
  readonly env?: Readonly<Record<string, string>>;
}

let servers = 0;

export class Tmux {
  readonly #server = `oncilla-test-${process.pid}-${servers++}`;

  /** An interactive shell, in which `command` is typed. */
  constructor(command: string, { width = 100, height = 30, env = {} }: TmuxOptions = {}) {
    const variables = Object.entries({ LANG: 'C.UTF-8', PS1: 'shell> ', HISTFILE: '', ...env }).flatMap(
      ([name, value]) => ['-e', `${name}=${value}`],
    );
    const size = ['-x', String(width), '-y', String(height)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, 'bash --norc --noprofile -i');
    this.type(command);
    this.keys('Enter');
  }

  /** Keys by tmux's names. */
  keys(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Bytes as a terminal sends them. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  resize(width: number, height: number): void {
    this.#tmux('resize-window', '-x', String(width), '-y', String(height));
  }

  /** The screen; with `colors`, and the sequences for them. */
  screen(colors = false): string {
    return this.#tmux('capture-pane', '-p', ...(colors ? ['-e'] : []));
  }

  /** What tmux knows of the pane. */
  format(variable: string): string {
    return this.#tmux('display-message', '-p', `#{${variable}}`).trim();
  }

  async shows(pattern: RegExp | string): Promise<void> {
    await until(
      () => {
        const screen = this.screen();
        return typeof pattern === 'string' ? screen.includes(pattern) : pattern.test(screen);
      },
      `${pattern} on the screen`,
      15_000,
    ).catch((e: Error) => {
      throw new Error(`${e.message}; it shows\n${this.screen()}`);
    });
  }

  /** Paste buffers, which is where tmux puts what a program copies. */
  buffers(): string {
    return this.#tmux('list-buffers');
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#server, 'kill-server']);
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8' });
  }
}
