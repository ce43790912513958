/** --proxy: what passes through, as the bytes of a pcapng with synthesised headers. Throws CliError. */
import { Synthesiser, wallClock } from '../dissector/capture/index.ts';
import { isTransportError } from '../transport/errors.ts';
import { startProxy } from '../transport/proxy.ts';
import { targetUrl } from '../transport/target.ts';
import type { ProxySettings } from './capture-options.ts';
import { CliError } from './errors.ts';
import { insecureTo } from './insecure.ts';
import type { LiveHooks, LiveSource } from './live-source.ts';

/** What connections get to end in good order. */
const CLOSE_MS = 2000;

export interface ProxySource extends LiveSource {
  /** where it listens, port resolved */
  readonly url: string;
  /** what passed, in words */
  readonly summary: string;
}

export async function captureProxy(
  { listen, target }: ProxySettings,
  { bytes, note }: LiveHooks,
): Promise<ProxySource> {
  const proxy = await startProxy({
    listen,
    target,
    sink: new Synthesiser({ write: (blocks) => void bytes(blocks), now: wallClock }),
    onProblem: (error) => note(error.message),
    ...insecureTo(note),
  }).catch((e: unknown) => {
    throw isTransportError(e) ? new CliError('--proxy', e.message, { cause: e }) : e;
  });
  let end: (reason: null) => void = () => {};
  const ended = new Promise<null>((resolve) => {
    end = resolve;
  });
  return {
    name: `${proxy.url} = ${targetUrl(target)}`,
    url: proxy.url,
    // Nothing is lost: whoever is too fast has to wait.
    received: null,
    dropped: 0,
    ended,
    get summary() {
      const { connections, refused, there, back } = proxy.counts;
      const what = listen.kind === 'udp' ? 'clients' : 'connections';
      const more = refused === 0 ? '' : `, ${refused} refused`;
      return `${connections} ${what}${more}, ${there} bytes there, ${back} back`;
    },
    async stop() {
      await proxy.stop(CLOSE_MS);
      end(null);
    },
  };
}
