/**
 * A server's own addresses at the machine's rpcbind: registered when it has begun to listen, removed when it ends.
 * Over rpcbind's UNIX socket where there is one, which says who we are; else over loopback. Rejects with RpcError or
 * TransportError; what was registered until then is removed again.
 */
import { RpcError } from '../codec/rpc/index.ts';
import { isIpv4, universalAddress } from '../codec/rpc/universal-address.ts';
import { isTransportError } from '../transport/errors.ts';
import { parseTarget, type Target } from '../transport/target.ts';
import { connectCaller } from './caller.ts';
import { PORTMAP_PORT, PortmapClient, type PortmapKey, RPCBIND_SOCKET } from './portmap.ts';

export interface RegisterOptions {
  /** where to look for rpcbind, in this order */
  readonly rpcbind?: readonly (Target | string)[];
  readonly timeoutMs?: number;
}

/** Where rpcbind takes registrations on this machine. */
export const RPCBIND_TARGETS: readonly string[] = [
  `unix://${RPCBIND_SOCKET}`,
  `tcp://127.0.0.1:${PORTMAP_PORT}`,
  `udp://127.0.0.1:${PORTMAP_PORT}`,
];

const TIMEOUT_MS = 5000;

export interface Registered {
  /** what is registered, with its universal address */
  readonly entries: readonly (PortmapKey & { readonly address: string })[];
  /** removes it again; false when rpcbind did not have all of it any more */
  unregister(): Promise<boolean>;
}

/**
 * Registers a program's versions at every tcp and udp URL that is listened on, as `listen` gave it back. Others
 * (unix, tls, ssh) are not what a caller of the plain program could use, and are left out.
 */
export async function registerProgram(
  program: number,
  versions: readonly number[],
  urls: readonly string[],
  options: RegisterOptions = {},
): Promise<Registered> {
  const entries = versions.flatMap((version) => urls.flatMap((url) => entryOf(program, version, url)));
  const done: PortmapKey[] = [];
  await withRpcbind(options, async (client) => {
    for (const entry of entries) {
      if (await client.set(entry, entry.address)) {
        done.push(entry);
        continue;
      }
      for (const key of done) await client.unset(key);
      const { netid, address, version } = entry;
      throw new RpcError(
        'BAD_VALUE',
        `rpcbind refuses program ${program} version ${version} at ${netid} ${address}: another is registered there`,
      );
    }
  });
  return {
    entries,
    unregister: () =>
      withRpcbind(options, async (client) => {
        const gone: boolean[] = [];
        for (const key of done) gone.push(await client.unset(key));
        return !gone.includes(false);
      }),
  };
}

function entryOf(program: number, version: number, url: string): (PortmapKey & { address: string })[] {
  const { kind, host, port } = parseTarget(url);
  const address = kind === 'tcp' || kind === 'udp' ? universalAddress(host, port) : null;
  if (address === null) return [];
  return [{ program, version, netid: isIpv4(host) ? kind : `${kind}6`, address }];
}

async function withRpcbind<T>(
  options: RegisterOptions,
  work: (client: PortmapClient) => Promise<T>,
): Promise<T> {
  const client = await reach(options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** The first that takes a connection. */
async function reach({
  rpcbind = RPCBIND_TARGETS,
  timeoutMs = TIMEOUT_MS,
}: RegisterOptions): Promise<PortmapClient> {
  let last: unknown = new RpcError('BAD_VALUE', 'nowhere to look for rpcbind');
  for (const target of rpcbind) {
    try {
      return new PortmapClient(await connectCaller(target, { timeoutMs }));
    } catch (error) {
      if (!isTransportError(error)) throw error;
      last = error;
    }
  }
  throw last;
}
