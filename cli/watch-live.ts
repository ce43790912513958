/** `watch -i` and `watch --proxy`: live traffic as a source of the inspector. Throws CliError. */
import { StreamSource } from '../tui/sources/stream-source.ts';
import type { LiveSettings } from './capture-options.ts';
import type { Io } from './command.ts';
import type { LiveHooks, LiveSource } from './live-source.ts';
import { LiveStream } from './live-stream.ts';

export async function liveSource(settings: LiveSettings, env: Io['env']): Promise<StreamSource> {
  // A program that captures waits in its pipe; connections that pass through are not held up for a screen.
  const stream = new LiveStream(settings.kind === 'interface');
  let note: string | null = null;
  const say = (text: string): void => {
    note = text;
  };
  const live = await open(settings, env, { bytes: (chunk) => stream.push(chunk), note: say });
  void live.ended.then((why) => {
    if (why !== null) say(why);
    stream.end();
  });
  return new StreamSource(stream, {
    name: live.name,
    live: true,
    dropped: () => (live.dropped ?? 0) + stream.leftOut,
    note: () => note,
    // the process may be about to end
    stop: () => void live.stop(true),
  });
}

async function open(settings: LiveSettings, env: Io['env'], hooks: LiveHooks): Promise<LiveSource> {
  if (settings.kind === 'proxy') return (await import('./capture-proxy.ts')).captureProxy(settings, hooks);
  return (await import('./capture-process.ts')).captureInterface(settings, env, hooks);
}
