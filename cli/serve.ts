/**
 * `oncilla serve`: the reference daemon as a process. Standard output says where it listens, one JSON object a line;
 * standard error has the log. SIGTERM (and SIGINT) lets calls end, a second one does not; SIGHUP reads limits and
 * certificates again.
 */
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { EXIT_INTERRUPTED, EXIT_OK, isCliError } from './errors.ts';
import { Daemon } from './serve/daemon.ts';
import { jsonLog } from './serve/log.ts';
import { SERVE_OPTIONS } from './serve/options.ts';
import { type ServeSettings, serveSettings } from './serve/settings.ts';

export const serve: Command = {
  name: 'serve',
  describe: 'run the reference daemon',
  usage: 'serve [--driver URI]… [--listen URL]… [options]',
  options: SERVE_OPTIONS,
  async run(args, io, again) {
    let settings = serveSettings(args, io.env);
    const log = jsonLog(io.stderr, () => settings.level);
    const signals = new Signals(io.interrupt);
    try {
      const daemon = await Daemon.start(settings, log);
      for (const listener of daemon.listening) say(io, { event: 'listening', ...listener });
      say(io, { event: 'ready', pid: process.pid });
      signals.onReload(async () => {
        // Where the configuration is wrong, all stays as it was: what it says of the limits is not known.
        const now = await reread(again ?? (async () => args), io, (why) =>
          log('error', 'reload', { error: why }),
        );
        if (now === null) return;
        settings = now;
        if (daemon.reload(settings)) log('info', 'reloaded');
      });
      const signal = await signals.stop;
      log('info', 'stopping', { signal });
      await daemon.stop();
      log('info', 'stopped');
      return signal === 'SIGINT' ? EXIT_INTERRUPTED : EXIT_OK;
    } finally {
      signals.close();
    }
  },
};

function say(io: Io, line: object): void {
  io.stdout.write(`${JSON.stringify(line)}\n`);
  io.stdout.flush();
}

/** The settings as configuration, environment and command line have them now; null when they are wrong. */
async function reread(
  again: () => Promise<Arguments>,
  io: Io,
  refused: (why: string) => void,
): Promise<ServeSettings | null> {
  try {
    return serveSettings(await again(), io.env);
  } catch (e) {
    if (!isCliError(e)) throw e;
    refused(e.message);
    return null;
  }
}

/** The signals a daemon lives with. `stop` resolves with the first that asks it to end; the second ends it at once. */
class Signals {
  readonly stop: Promise<'SIGTERM' | 'SIGINT'>;
  readonly #undo: (() => void)[] = [];

  constructor(interrupt: AbortSignal) {
    this.stop = new Promise((resolve) => {
      let asked = false;
      this.#on('SIGTERM', () => {
        if (asked) process.exit(EXIT_TERMINATED);
        asked = true;
        resolve('SIGTERM');
      });
      const interrupted = () => resolve('SIGINT');
      if (interrupt.aborted) interrupted();
      interrupt.addEventListener('abort', interrupted);
      this.#undo.push(() => interrupt.removeEventListener('abort', interrupted));
    });
    this.onReload(() => undefined);
  }

  /** Until there is something to reload, SIGHUP must not end the process. */
  onReload(f: () => void): void {
    this.#on('SIGHUP', f);
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #on(signal: NodeJS.Signals, f: () => void): void {
    process.on(signal, f);
    this.#undo.push(() => process.off(signal, f));
  }
}

/** 128 + SIGTERM, as a shell has it. */
const EXIT_TERMINATED = 143;
