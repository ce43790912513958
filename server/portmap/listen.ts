/**
 * The embedded port mapper on its sockets: an engine with small limits, streams and datagrams side by side, itself
 * registered first. Rejects with TransportError, and leaves nothing open behind that.
 */
import { isIpv4, universalAddress } from '../../codec/rpc/universal-address.ts';
import type { Listener } from '../../transport/channel.ts';
import { parseTarget, type Target } from '../../transport/target.ts';
import { bindUdp } from '../../transport/udp.ts';
import { Engine, type EngineLog } from '../engine/engine.ts';
import type { EngineLimits } from '../engine/limits.ts';
import { UdpService } from '../engine/udp.ts';
import { Registry, SUPERUSER } from './registry.ts';
import { type PortmapOptions, portmapServices } from './services.ts';

const PROGRAM = 100000;
const VERSIONS = [4, 3, 2];

/** No call of a port mapper comes near it. */
const RECORD_BYTES = 64 * 1024;
const CONNECTIONS = 256;
const IDLE_MS = 60_000;
/** How many times as large as a stranger's datagram a reply may be: enough for an address, not for a dump. */
const AMPLIFICATION = 4;

export interface ListenPortmapOptions extends Omit<PortmapOptions, 'registry'> {
  readonly log?: EngineLog;
  /** other limits than a port mapper's */
  readonly engineLimits?: Partial<EngineLimits>;
}

export interface RunningPortmap {
  /** what is listened on, ports resolved */
  readonly urls: readonly string[];
  readonly registry: Registry;
  /** ends listening, then every connection within `drainMs` */
  stop(drainMs?: number): Promise<void>;
}

/** Serves the port mapper on every target: tcp, udp or unix. */
export async function listenPortmap(
  targets: readonly (Target | string)[],
  options: ListenPortmapOptions = {},
): Promise<RunningPortmap> {
  const registry = new Registry();
  const engine = new Engine({
    engineLimits: {
      connections: CONNECTIONS,
      idleMs: IDLE_MS,
      recordBytes: RECORD_BYTES,
      ...options.engineLimits,
    },
    ...(options.log && { log: options.log }),
  });
  for (const service of portmapServices({ ...options, registry })) engine.addService(service);
  const listeners: Listener[] = [];
  const stop = async (drainMs = 0): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
    await engine.stop({ drainMs });
  };
  try {
    for (const target of targets) {
      const at = typeof target === 'string' ? parseTarget(target) : target;
      const listener =
        at.kind === 'udp' ? await listenUdp(at, engine) : await engine.addListener(at, { access: 'rw' });
      listeners.push(listener);
      registerSelf(registry, listener.url);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: listeners.map((listener) => listener.url), registry, stop };
}

async function listenUdp(target: Target, engine: Engine): Promise<Listener> {
  const channel = await bindUdp(target);
  const service = new UdpService(channel, engine.dispatcher, { access: 'rw', amplification: AMPLIFICATION });
  return { url: `udp://${service.local.text}`, close: () => service.close() };
}

function registerSelf(registry: Registry, url: string): void {
  const at = parseTarget(url);
  const netid = at.kind === 'unix' ? 'local' : `${at.kind}${isIpv4(at.host) ? '' : '6'}`;
  const address = at.kind === 'unix' ? at.path : universalAddress(at.host, at.port);
  if (address === null) return;
  for (const version of VERSIONS) {
    registry.set({ program: PROGRAM, version, netid, address, owner: SUPERUSER });
  }
}
