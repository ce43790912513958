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
  /** what SIGHUP does when the options have come to be these */
  reload(argv: readonly string[]): Promise<void>;
  /** a counter or gauge of the daemon's, all its label sets together, or those with `label` */
  metric(name: string, label?: string): Promise<number>;
}

const COMMON = ['--listen', 'tcp://127.0.0.1:0', '--drain', '1', '--metrics', '127.0.0.1:0'];

export async function running(argv: readonly string[] = []): Promise<Running> {
  const log: string[] = [];
  let metrics = '';
  const settings = async (argv: readonly string[]) =>
    serveSettings(await parseArguments([...COMMON, ...argv], { options: SERVE_OPTIONS }), {});
  const daemon = await Daemon.start(await settings(argv), (_, event, fields) => {
    log.push(event);
    if (event === 'metrics') metrics = String(fields?.url);
  });
  const uri = `test+${daemon.listening[0]!.url}/default`;
  return {
    daemon,
    uri,
    log,
    reload: async (changed) => void daemon.reload(await settings(changed)),
    metric: (name, label) => metricAt(metrics, name, label),
  };
}
