/** A daemon inside the test's process, and what a client has to say to reach it. */
import { parseArguments } from '../../../cli/arguments.ts';
import { Daemon } from '../../../cli/serve/daemon.ts';
import { SERVE_OPTIONS } from '../../../cli/serve/options.ts';
import { serveSettings } from '../../../cli/serve/settings.ts';

export interface Running {
  readonly daemon: Daemon;
  readonly uri: string;
  readonly log: string[];
}

export async function running(argv: readonly string[] = []): Promise<Running> {
  const log: string[] = [];
  const args = await parseArguments(['--listen', 'tcp://127.0.0.1:0', '--drain', '1', ...argv], {
    options: SERVE_OPTIONS,
  });
  const daemon = await Daemon.start(serveSettings(args, {}), (_, event) => void log.push(event));
  const uri = `test+${daemon.listening[0]!.url}/default`;
  return { daemon, uri, log };
}
