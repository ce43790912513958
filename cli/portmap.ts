/**
 * `oncilla portmap`: an rpcbind of one's own, without root on any port: programs register over loopback or a UNIX
 * socket, everybody may look up, nobody gets calls made. Runs until SIGTERM or SIGINT; a second one ends it at once.
 */
import { listenPortmap } from '../server/portmap/listen.ts';
import { isTransportError } from '../transport/errors.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_OK } from './errors.ts';
import { stopSignal } from './stop-signal.ts';

export const portmap: Command = {
  name: 'portmap',
  describe: 'serve a port mapper (rpcbind versions 2 to 4)',
  usage: 'portmap --listen URL [--listen URL]…',
  options: {
    listen: { value: 'URL', repeat: true, describe: 'tcp://host:port, udp://host:port or unix:///path' },
  },
  run,
};

const DRAIN_MS = 2000;

async function run(args: Arguments, io: Io): Promise<number> {
  const targets = args.list('listen');
  if (targets.length === 0 || args.positionals.length > 0) {
    throw new CliError('portmap', 'needs --listen URL', {
      hint: 'tcp://127.0.0.1:111 and udp://127.0.0.1:111',
    });
  }
  const signal = stopSignal(io.interrupt);
  const running = await listenPortmap(targets).catch((e: unknown) => {
    throw isTransportError(e) ? new CliError('portmap', e.message, { cause: e }) : e;
  });
  for (const url of running.urls) io.stdout.write(`${JSON.stringify({ event: 'listening', url })}\n`);
  io.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid })}\n`);
  io.stdout.flush();
  const why = await signal;
  await running.stop(DRAIN_MS);
  return why === 'SIGINT' ? EXIT_INTERRUPTED : EXIT_OK;
}
