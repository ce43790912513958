/**
 * Registers what a daemon listens on with the rpcbind of this machine, and takes it back when the daemon stops.
 * Throws CliError when there is none, or it refuses.
 */
import { connectCaller } from '../../client/caller.ts';
import { PORTMAP_PORT, PortmapClient, type PortmapKey, RPCBIND_SOCKET } from '../../client/portmap.ts';
import { isRpcError } from '../../codec/rpc/index.ts';
import { universalAddress } from '../../codec/rpc/universal-address.ts';
import { isTransportError } from '../../transport/errors.ts';
import type { Service } from '../../transport/peer-types.ts';
import { parseTarget } from '../../transport/target.ts';
import { CliError, EXIT_UNREACHABLE } from '../errors.ts';
import type { Log } from './log.ts';

interface Registration {
  readonly key: PortmapKey;
  readonly address: string;
}

/** Registers every service on every listener; the returned function takes all of it back. */
export async function registerAll(
  listening: readonly { readonly url: string }[],
  services: readonly Service[],
  log: Log,
): Promise<() => Promise<void>> {
  const wanted = registrations(
    listening.map(({ url }) => url),
    services,
  );
  const done: Registration[] = [];
  const undo = () => withRpcbind(async (client) => void (await removeAll(client, done)));
  try {
    await withRpcbind(async (client) => {
      for (const one of wanted) {
        // What a daemon that was killed left behind would make rpcbind refuse us.
        await client.unset(one.key);
        if (!(await client.set(one.key, one.address))) {
          throw new CliError('--rpcbind', `rpcbind refuses ${one.key.netid} ${one.address}`);
        }
        done.push(one);
        log('info', 'registered', { netid: one.key.netid, address: one.address });
      }
    });
  } catch (e) {
    if (done.length > 0) await undo();
    if (isTransportError(e) || isRpcError(e)) {
      throw new CliError('--rpcbind', e.message, { status: EXIT_UNREACHABLE, cause: e });
    }
    throw e;
  }
  return undo;
}

/** What is to be registered: TCP, UDP and UNIX listeners. Others mean nothing to rpcbind. */
export function registrations(urls: readonly string[], services: readonly Service[]): Registration[] {
  return urls.flatMap((url) => {
    const { kind, host, port, path } = parseTarget(url);
    const netid = kind === 'unix' ? 'local' : `${kind}${host.includes(':') ? '6' : ''}`;
    const address = kind === 'unix' ? path : universalAddress(host, port);
    if (!['local', 'tcp', 'tcp6', 'udp', 'udp6'].includes(netid) || address === null) return [];
    return services.flatMap(({ program, versions }) =>
      (versions ?? program.versions.map(({ number }) => number)).map((version) => ({
        key: { program: program.number, version, netid },
        address,
      })),
    );
  });
}

async function removeAll(client: PortmapClient, done: readonly Registration[]): Promise<void> {
  for (const { key } of done) await client.unset(key);
}

/** Over the UNIX socket, which every rpcbind trusts; else over loopback. */
async function withRpcbind<T>(f: (client: PortmapClient) => Promise<T>): Promise<T> {
  const caller = await connectCaller(`unix://${RPCBIND_SOCKET}`).catch((e: unknown) => {
    if (!isTransportError(e)) throw e;
    return connectCaller(`tcp://127.0.0.1:${PORTMAP_PORT}`);
  });
  const client = new PortmapClient(caller);
  try {
    return await f(client);
  } finally {
    client.close();
  }
}
