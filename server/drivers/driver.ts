/**
 * What every back end of the daemon does: domains and networks, named by UUID. A driver checks what it is told and
 * throws DriverError for what it refuses; it changes nothing that is to survive before that is durable, and tells
 * its listeners after. Methods may be asynchronous; calls that overlap see each other's results whole or not at all.
 */
import type {
  virt_domain_details,
  virt_domain_info,
  virt_event_detail,
  virt_event_kind,
  virt_node_info,
  virt_state,
} from '../../codec/programs/virt.gen.ts';

/** A UUID's canonical text: lower-case hex in five groups. */
export type Uuid = string;

/** `id` is -1 where the domain does not run. */
export interface DomainRef {
  readonly id: number;
  readonly uuid: Uuid;
  readonly name: string;
}

export interface NetworkRef {
  readonly uuid: Uuid;
  readonly name: string;
}

/** Everything that a list shows of a domain. Memory in KiB, times in nanoseconds. */
export interface DomainDetails {
  readonly ref: DomainRef;
  readonly info: virt_domain_info;
  readonly reason: virt_domain_details['reason'];
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly osType: string;
}

export interface NetworkDetails {
  readonly ref: NetworkRef;
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly bridge: string | null;
}

/** `secure`: with passwords. `inactive`: what the next start will use. */
export interface XmlOptions {
  readonly secure?: boolean;
  readonly inactive?: boolean;
}

export type DriverEvent =
  | {
      readonly source: 'domain';
      readonly kind: virt_event_kind;
      readonly detail: virt_event_detail;
      readonly ref: DomainRef;
    }
  | {
      readonly source: 'network';
      readonly kind: virt_event_kind;
      readonly detail: virt_event_detail;
      readonly ref: NetworkRef;
    };

type Result<T> = T | Promise<T>;

export interface Driver {
  /** what OPEN selects it by, `test:///default` */
  readonly uri: string;
  /** its name as a user sees it, 'Test' */
  readonly type: string;
  /** the number in virt_error.domain of its errors */
  readonly errorDomain: number;

  /** major * 1,000,000 + minor * 1,000 + release */
  version(): Result<bigint>;
  hostname(): Result<string>;
  nodeInfo(): Result<virt_node_info>;
  capabilities(): Result<string>;

  /** all domains, those that run first, by id, then the others by name */
  domains(): Result<readonly DomainDetails[]>;
  domainById(id: number): Result<DomainRef>;
  domainByUuid(uuid: Uuid): Result<DomainRef>;
  domainByName(name: string): Result<DomainRef>;
  domainDetails(uuid: Uuid): Result<DomainDetails>;
  domainState(uuid: Uuid): Result<virt_state>;
  domainXml(uuid: Uuid, options?: XmlOptions): Result<string>;
  /** starts a domain that is gone when it stops */
  createDomain(xml: string): Result<DomainRef>;
  defineDomain(xml: string): Result<DomainRef>;
  undefineDomain(uuid: Uuid): Result<void>;
  startDomain(uuid: Uuid): Result<DomainRef>;
  suspendDomain(id: number): Result<void>;
  resumeDomain(id: number): Result<void>;
  destroyDomain(id: number): Result<void>;
  /** `file` names the saved state; what it may be, and where that is kept, is the driver's */
  saveDomain(id: number, file: string): Result<void>;
  restoreDomain(file: string): Result<DomainRef>;
  setDomainAutostart(uuid: Uuid, autostart: boolean): Result<void>;

  /** all networks, by name */
  networks(): Result<readonly NetworkDetails[]>;
  networkByUuid(uuid: Uuid): Result<NetworkRef>;
  networkByName(name: string): Result<NetworkRef>;
  networkDetails(uuid: Uuid): Result<NetworkDetails>;
  networkXml(uuid: Uuid, options?: XmlOptions): Result<string>;
  createNetwork(xml: string): Result<NetworkRef>;
  defineNetwork(xml: string): Result<NetworkRef>;
  undefineNetwork(uuid: Uuid): Result<void>;
  startNetwork(uuid: Uuid): Result<void>;
  destroyNetwork(uuid: Uuid): Result<void>;
  setNetworkAutostart(uuid: Uuid, autostart: boolean): Result<void>;

  /** calls `listener` after each change, in order; the returned function ends that */
  subscribe(listener: (event: DriverEvent) => void): () => void;
  /** waits for what is under way and lets go of everything */
  close(): Promise<void>;
}
