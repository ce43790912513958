/**
 * The domains of the test driver: libvirt's state machine. A domain has a definition that stays (persistent), one
 * that runs, or both, which then may differ. Every method checks all before it changes anything; what is to survive
 * is durable before it shows. Throws and rejects with DriverError.
 */
import {
  virt_event_detail as Detail,
  virt_event_kind as Event,
  virt_state_reason as Reason,
  virt_domain_state as State,
  type virt_event_detail,
  type virt_event_kind,
  type virt_state,
} from '../../../codec/programs/virt.gen.ts';
import { type CompleteDomain, completeDomain, domainTree } from '../../virt/xml/domain.ts';
import { printXml } from '../../virt/xml/print.ts';
import type { DomainDetails, DomainRef, Uuid, XmlOptions } from '../driver.ts';
import { DriverError, invalid, noDomain, tooMuch, xmlError } from '../error.ts';
import type { Host } from './host.ts';
import { byName, Registry } from './registry.ts';

/** A definition with the text that is kept of it. */
interface Kept {
  readonly definition: CompleteDomain;
  readonly xml: string;
}

interface Live {
  readonly id: number;
  readonly kept: Kept;
  readonly since: bigint;
  paused: boolean;
  reason: virt_state['reason'];
}

interface Domain {
  readonly uuid: Uuid;
  readonly name: string;
  config: Kept | null;
  live: Live | null;
  autostart: boolean;
  /** why it last stopped */
  stopped: virt_state['reason'];
}

/** What is kept of a persistent domain. */
export interface DomainRecord {
  readonly xml: string;
  readonly autostart: boolean;
}

const TYPE = 'test';
/** what a running domain uses of its CPUs between two changes */
const NANOSECONDS_A_TICK = 10_000_000n;

export class Domains {
  readonly #host: Host;
  readonly #all = new Registry<Domain>();
  readonly #running = new Map<number, Domain>();
  #lastId = 0;
  #listed: { readonly ticks: bigint; readonly all: readonly DomainDetails[] } | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Made once between two changes: counting and listing are cheap however many there are. */
  list(): readonly DomainDetails[] {
    const { ticks } = this.#host;
    if (this.#listed?.ticks !== ticks) this.#listed = { ticks, all: this.#list() };
    return this.#listed.all;
  }

  #list(): DomainDetails[] {
    const running = [...this.#running.values()].sort((a, b) => (a.live?.id ?? 0) - (b.live?.id ?? 0));
    const others = [...this.#all.values()].filter((domain) => domain.live === null).sort(byName);
    return [...running, ...others].map((domain) => this.#details(domain));
  }

  byId(id: number): DomainRef {
    return refOf(this.#live(id));
  }

  byUuid(uuid: Uuid): DomainRef {
    return refOf(this.#find(uuid));
  }

  byName(name: string): DomainRef {
    const domain = this.#all.name(name);
    if (domain === undefined) throw noDomain(`no domain with matching name '${name}'`);
    return refOf(domain);
  }

  details(uuid: Uuid): DomainDetails {
    return this.#details(this.#find(uuid));
  }

  state(uuid: Uuid): virt_state {
    return stateOf(this.#find(uuid));
  }

  xml(uuid: Uuid, { secure, inactive = false }: XmlOptions): string {
    const domain = this.#find(uuid);
    const live = inactive && domain.config !== null ? null : domain.live;
    const { definition } = live?.kept ?? configOf(domain);
    return printXml(domainTree(definition, live?.id ?? -1, { secure }));
  }

  create(text: string): DomainRef {
    const kept = this.#read(text);
    return this.#launch(kept, false, Reason.VIRT_REASON_BOOTED, Detail.VIRT_DETAIL_BOOTED);
  }

  async define(text: string): Promise<DomainRef> {
    const kept = this.#read(text);
    const existing = this.#admit(kept.definition);
    const domain = existing ?? newDomain(kept);
    await this.#host.put(
      'domain',
      domain.uuid,
      { xml: kept.xml, autostart: domain.autostart },
      recordOf(domain),
    );
    const updated = domain.config !== null;
    this.#configure(domain, kept);
    this.#all.add(domain);
    this.#tell(
      domain,
      Event.VIRT_EVENT_DEFINED,
      updated ? Detail.VIRT_DETAIL_UPDATED : Detail.VIRT_DETAIL_ADDED,
    );
    return refOf(domain);
  }

  async undefine(uuid: Uuid): Promise<void> {
    const domain = this.#find(uuid);
    const record = recordOf(domain);
    if (record === null) throw invalid('cannot undefine transient domain', { domain: refOf(domain) });
    await this.#host.remove('domain', uuid, record);
    this.#configure(domain, null);
    domain.autostart = false;
    if (domain.live === null) this.#all.delete(domain);
    this.#tell(domain, Event.VIRT_EVENT_UNDEFINED, Detail.VIRT_DETAIL_REMOVED);
  }

  start(uuid: Uuid): DomainRef {
    const domain = this.#find(uuid);
    if (domain.live !== null) throw invalid('domain is already running', { domain: refOf(domain) });
    return this.#launch(configOf(domain), false, Reason.VIRT_REASON_BOOTED, Detail.VIRT_DETAIL_BOOTED);
  }

  suspend(id: number): void {
    const domain = this.#live(id);
    const { live } = domain;
    if (live.paused) throw invalid('domain is already paused', { domain: refOf(domain) });
    live.paused = true;
    live.reason = Reason.VIRT_REASON_USER;
    this.#tell(domain, Event.VIRT_EVENT_SUSPENDED, Detail.VIRT_DETAIL_PAUSED);
  }

  resume(id: number): void {
    const domain = this.#live(id);
    const { live } = domain;
    if (!live.paused) throw invalid('domain is not paused', { domain: refOf(domain) });
    live.paused = false;
    live.reason = Reason.VIRT_REASON_UNPAUSED;
    this.#tell(domain, Event.VIRT_EVENT_RESUMED, Detail.VIRT_DETAIL_UNPAUSED);
  }

  destroy(id: number): void {
    this.#stop(this.#live(id), Reason.VIRT_REASON_DESTROYED, Detail.VIRT_DETAIL_DESTROYED);
  }

  /** What saving it would keep. */
  image(id: number): { readonly xml: string; readonly paused: boolean } {
    const { live } = this.#live(id);
    return { xml: live.kept.xml, paused: live.paused };
  }

  saved(id: number): void {
    this.#stop(this.#live(id), Reason.VIRT_REASON_SAVED, Detail.VIRT_DETAIL_SAVED);
  }

  restore(xml: string, paused: boolean): DomainRef {
    return this.#launch(this.#read(xml), paused, Reason.VIRT_REASON_RESTORED, Detail.VIRT_DETAIL_RESTORED);
  }

  async setAutostart(uuid: Uuid, autostart: boolean): Promise<void> {
    const domain = this.#find(uuid);
    const record = recordOf(domain);
    if (record === null)
      throw invalid('cannot set autostart for transient domain', { domain: refOf(domain) });
    if (domain.autostart === autostart) return;
    await this.#host.put('domain', uuid, { ...record, autostart }, record);
    domain.autostart = autostart;
    this.#tell(
      domain,
      Event.VIRT_EVENT_AUTOSTART,
      autostart ? Detail.VIRT_DETAIL_ENABLED : Detail.VIRT_DETAIL_DISABLED,
    );
  }

  /** A domain that was kept; throws where its XML, name or UUID cannot be. */
  load(uuid: Uuid, { xml, autostart }: DomainRecord): void {
    const kept = this.#read(xml);
    if (kept.definition.uuid !== uuid) throw xmlError('domain.uuid: not that of the file');
    if (this.#admit(kept.definition) !== undefined) throw xmlError('domain.uuid: there twice');
    const domain = newDomain(kept);
    domain.autostart = autostart;
    this.#configure(domain, kept);
    this.#all.add(domain);
  }

  /** Starts what is to start with the daemon, by name. */
  autostart(): void {
    for (const { uuid, autostart, live } of this.#all.sorted())
      if (autostart && live === null) this.start(uuid);
  }

  #launch(kept: Kept, paused: boolean, reason: virt_state['reason'], detail: virt_event_detail): DomainRef {
    const existing = this.#admit(kept.definition);
    if (existing?.live != null)
      throw invalid(`domain '${existing.name}' is already active`, { domain: refOf(existing) });
    const domain = existing ?? newDomain(kept);
    const id = ++this.#lastId;
    domain.live = { id, kept, since: this.#host.ticks, paused, reason };
    this.#host.account(kept.xml, null);
    this.#all.add(domain);
    this.#running.set(id, domain);
    this.#tell(domain, Event.VIRT_EVENT_STARTED, detail);
    return refOf(domain);
  }

  #stop(domain: Domain & { live: Live }, reason: virt_state['reason'], detail: virt_event_detail): void {
    this.#running.delete(domain.live.id);
    this.#host.account(null, domain.live.kept.xml);
    const stopped: Domain = domain;
    stopped.live = null;
    stopped.stopped = reason;
    if (stopped.config === null) this.#all.delete(stopped);
    this.#tell(stopped, Event.VIRT_EVENT_STOPPED, detail);
  }

  /** The definition in a text, complete, and small enough to be kept. */
  #read(text: string): Kept {
    const given = this.#host.xml.domain(text);
    if (given.type !== TYPE) throw xmlError(`domain.type: '${TYPE}' is expected, not '${given.type}'`);
    const { identifiers } = this.#host;
    const uuid = given.uuid ?? identifiers.uuid((one) => this.#all.uuid(one) !== undefined);
    const definition = completeDomain(
      given,
      uuid,
      given.macs.map((mac) => mac ?? identifiers.mac()),
    );
    return { definition, xml: this.#host.print(definition.tree) };
  }

  /** The domain that a definition is of, if there is one; throws where its name or UUID is another's. */
  #admit({ name, uuid }: CompleteDomain): Domain | undefined {
    const same = this.#all.uuid(uuid);
    if (same !== undefined && same.name !== name)
      throw exists(`domain '${same.name}' is already defined with uuid ${same.uuid}`, same);
    const named = this.#all.name(name);
    if (named !== undefined && named !== same)
      throw exists(`domain '${name}' already exists with uuid ${named.uuid}`, named);
    if (same === undefined && this.#all.size >= this.#host.limits.domains)
      throw tooMuch(`${this.#host.limits.domains} domains`);
    return same;
  }

  #configure(domain: Domain, kept: Kept | null): void {
    this.#host.account(kept?.xml ?? null, domain.config?.xml ?? null);
    domain.config = kept;
  }

  #find(uuid: Uuid): Domain {
    const domain = this.#all.uuid(uuid);
    if (domain === undefined) throw noDomain(`no domain with matching uuid '${uuid}'`);
    return domain;
  }

  #live(id: number): Domain & { live: Live } {
    const domain = this.#running.get(id);
    if (domain === undefined || domain.live === null) throw noDomain(`no domain with matching id ${id}`);
    return domain as Domain & { live: Live };
  }

  #details(domain: Domain): DomainDetails {
    const { definition } = domain.live?.kept ?? configOf(domain);
    const { state, reason } = stateOf(domain);
    const { live, config, autostart } = domain;
    const cpuTime = live === null ? 0n : (this.#host.ticks - live.since) * NANOSECONDS_A_TICK;
    const { maxMemory, memory, vcpus, osType } = definition;
    return {
      ref: refOf(domain),
      info: { state, max_memory: maxMemory, memory, vcpus, cpu_time: cpuTime },
      reason,
      persistent: config !== null,
      autostart,
      osType,
    };
  }

  #tell(domain: Domain, kind: virt_event_kind, detail: virt_event_detail): void {
    this.#host.changed({ source: 'domain', kind, detail, ref: refOf(domain) });
  }
}

function newDomain({ definition: { uuid, name } }: Kept): Domain {
  return { uuid, name, config: null, live: null, autostart: false, stopped: Reason.VIRT_REASON_UNKNOWN };
}

function refOf({ live, uuid, name }: Domain): DomainRef {
  return { id: live?.id ?? -1, uuid, name };
}

function stateOf({ live, stopped }: Domain): virt_state {
  if (live === null) return { state: State.VIRT_STATE_SHUTOFF, reason: stopped };
  return { state: live.paused ? State.VIRT_STATE_PAUSED : State.VIRT_STATE_RUNNING, reason: live.reason };
}

/** What its next start will use; a domain that does not run is persistent. */
function configOf({ config, name }: Domain): Kept {
  if (config === null) throw new Error(`domain ${name} neither runs nor is defined`);
  return config;
}

/** Null for a domain that is not kept. */
function recordOf({ config, autostart }: Domain): { xml: string; autostart: boolean } | null {
  return config === null ? null : { xml: config.xml, autostart };
}

function exists(why: string, domain: Domain): DriverError {
  return new DriverError('OPERATION_FAILED', `operation failed: ${why}`, { domain: refOf(domain) });
}
