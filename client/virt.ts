/**
 * A typed client of the VIRT daemon over one connection: agrees on a version, opens, calls, and hears events. UUIDs
 * are canonical texts, names of enums are words ('shut off' is the one with a blank). Rejects with VirtError for
 * what the daemon refuses, RpcError and TransportError for the rest. Connecting again is client/virt-watch's.
 */
import { uuidBytes, uuidText } from '../codec/programs/uuid.ts';
import { declarations } from '../codec/programs/virt.declare.ts';
import {
  programs,
  VIRT_MINOR,
  VIRT_XML_INACTIVE,
  VIRT_XML_SECURE,
  type virt_agreement,
  type virt_domain,
  type virt_domain_details,
  type virt_domain_event,
  virt_domain_state,
  virt_error_code,
  virt_error_domain,
  virt_error_level,
  virt_event_detail,
  virt_event_kind,
  virt_event_source,
  type virt_network,
  type virt_network_details,
  type virt_network_event,
  type virt_node_info,
  type virt_overflow_event,
  virt_state_reason,
  virt_status,
} from '../codec/programs/virt.gen.ts';
import type { CloseReason } from '../transport/channel.ts';
import { type ConnectOptions, connect } from '../transport/connect.ts';
import { framed } from '../transport/framed.ts';
import type { MessageDuplex } from '../transport/message-duplex.ts';
import { Peer } from '../transport/peer.ts';
import type { Handler, Service } from '../transport/peer-types.ts';
import { openProgram } from '../transport/ssh-channel.ts';
import { Client } from './client.ts';
import { VirtError } from './virt-error.ts';
import type { VirtProcedures } from './virt-procedures.ts';
import { routeOf, type VirtRoute, type VirtRouteOptions } from './virt-uri.ts';

const VIRT = 0x20001a65;
const VIRT_EVENTS = 0x20001a66;

/** `id` is -1 where the domain does not run. */
export interface VirtDomain {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
}

export interface VirtNetwork {
  readonly uuid: string;
  readonly name: string;
}

/** 'running', 'paused', 'shut off', … */
export type VirtDomainState = string;

/** Memory in KiB, time in nanoseconds. */
export interface VirtDomainDetails extends VirtDomain {
  readonly state: VirtDomainState;
  readonly reason: string;
  readonly maxMemory: bigint;
  readonly memory: bigint;
  readonly vcpus: number;
  readonly cpuTime: bigint;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly osType: string;
}

export interface VirtNetworkDetails extends VirtNetwork {
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly bridge: string | null;
}

export interface VirtXmlOptions {
  /** with passwords; needs a connection that may write */
  readonly secure?: boolean;
  /** what the next start will use */
  readonly inactive?: boolean;
}

/** `kind` 'defined', 'undefined', 'started', 'suspended', 'resumed', 'stopped', 'autostart'; `detail` 'booted', … */
export type VirtEvent =
  | { readonly source: 'domain'; readonly kind: string; readonly detail: string; readonly domain: VirtDomain }
  | {
      readonly source: 'network';
      readonly kind: string;
      readonly detail: string;
      readonly network: VirtNetwork;
    }
  /** so many events were left out, because this client was too slow */
  | { readonly source: 'overflow'; readonly lost: number };

export interface VirtOptions extends VirtRouteOptions, Omit<ConnectOptions, 'ssh'> {
  /** deadline of a call, in milliseconds */
  readonly callTimeoutMs?: number;
  /** the daemon may ask whether this client lives; default true */
  readonly keepalive?: boolean;
  /** events of what `registerEvents` asked for, in order */
  readonly onEvent?: (event: VirtEvent) => void;
  /** once: the connection ended */
  readonly onClose?: (reason: CloseReason) => void;
  /** instead of dialling */
  readonly dial?: (route: VirtRoute) => Promise<MessageDuplex>;
}

type Name = keyof VirtProcedures & string;
type Body<N extends Name> = Extract<VirtProcedures[N]['result'], { status: typeof virt_status.VIRT_OK }>;

/** Connects, agrees on a version and opens what the URI names. Nothing stays open behind a rejection. */
export async function connectVirt(uri: string, options: VirtOptions = {}): Promise<VirtClient> {
  const route = routeOf(uri, options);
  const { dial = (to) => dialRoute(to, options), onEvent = () => undefined, onClose } = options;
  const peer = new Peer(await dial(route), {
    services: [eventService(onEvent)],
    ...(options.callTimeoutMs === undefined ? {} : { timeoutMs: options.callTimeoutMs }),
    ...(onClose === undefined ? {} : { onClose: (reason: CloseReason) => onClose(reason) }),
  });
  const client = new VirtClient(peer);
  try {
    await client.exchange(options.keepalive === false ? [] : ['keepalive']);
    await client.open(route.open);
    return client;
  } catch (e) {
    peer.close(0);
    throw e;
  }
}

async function dialRoute(route: VirtRoute, options: VirtOptions): Promise<MessageDuplex> {
  if ('command' in route) return framed(await openProgram(route.command, []), options);
  return connect(route.target, { ...options, ...(route.ssh === undefined ? {} : { ssh: route.ssh }) });
}

export class VirtClient {
  readonly #client: Client<VirtProcedures>;
  #agreed: virt_agreement = { minor: 0, features: [] };

  constructor(peer: Peer) {
    this.#client = new Client<VirtProcedures>(peer, programOf(VIRT), 1, declarations);
  }

  get agreed(): virt_agreement {
    return this.#agreed;
  }

  get peer(): Peer {
    return this.#client.peer;
  }

  /** The body of a procedure's result, by the procedure's name; what the methods below call. */
  async call<N extends Name>(name: N, args: VirtProcedures[N]['args']): Promise<Body<N>> {
    const result = await this.#client.call(name, args);
    if (result.status === virt_status.VIRT_OK) return result as Body<N>;
    throw new VirtError(result.error);
  }

  async exchange(features: readonly string[]): Promise<void> {
    const args = { minor_low: 0, minor_high: VIRT_MINOR, features: [...features] };
    this.#agreed = (await this.call('VIRT_VERSION_EXCHANGE', args)).agreed;
  }

  async open(uri: string | null): Promise<void> {
    await this.call('VIRT_OPEN', { uri });
  }

  /** Says goodbye, as far as the other side listens, and ends the connection. */
  async close(): Promise<void> {
    if (this.peer.closed === null) await this.call('VIRT_CLOSE', undefined).catch(() => undefined);
    this.peer.close();
  }

  /** Of the hypervisor: major * 1,000,000 + minor * 1,000 + release. */
  async version(): Promise<bigint> {
    return (await this.call('VIRT_GET_VERSION', undefined)).number;
  }

  async daemonVersion(): Promise<bigint> {
    return (await this.call('VIRT_GET_DAEMON_VERSION', undefined)).number;
  }

  async type(): Promise<string> {
    return (await this.call('VIRT_GET_TYPE', undefined)).text;
  }

  async hostname(): Promise<string> {
    return (await this.call('VIRT_GET_HOSTNAME', undefined)).text;
  }

  /** What is open, as the daemon calls it. */
  async uri(): Promise<string> {
    return (await this.call('VIRT_GET_URI', undefined)).text;
  }

  async nodeInfo(): Promise<virt_node_info> {
    return (await this.call('VIRT_GET_NODEINFO', undefined)).info;
  }

  async capabilities(): Promise<string> {
    return (await this.call('VIRT_GET_CAPABILITIES', undefined)).xml;
  }

  /** All domains: those that run first, by id, then the others by name. */
  async domains(): Promise<VirtDomainDetails[]> {
    return (await this.call('VIRT_LIST_ALL_DOMAINS', undefined)).domains.map(domainDetails);
  }

  async domainById(id: number): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_LOOKUP_BY_ID', { id })).dom);
  }

  async domainByUuid(uuid: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_LOOKUP_BY_UUID', { uuid: uuidBytes(uuid) })).dom);
  }

  async domainByName(name: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_LOOKUP_BY_NAME', { name })).dom);
  }

  async domainDetails(uuid: string): Promise<VirtDomainDetails> {
    return domainDetails((await this.call('VIRT_DOMAIN_GET_DETAILS', { uuid: uuidBytes(uuid) })).details);
  }

  async domainState(uuid: string): Promise<{ readonly state: VirtDomainState; readonly reason: string }> {
    const { state, reason } = (await this.call('VIRT_DOMAIN_GET_STATE', { uuid: uuidBytes(uuid) })).state;
    return { state: stateWord(state), reason: word(virt_state_reason, reason, 'VIRT_REASON_') };
  }

  async domainXml(uuid: string, options: VirtXmlOptions = {}): Promise<string> {
    return (await this.call('VIRT_DOMAIN_GET_XML', { uuid: uuidBytes(uuid), flags: xmlFlags(options) })).xml;
  }

  async createDomain(xml: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_CREATE', { xml })).dom);
  }

  async defineDomain(xml: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_DEFINE', { xml })).dom);
  }

  async undefineDomain(uuid: string): Promise<void> {
    await this.call('VIRT_DOMAIN_UNDEFINE', { uuid: uuidBytes(uuid) });
  }

  async startDomain(uuid: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_START', { uuid: uuidBytes(uuid) })).dom);
  }

  async suspendDomain(domain: VirtDomain): Promise<void> {
    await this.call('VIRT_DOMAIN_SUSPEND', { id: runningId(domain) });
  }

  async resumeDomain(domain: VirtDomain): Promise<void> {
    await this.call('VIRT_DOMAIN_RESUME', { id: runningId(domain) });
  }

  async destroyDomain(domain: VirtDomain): Promise<void> {
    await this.call('VIRT_DOMAIN_DESTROY', { id: runningId(domain) });
  }

  async saveDomain(domain: VirtDomain, file: string): Promise<void> {
    await this.call('VIRT_DOMAIN_SAVE', { id: runningId(domain), file });
  }

  async restoreDomain(file: string): Promise<VirtDomain> {
    return domainRef((await this.call('VIRT_DOMAIN_RESTORE', { file })).dom);
  }

  async setDomainAutostart(uuid: string, autostart: boolean): Promise<void> {
    await this.call('VIRT_DOMAIN_SET_AUTOSTART', { uuid: uuidBytes(uuid), autostart });
  }

  /** All networks, by name. */
  async networks(): Promise<VirtNetworkDetails[]> {
    return (await this.call('VIRT_LIST_ALL_NETWORKS', undefined)).networks.map(networkDetails);
  }

  async networkByUuid(uuid: string): Promise<VirtNetwork> {
    return networkRef((await this.call('VIRT_NETWORK_LOOKUP_BY_UUID', { uuid: uuidBytes(uuid) })).net);
  }

  async networkByName(name: string): Promise<VirtNetwork> {
    return networkRef((await this.call('VIRT_NETWORK_LOOKUP_BY_NAME', { name })).net);
  }

  async networkDetails(uuid: string): Promise<VirtNetworkDetails> {
    return networkDetails((await this.call('VIRT_NETWORK_GET_DETAILS', { uuid: uuidBytes(uuid) })).details);
  }

  async networkXml(uuid: string, options: VirtXmlOptions = {}): Promise<string> {
    return (await this.call('VIRT_NETWORK_GET_XML', { uuid: uuidBytes(uuid), flags: xmlFlags(options) })).xml;
  }

  async createNetwork(xml: string): Promise<VirtNetwork> {
    return networkRef((await this.call('VIRT_NETWORK_CREATE', { xml })).net);
  }

  async defineNetwork(xml: string): Promise<VirtNetwork> {
    return networkRef((await this.call('VIRT_NETWORK_DEFINE', { xml })).net);
  }

  async undefineNetwork(uuid: string): Promise<void> {
    await this.call('VIRT_NETWORK_UNDEFINE', { uuid: uuidBytes(uuid) });
  }

  async startNetwork(uuid: string): Promise<void> {
    await this.call('VIRT_NETWORK_START', { uuid: uuidBytes(uuid) });
  }

  async destroyNetwork(uuid: string): Promise<void> {
    await this.call('VIRT_NETWORK_DESTROY', { uuid: uuidBytes(uuid) });
  }

  async setNetworkAutostart(uuid: string, autostart: boolean): Promise<void> {
    await this.call('VIRT_NETWORK_SET_AUTOSTART', { uuid: uuidBytes(uuid), autostart });
  }

  /** Events of one object, or of all; they go to `onEvent`. Resolves with what `deregisterEvents` takes. */
  async registerEvents(source: 'domain' | 'network', uuid: string | null = null): Promise<number> {
    const { VIRT_EVENT_SOURCE_DOMAIN, VIRT_EVENT_SOURCE_NETWORK } = virt_event_source;
    const { registration } = await this.call('VIRT_EVENT_REGISTER', {
      source: source === 'domain' ? VIRT_EVENT_SOURCE_DOMAIN : VIRT_EVENT_SOURCE_NETWORK,
      object: uuid === null ? new Uint8Array(0) : uuidBytes(uuid),
    });
    return registration;
  }

  async deregisterEvents(registration: number): Promise<void> {
    await this.call('VIRT_EVENT_DEREGISTER', { registration });
  }
}

/** VIRT_EVENTS, which the daemon calls. */
function eventService(tell: (event: VirtEvent) => void): Service {
  const kinds = (args: virt_domain_event | virt_network_event): { kind: string; detail: string } => ({
    kind: word(virt_event_kind, args.kind, 'VIRT_EVENT_'),
    detail: word(virt_event_detail, args.detail, 'VIRT_DETAIL_'),
  });
  // The result is void, whatever a listener returns.
  const hear = (event: VirtEvent): void => {
    tell(event);
  };
  const handlers = new Map<string, Handler>([
    [
      'VIRT_EVENTS_DOMAIN',
      (args: virt_domain_event) => hear({ source: 'domain', ...kinds(args), domain: domainRef(args.dom) }),
    ],
    [
      'VIRT_EVENTS_NETWORK',
      (args: virt_network_event) =>
        hear({ source: 'network', ...kinds(args), network: networkRef(args.net) }),
    ],
    ['VIRT_EVENTS_OVERFLOW', ({ lost }: virt_overflow_event) => hear({ source: 'overflow', lost })],
  ]);
  return { program: programOf(VIRT_EVENTS), handler: (name) => handlers.get(name), access: 'unrestricted' };
}

function programOf(number: number): (typeof programs)[number] {
  const program = programs.find((one) => one.number === number);
  if (program === undefined) throw new TypeError(`virt.x has no program ${number}`);
  return program;
}

function domainRef({ id, uuid, name }: virt_domain): VirtDomain {
  return { id, uuid: uuidText(uuid), name };
}

function networkRef({ uuid, name }: virt_network): VirtNetwork {
  return { uuid: uuidText(uuid), name };
}

function domainDetails({
  dom,
  info,
  reason,
  persistent,
  autostart,
  os_type,
}: virt_domain_details): VirtDomainDetails {
  return {
    ...domainRef(dom),
    state: stateWord(info.state),
    reason: word(virt_state_reason, reason, 'VIRT_REASON_'),
    maxMemory: info.max_memory,
    memory: info.memory,
    vcpus: info.vcpus,
    cpuTime: info.cpu_time,
    persistent,
    autostart,
    osType: os_type,
  };
}

function networkDetails({
  net,
  active,
  persistent,
  autostart,
  bridge,
}: virt_network_details): VirtNetworkDetails {
  return { ...networkRef(net), active, persistent, autostart, bridge };
}

function xmlFlags({ secure = false, inactive = false }: VirtXmlOptions): number {
  return (secure ? VIRT_XML_SECURE : 0) | (inactive ? VIRT_XML_INACTIVE : 0);
}

function stateWord(state: virt_domain_state): VirtDomainState {
  const name = word(virt_domain_state, state, 'VIRT_STATE_');
  return name === 'shutoff' ? 'shut off' : name;
}

/** An enum's member without its prefix, in lower case. */
function word(names: Readonly<Record<number, string>>, value: number, prefix: string): string {
  return names[value]?.slice(prefix.length).toLowerCase() ?? String(value);
}

/** The daemon knows running domains by id; one that has none is refused here, in the words it would use. */
function runningId({ id }: VirtDomain): number {
  if (id >= 0) return id;
  throw new VirtError({
    code: virt_error_code.VIRT_ERR_OPERATION_INVALID,
    domain: virt_error_domain.VIRT_FROM_DOMAIN,
    level: virt_error_level.VIRT_LEVEL_ERROR,
    message: 'Requested operation is not valid: domain is not running',
    detail: null,
  });
}
