/**
 * `oncilla ssh-proxy SOCKET`: what ssh runs on the far side. Joins standard input and output to a UNIX socket, with
 * half-close and back-pressure in both directions. Status 3 when the socket cannot be reached or was reset.
 */
import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNREACHABLE, systemReason } from './errors.ts';

export const sshProxy: Command = {
  name: 'ssh-proxy',
  describe: 'join standard input and output to a UNIX socket, for ssh',
  usage: 'ssh-proxy SOCKET',
  options: {},
  async run(args, io) {
    const [path] = args.positionals;
    if (path === undefined || args.positionals.length > 1)
      throw new CliError('ssh-proxy', 'needs one SOCKET');
    if (!path.startsWith('/')) throw new CliError(path, 'is no absolute path');
    await joinSocket(path, process.stdin, process.stdout, io.interrupt);
    return io.interrupt.aborted ? EXIT_INTERRUPTED : EXIT_OK;
  },
};

/** Carries bytes both ways until both directions have ended. Throws CliError (status 3). */
export async function joinSocket(
  path: string,
  input: Readable,
  output: Writable,
  signal: AbortSignal,
): Promise<void> {
  const socket = await reach(path);
  const there = pipeline(input, socket, { signal });
  const back = pipeline(socket, output, { signal });
  try {
    // The daemon has ended its direction: what is still to be read here would go nowhere.
    await Promise.race([back, there.then(() => back)]);
  } catch (e) {
    if (!signal.aborted) throw new CliError(path, systemReason(e), { status: EXIT_UNREACHABLE, cause: e });
  } finally {
    socket.destroy();
    input.destroy();
    await Promise.allSettled([there, back]);
  }
}

function reach(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('error', (error) =>
      reject(new CliError(path, systemReason(error), { status: EXIT_UNREACHABLE, cause: error })),
    );
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
