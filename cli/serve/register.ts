/**
 * Registers what a daemon listens on with the rpcbind of this machine, and takes it back when the daemon stops. What
 * another program has registered stays as long as somebody answers there. Throws CliError when there is no rpcbind, or
 * it refuses, or the place is taken.
 */
import { connectCaller } from '../../client/caller.ts';
import {
  PORTMAP_PORT,
  PortmapClient,
  type PortmapEntry,
  type PortmapKey,
  RPCBIND_SOCKET,
} from '../../client/portmap.ts';
import { isRpcError } from '../../codec/rpc/index.ts';
import {
  type HostPort,
  isNetid,
  isWildcard,
  NETIDS,
  parseUniversalAddress,
  universalAddress,
} from '../../codec/rpc/universal-address.ts';
import { isTransportError } from '../../transport/errors.ts';
import type { Service } from '../../transport/peer-types.ts';
import { joinHostPort, parseTarget } from '../../transport/target.ts';
import { CliError, EXIT_UNREACHABLE } from '../errors.ts';
import { NULL_PROCEDURE } from '../procedure-name.ts';
import type { Log } from './log.ts';

interface Registration {
  readonly key: PortmapKey;
  readonly address: string;
}

/** How long somebody at a registered address may take to answer; who is slower is there all the same. */
const ANSWER_MS = 2000;

/**
 * Registers every service on the first listener of each kind; the returned function takes back what is still as it
 * was registered. `connect` is for tests.
 */
export async function registerAll(
  listening: readonly { readonly url: string }[],
  services: readonly Service[],
  log: Log,
  connect = connectRpcbind,
): Promise<() => Promise<void>> {
  const wanted = registrations(
    listening.map(({ url }) => url),
    services,
  );
  const done: Registration[] = [];
  const undo = () => withRpcbind(connect, (client) => removeAll(client, done));
  try {
    await withRpcbind(connect, async (client) => {
      for (const one of wanted) {
        // A program has one address on each kind of transport.
        if (done.some(({ key }) => sameKey(key, one.key))) continue;
        await register(client, one, wanted);
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

/** `ours`: where this daemon listens; it is this daemon that answers there, whoever registered it. */
async function register(client: PortmapClient, one: Registration, ours: readonly Registration[]) {
  const { key, address } = one;
  if (await client.set(key, address)) return;
  const there = (await client.dump()).find((entry) => sameKey(entry, key));
  if (there !== undefined) {
    if (!ours.some((mine) => isAt(there, mine)) && (await answers(there))) {
      throw new CliError(
        '--rpcbind',
        `program ${key.program} version ${key.version} is registered for ${key.netid} at ${there.address}, where somebody answers`,
        { hint: `rpcinfo -d ${key.program} ${key.version} removes it` },
      );
    }
    // What a daemon that was killed left behind.
    await client.unset(key);
    if (await client.set(key, address)) return;
  }
  throw new CliError('--rpcbind', `rpcbind refuses ${key.netid} ${address}`);
}

/** Removes what is registered as we did it: in the meantime somebody may have put another address in its place. */
async function removeAll(client: PortmapClient, done: readonly Registration[]): Promise<void> {
  const entries = await client.dump();
  for (const one of done) {
    if (entries.some((entry) => sameKey(entry, one.key) && isAt(entry, one))) await client.unset(one.key);
  }
}

function sameKey(a: PortmapKey, b: PortmapKey): boolean {
  return a.program === b.program && a.version === b.version && a.netid === b.netid;
}

/** Whether an entry leads to the socket of a registration: version 2 of rpcbind tells the port, without the host. */
function isAt(entry: PortmapEntry, { key, address }: Registration): boolean {
  if (entry.netid !== key.netid) return false;
  if (entry.address === address) return true;
  const [theirs, ours] = [parseUniversalAddress(entry.address), parseUniversalAddress(address)];
  if (theirs === null || ours === null || theirs.port !== ours.port) return false;
  return theirs.host === ours.host || isWildcard(theirs.host) || isWildcard(ours.host);
}

/** Whether a registered program is there. What cannot be asked, or is too busy to answer, counts as being there. */
async function answers({ program, version, netid, address }: PortmapEntry): Promise<boolean> {
  const url = urlOf(netid, address);
  if (url === null) return true;
  try {
    const caller = await connectCaller(url, { timeoutMs: ANSWER_MS });
    try {
      await caller.call(program, version, NULL_PROCEDURE, undefined);
      return true;
    } finally {
      caller.close();
    }
  } catch (e) {
    if (isTransportError(e)) return e.code === 'TIMEOUT';
    if (!isRpcError(e)) throw e;
    // A stream that is closed on us had somebody to accept it; a datagram is sent back by the kernel.
    if (e.code === 'CLOSED') return !url.startsWith('udp:');
    return e.code !== 'PROG_UNAVAIL' && e.code !== 'MALFORMED';
  }
}

function urlOf(netid: string, address: string): string | null {
  if (netid === 'local') return address.startsWith('/') ? `unix://${address}` : null;
  const at = parseUniversalAddress(address);
  if (at === null || !isNetid(netid)) return null;
  return `${netid.startsWith('tcp') ? 'tcp' : 'udp'}://${hostPortOf(at, NETIDS[netid].family)}`;
}

/** Every address of this machine has the loopback one among it. */
function hostPortOf({ host, port }: HostPort, family: 4 | 6): string {
  return joinHostPort(isWildcard(host) ? (family === 4 ? '127.0.0.1' : '::1') : host, port);
}

/** Over the UNIX socket, which every rpcbind trusts; else over loopback. */
async function connectRpcbind(): Promise<PortmapClient> {
  const caller = await connectCaller(`unix://${RPCBIND_SOCKET}`).catch((e: unknown) => {
    if (!isTransportError(e)) throw e;
    return connectCaller(`tcp://127.0.0.1:${PORTMAP_PORT}`);
  });
  return new PortmapClient(caller);
}

async function withRpcbind<T>(
  connect: () => Promise<PortmapClient>,
  f: (client: PortmapClient) => Promise<T>,
): Promise<T> {
  const client = await connect();
  try {
    return await f(client);
  } finally {
    client.close();
  }
}
