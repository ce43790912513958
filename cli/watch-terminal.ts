/**
 * `oncilla watch` on a terminal: opens it, runs the inspector, and gives it back as it was whatever happens: a crash,
 * SIGTERM, SIGHUP, ctrl-z and fg, an editor in between. Throws CliError (status 2) where there is no terminal.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import type { App } from '../tui/app/app.ts';
import type { Host, SavedFile } from '../tui/app/host.ts';
import { TerminalRun } from '../tui/run-terminal.ts';
import type { Theme } from '../tui/screen/style.ts';
import { openTerminal } from '../tui/screen/terminal.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_OK, systemReason } from './errors.ts';

const HINT = 'oncilla inspect --calls prints, and watch --script KEYS draws, without one';

/** Why the inspector cannot run here, null when it can. */
export function refusal(
  stdinIsTty: boolean,
  stdoutIsTty: boolean,
  term: string | undefined,
): { readonly why: string; readonly hint: string } | null {
  if (!stdoutIsTty) return { why: 'standard output is not a terminal', hint: HINT };
  if (!stdinIsTty) return { why: 'standard input is not a terminal', hint: HINT };
  if (term === undefined || term === '' || term === 'dumb') {
    return { why: `a terminal of type ${term || 'unknown'} cannot show it`, hint: HINT };
  }
  return null;
}

/** Whether the locale says that the terminal shows more than ASCII. */
export function showsUnicode(env: Io['env']): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale);
}

export interface TerminalSettings {
  readonly theme: (colors: number) => Theme;
  readonly ascii: boolean;
  readonly mouse: boolean;
  readonly makeApp: (host: Host) => App;
  /** standard input is the capture: keys come from the controlling terminal */
  readonly keysElsewhere: boolean;
  readonly act: Pick<Host, 'check' | 'call' | 'command'>;
}

export async function runOnTerminal(settings: TerminalSettings, io: Io): Promise<number> {
  const input = settings.keysElsewhere ? controllingTerminal() : process.stdin;
  const output = process.stdout;
  const refused = refusal(input?.isTTY === true, io.stdout.isTty, io.env.TERM);
  if (refused !== null || input === null) throw new CliError('watch', refused!.why, { hint: refused!.hint });
  const screen = await openTerminal({ ...settings, input, output, term: io.env.TERM ?? '' });
  let run: TerminalRun | null = null;
  let killedBy: NodeJS.Signals | null = null;
  const host: Host = {
    quit: () => run?.end('quit'),
    suspend: () => suspend(),
    redraw: () => run?.redraw(),
    copy: (text) => screen.copy(text),
    edit: async (text, suffix) => (run === null ? null : run.aside(() => edit(text, suffix, io.env))),
    create: createFile,
    ...settings.act,
    mouse: (on) => screen.mouse(on),
  };
  const suspend = () => {
    screen.pause();
    process.kill(process.pid, 'SIGSTOP');
  };
  const onContinue = () => run?.restore();
  const onStop = () => suspend();
  const onKill = (signal: NodeJS.Signals) => {
    killedBy = signal;
    run?.end('closed');
  };
  const onInterrupt = () => run?.end('quit');
  const onCrash = () => screen.close();
  const kills = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
  for (const signal of kills) process.on(signal, onKill);
  process.on('SIGCONT', onContinue);
  process.on('SIGTSTP', onStop);
  process.on('exit', onCrash);
  process.on('uncaughtExceptionMonitor', onCrash);
  io.interrupt.addEventListener('abort', onInterrupt);
  try {
    const app = settings.makeApp(host);
    run = new TerminalRun(app, screen);
    await run.run();
  } finally {
    screen.close();
    if (settings.keysElsewhere) input.destroy();
    for (const signal of kills) process.off(signal, onKill);
    process.off('SIGCONT', onContinue);
    process.off('SIGTSTP', onStop);
    process.off('exit', onCrash);
    process.off('uncaughtExceptionMonitor', onCrash);
    io.interrupt.removeEventListener('abort', onInterrupt);
  }
  if (io.interrupt.aborted) return EXIT_INTERRUPTED;
  return killedBy === null ? EXIT_OK : 128 + constants.signals[killedBy];
}

/** Where keys come from when standard input is something else; null without a terminal. */
function controllingTerminal(): ReadStream | null {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}

/** A file that was not there; this user's alone, because packets are nobody else's to read. */
export function createFile(path: string): SavedFile {
  const fd = openNew(path);
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
    },
    close: () => closeSync(fd),
    remove() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (e) {
    throw new Error(systemReason(e), { cause: e });
  }
}

/** The user's editor on a file of their own; null when nothing was changed. Rejects with why it did not run. */
async function edit(text: string, suffix: string, env: Io['env']): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
  try {
    const file = join(folder, `call${suffix}`);
    writeFileSync(file, text, { mode: 0o600 });
    const [program = 'vi', ...args] = (env.VISUAL || env.EDITOR || 'vi').split(/\s+/).filter(Boolean);
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, [...args, file], { stdio: 'inherit' });
      child.on('error', (e) => reject(new Error(`${program}: ${e.message}`, { cause: e })));
      child.on('exit', (status) => {
        if (status === 0) resolve();
        else reject(new Error(`${program} ended with status ${status}`));
      });
    });
    const edited = readFileSync(file, 'utf8');
    return edited === text ? null : edited;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
