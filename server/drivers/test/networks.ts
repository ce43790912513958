/**
 * The networks of the test driver: libvirt's state machine, with bridges that no two networks share. As with
 * domains, everything is checked before anything changes, and durable before it shows. Throws and rejects with
 * DriverError.
 */
import {
  virt_event_detail as Detail,
  virt_event_kind as Event,
  type virt_event_detail,
  type virt_event_kind,
} from '../../../codec/programs/virt.gen.ts';
import { type CompleteNetwork, completeNetwork } from '../../virt/xml/network.ts';
import { printXml } from '../../virt/xml/print.ts';
import type { NetworkDetails, NetworkRef, Uuid, XmlOptions } from '../driver.ts';
import { DriverError, invalid, noNetwork, tooMuch, xmlError } from '../error.ts';
import type { Host } from './host.ts';
import { Registry } from './registry.ts';

interface Kept {
  readonly definition: CompleteNetwork;
  readonly xml: string;
}

interface Network {
  readonly uuid: Uuid;
  readonly name: string;
  config: Kept | null;
  live: Kept | null;
  autostart: boolean;
}

/** What is kept of a persistent network. */
export interface NetworkRecord {
  readonly xml: string;
  readonly autostart: boolean;
}

export class Networks {
  readonly #host: Host;
  readonly #all = new Registry<Network>();
  #listed: { readonly ticks: bigint; readonly all: readonly NetworkDetails[] } | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Made once between two changes. */
  list(): readonly NetworkDetails[] {
    const { ticks } = this.#host;
    if (this.#listed?.ticks !== ticks) this.#listed = { ticks, all: this.#all.sorted().map(detailsOf) };
    return this.#listed.all;
  }

  byUuid(uuid: Uuid): NetworkRef {
    return refOf(this.#find(uuid));
  }

  byName(name: string): NetworkRef {
    const network = this.#all.name(name);
    if (network === undefined) throw noNetwork(`no network with matching name '${name}'`);
    return refOf(network);
  }

  details(uuid: Uuid): NetworkDetails {
    return detailsOf(this.#find(uuid));
  }

  xml(uuid: Uuid, { inactive = false }: XmlOptions): string {
    const network = this.#find(uuid);
    const live = inactive && network.config !== null ? null : network.live;
    return printXml((live ?? configOf(network)).definition.tree);
  }

  create(text: string): NetworkRef {
    return this.#launch(this.#read(text));
  }

  async define(text: string): Promise<NetworkRef> {
    const kept = this.#read(text);
    const network = this.#admit(kept.definition) ?? newNetwork(kept);
    const { uuid, autostart } = network;
    await this.#host.put('network', uuid, { xml: kept.xml, autostart }, recordOf(network));
    const updated = network.config !== null;
    this.#configure(network, kept);
    this.#all.add(network);
    this.#tell(
      network,
      Event.VIRT_EVENT_DEFINED,
      updated ? Detail.VIRT_DETAIL_UPDATED : Detail.VIRT_DETAIL_ADDED,
    );
    return refOf(network);
  }

  async undefine(uuid: Uuid): Promise<void> {
    const network = this.#find(uuid);
    const record = recordOf(network);
    if (record === null) throw invalid('cannot undefine transient network', { network: refOf(network) });
    await this.#host.remove('network', uuid, record);
    this.#configure(network, null);
    network.autostart = false;
    if (network.live === null) this.#all.delete(network);
    this.#tell(network, Event.VIRT_EVENT_UNDEFINED, Detail.VIRT_DETAIL_REMOVED);
  }

  start(uuid: Uuid): void {
    const network = this.#find(uuid);
    if (network.live !== null) throw invalid('network is already active', { network: refOf(network) });
    this.#launch(configOf(network));
  }

  destroy(uuid: Uuid): void {
    const network = this.#find(uuid);
    if (network.live === null) throw invalid('network is not active', { network: refOf(network) });
    this.#host.account(null, network.live.xml);
    network.live = null;
    if (network.config === null) this.#all.delete(network);
    this.#tell(network, Event.VIRT_EVENT_STOPPED, Detail.VIRT_DETAIL_DESTROYED);
  }

  async setAutostart(uuid: Uuid, autostart: boolean): Promise<void> {
    const network = this.#find(uuid);
    const record = recordOf(network);
    if (record === null)
      throw invalid('cannot set autostart for transient network', { network: refOf(network) });
    if (network.autostart === autostart) return;
    await this.#host.put('network', uuid, { ...record, autostart }, record);
    network.autostart = autostart;
    this.#tell(
      network,
      Event.VIRT_EVENT_AUTOSTART,
      autostart ? Detail.VIRT_DETAIL_ENABLED : Detail.VIRT_DETAIL_DISABLED,
    );
  }

  /** A network that was kept; throws where its XML, name, UUID or bridge cannot be. */
  load(uuid: Uuid, { xml, autostart }: NetworkRecord): void {
    const kept = this.#read(xml);
    if (kept.definition.uuid !== uuid) throw xmlError('network.uuid: not that of the file');
    if (this.#admit(kept.definition) !== undefined) throw xmlError('network.uuid: there twice');
    const network = newNetwork(kept);
    network.autostart = autostart;
    this.#configure(network, kept);
    this.#all.add(network);
  }

  /** Starts what is to start with the daemon, by name. */
  autostart(): void {
    for (const { uuid, autostart, live } of this.#all.sorted())
      if (autostart && live === null) this.start(uuid);
  }

  #launch(kept: Kept): NetworkRef {
    const existing = this.#admit(kept.definition);
    if (existing !== undefined && existing.live !== null)
      throw invalid(`network '${existing.name}' is already active`, { network: refOf(existing) });
    const network = existing ?? newNetwork(kept);
    network.live = kept;
    this.#host.account(kept.xml, null);
    this.#all.add(network);
    this.#tell(network, Event.VIRT_EVENT_STARTED, Detail.VIRT_DETAIL_BOOTED);
    return refOf(network);
  }

  #read(text: string): Kept {
    const given = this.#host.xml.network(text);
    const { identifiers } = this.#host;
    const uuid = given.uuid ?? identifiers.uuid((one) => this.#all.uuid(one) !== undefined);
    const before = this.#all.uuid(uuid)?.config?.definition;
    const own = given.ownsBridge
      ? {
          bridge: given.bridge ?? before?.bridge ?? this.#freeBridge(),
          mac: given.mac ?? before?.mac ?? identifiers.mac(),
        }
      : null;
    const definition = completeNetwork(given, uuid, own);
    return { definition, xml: this.#host.print(definition.tree) };
  }

  /** The network that a definition is of, if there is one; throws where its name, UUID or bridge is another's. */
  #admit({ name, uuid, bridge, ownsBridge }: CompleteNetwork): Network | undefined {
    const same = this.#all.uuid(uuid);
    if (same !== undefined && same.name !== name)
      throw exists(`network '${same.name}' is already defined with uuid ${same.uuid}`, same);
    const named = this.#all.name(name);
    if (named !== undefined && named !== same)
      throw exists(`network '${name}' already exists with uuid ${named.uuid}`, named);
    const owner = bridge === null || !ownsBridge ? undefined : this.#ownerOf(bridge);
    if (owner !== undefined && owner !== same)
      throw new DriverError('INTERNAL', `internal error: bridge name '${bridge}' already in use.`);
    if (same === undefined && this.#all.size >= this.#host.limits.networks)
      throw tooMuch(`${this.#host.limits.networks} networks`);
    return same;
  }

  #ownerOf(bridge: string): Network | undefined {
    for (const network of this.#all.values())
      for (const kept of [network.config, network.live])
        if (kept?.definition.ownsBridge && kept.definition.bridge === bridge) return network;
    return undefined;
  }

  #freeBridge(): string {
    const taken = new Set<string | null>();
    for (const { config, live } of this.#all.values())
      for (const kept of [config, live]) taken.add(kept?.definition.bridge ?? null);
    let n = 0;
    while (taken.has(`virbr${n}`)) n++;
    return `virbr${n}`;
  }

  #configure(network: Network, kept: Kept | null): void {
    this.#host.account(kept?.xml ?? null, network.config?.xml ?? null);
    network.config = kept;
  }

  #find(uuid: Uuid): Network {
    const network = this.#all.uuid(uuid);
    if (network === undefined) throw noNetwork(`no network with matching uuid '${uuid}'`);
    return network;
  }

  #tell(network: Network, kind: virt_event_kind, detail: virt_event_detail): void {
    this.#host.changed({ source: 'network', kind, detail, ref: refOf(network) });
  }
}

function newNetwork({ definition: { uuid, name } }: Kept): Network {
  return { uuid, name, config: null, live: null, autostart: false };
}

function refOf({ uuid, name }: Network): NetworkRef {
  return { uuid, name };
}

function detailsOf(network: Network): NetworkDetails {
  const { definition } = network.live ?? configOf(network);
  return {
    ref: refOf(network),
    active: network.live !== null,
    persistent: network.config !== null,
    autostart: network.autostart,
    bridge: definition.bridge,
  };
}

/** What its next start will use; a network that is not active is persistent. */
function configOf({ config, name }: Network): Kept {
  if (config === null) throw new Error(`network ${name} neither runs nor is defined`);
  return config;
}

/** Null for a network that is not kept. */
function recordOf({ config, autostart }: Network): { xml: string; autostart: boolean } | null {
  return config === null ? null : { xml: config.xml, autostart };
}

function exists(why: string, network: Network): DriverError {
  return new DriverError('OPERATION_FAILED', `operation failed: ${why}`, { network: refOf(network) });
}
