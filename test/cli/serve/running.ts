/** A daemon inside the test's process, and what a client has to say to reach it. */
import { parseArguments } from '../../../cli/arguments.ts';
import { Daemon } from '../../../cli/serve/daemon.ts';
import { SERVE_OPTIONS } from '../../../cli/serve/options.ts';
import { serveSettings } from '../../../cli/serve/settings.ts';
import { metricAt } from '../../peers/daemon.ts';

export interface Running {
  readonly daemon: Daemon;
  readonly uri: string;
  readonly log: string[];
  /** a counter or gauge of the daemon's, all its label sets together, or those with `label` */
  metric(name: string, label?: string): Promise<number>;
}

export async function running(argv: readonly string[] = []): Promise<Running> {
  const log: string[] = [];
  let metrics = '';
  const given = ['--listen', 'tcp://127.0.0.1:0', '--drain', '1', '--metrics', '127.0.0.1:0', ...argv];
  const args = await parseArguments(given, { options: SERVE_OPTIONS });
  const daemon = await Daemon.start(serveSettings(args, {}), (_, event, fields) => {
    log.push(event);
    if (event === 'metrics') metrics = String(fields?.url);
  });
  const uri = `test+${daemon.listening[0]!.url}/default`;
  return { daemon, uri, log, metric: (name, label) => metricAt(metrics, name, label) };
}
