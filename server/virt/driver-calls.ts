/**
 * The procedures of VIRT that a driver answers: arguments in, the body of the result out. Plain functions; sessions,
 * access and versions are whoever calls them's. Throw and reject with DriverError.
 */
import { uuidText } from '../../codec/programs/uuid.ts';
import {
  VIRT_XML_INACTIVE,
  VIRT_XML_SECURE,
  type virt_domain_details,
  type virt_get_xml_args,
  type virt_network_details,
} from '../../codec/programs/virt.gen.ts';
import type { Grant } from '../../transport/peer-types.ts';
import type { DomainDetails, Driver, NetworkDetails, XmlOptions } from '../drivers/driver.ts';
import { DriverError, invalidArgument } from '../drivers/error.ts';
import { map, type Result, wireDomain, wireNetwork } from './result.ts';

/** What a call may need to know beside its arguments. */
export interface CallSetting {
  readonly driver: Driver;
  readonly access: Grant;
}

// biome-ignore lint/suspicious/noExplicitAny: each takes the arguments of its procedure, decoded from its type
export type DriverCall = (setting: CallSetting, args: any) => Result<object>;

interface Uuid {
  readonly uuid: Uint8Array;
}

interface Id {
  readonly id: number;
}

interface Text {
  readonly xml: string;
}

const nothing = (): object => ({});

const CALLS: Readonly<Record<string, DriverCall>> = {
  VIRT_GET_VERSION: ({ driver }) => map(driver.version(), (number) => ({ number })),
  VIRT_GET_NODEINFO: ({ driver }) => map(driver.nodeInfo(), (info) => ({ info })),
  VIRT_LIST_DOMAINS: ({ driver }) =>
    map(driver.domains(), (all) => ({ ids: all.map(({ ref }) => ref.id).filter((id) => id >= 0) })),
  VIRT_NUM_DOMAINS: ({ driver }) =>
    map(driver.domains(), (all) => ({ count: all.filter(({ ref }) => ref.id >= 0).length })),
  VIRT_DOMAIN_CREATE: ({ driver }, { xml }: Text) =>
    map(driver.createDomain(xml), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_LOOKUP_BY_ID: ({ driver }, { id }: Id) =>
    map(driver.domainById(id), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_LOOKUP_BY_UUID: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainByUuid(uuidText(uuid)), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_LOOKUP_BY_NAME: ({ driver }, { name }: { name: string }) =>
    map(driver.domainByName(name), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_SUSPEND: ({ driver }, { id }: Id) => map(driver.suspendDomain(id), nothing),
  VIRT_DOMAIN_RESUME: ({ driver }, { id }: Id) => map(driver.resumeDomain(id), nothing),
  VIRT_DOMAIN_DESTROY: ({ driver }, { id }: Id) => map(driver.destroyDomain(id), nothing),
  VIRT_DOMAIN_GET_INFO: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainDetails(uuidText(uuid)), ({ info }) => ({ info })),
  VIRT_DOMAIN_SAVE: ({ driver }, { id, file }: Id & { file: string }) =>
    map(driver.saveDomain(id, file), nothing),
  VIRT_DOMAIN_RESTORE: ({ driver }, { file }: { file: string }) =>
    map(driver.restoreDomain(file), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_DUMP_XML: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainXml(uuidText(uuid)), (xml) => ({ xml })),
  VIRT_LIST_DEFINED_DOMAINS: ({ driver }) =>
    map(driver.domains(), (all) => ({
      names: all.filter(({ ref }) => ref.id < 0).map(({ ref }) => ref.name),
    })),
  VIRT_NUM_DEFINED_DOMAINS: ({ driver }) =>
    map(driver.domains(), (all) => ({ count: all.filter(({ ref }) => ref.id < 0).length })),
  VIRT_DOMAIN_START: ({ driver }, { uuid }: Uuid) =>
    map(driver.startDomain(uuidText(uuid)), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_DEFINE: ({ driver }, { xml }: Text) =>
    map(driver.defineDomain(xml), (ref) => ({ dom: wireDomain(ref) })),
  VIRT_DOMAIN_UNDEFINE: ({ driver }, { uuid }: Uuid) => map(driver.undefineDomain(uuidText(uuid)), nothing),
  VIRT_NUM_NETWORKS: ({ driver }) => map(networksThat(driver, true), (names) => ({ count: names.length })),
  VIRT_LIST_NETWORKS: ({ driver }) => map(networksThat(driver, true), (names) => ({ names })),
  VIRT_NUM_DEFINED_NETWORKS: ({ driver }) =>
    map(networksThat(driver, false), (names) => ({ count: names.length })),
  VIRT_LIST_DEFINED_NETWORKS: ({ driver }) => map(networksThat(driver, false), (names) => ({ names })),
  VIRT_NETWORK_LOOKUP_BY_UUID: ({ driver }, { uuid }: Uuid) =>
    map(driver.networkByUuid(uuidText(uuid)), (ref) => ({ net: wireNetwork(ref) })),
  VIRT_NETWORK_LOOKUP_BY_NAME: ({ driver }, { name }: { name: string }) =>
    map(driver.networkByName(name), (ref) => ({ net: wireNetwork(ref) })),
  VIRT_NETWORK_CREATE: ({ driver }, { xml }: Text) =>
    map(driver.createNetwork(xml), (ref) => ({ net: wireNetwork(ref) })),
  VIRT_NETWORK_DEFINE: ({ driver }, { xml }: Text) =>
    map(driver.defineNetwork(xml), (ref) => ({ net: wireNetwork(ref) })),
  VIRT_NETWORK_UNDEFINE: ({ driver }, { uuid }: Uuid) => map(driver.undefineNetwork(uuidText(uuid)), nothing),
  VIRT_NETWORK_START: ({ driver }, { uuid }: Uuid) => map(driver.startNetwork(uuidText(uuid)), nothing),
  VIRT_NETWORK_DESTROY: ({ driver }, { uuid }: Uuid) => map(driver.destroyNetwork(uuidText(uuid)), nothing),
  VIRT_NETWORK_DUMP_XML: ({ driver }, { uuid }: Uuid) =>
    map(driver.networkXml(uuidText(uuid)), (xml) => ({ xml })),
  VIRT_NETWORK_GET_BRIDGE_NAME: ({ driver }, { uuid }: Uuid) =>
    map(driver.networkDetails(uuidText(uuid)), bridgeOf),
  VIRT_DOMAIN_GET_AUTOSTART: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainDetails(uuidText(uuid)), ({ autostart }) => ({ autostart })),
  VIRT_DOMAIN_SET_AUTOSTART: ({ driver }, { uuid, autostart }: Uuid & { autostart: boolean }) =>
    map(driver.setDomainAutostart(uuidText(uuid), autostart), nothing),
  VIRT_NETWORK_GET_AUTOSTART: ({ driver }, { uuid }: Uuid) =>
    map(driver.networkDetails(uuidText(uuid)), ({ autostart }) => ({ autostart })),
  VIRT_NETWORK_SET_AUTOSTART: ({ driver }, { uuid, autostart }: Uuid & { autostart: boolean }) =>
    map(driver.setNetworkAutostart(uuidText(uuid), autostart), nothing),
  VIRT_GET_CAPABILITIES: ({ driver }) => map(driver.capabilities(), (xml) => ({ xml })),
  VIRT_GET_TYPE: ({ driver }) => ({ text: driver.type }),
  VIRT_GET_HOSTNAME: ({ driver }) => map(driver.hostname(), (text) => ({ text })),
  VIRT_GET_URI: ({ driver }) => ({ text: driver.uri }),
  VIRT_LIST_ALL_DOMAINS: ({ driver }) =>
    map(driver.domains(), (all) => ({ domains: all.map(wireDomainDetails) })),
  VIRT_DOMAIN_GET_DETAILS: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainDetails(uuidText(uuid)), (details) => ({ details: wireDomainDetails(details) })),
  VIRT_DOMAIN_GET_STATE: ({ driver }, { uuid }: Uuid) =>
    map(driver.domainState(uuidText(uuid)), (state) => ({ state })),
  VIRT_DOMAIN_GET_XML: ({ driver, access }, { uuid, flags }: virt_get_xml_args) =>
    map(driver.domainXml(uuidText(uuid), xmlOptions(flags, access)), (xml) => ({ xml })),
  VIRT_LIST_ALL_NETWORKS: ({ driver }) =>
    map(driver.networks(), (all) => ({ networks: all.map(wireNetworkDetails) })),
  VIRT_NETWORK_GET_DETAILS: ({ driver }, { uuid }: Uuid) =>
    map(driver.networkDetails(uuidText(uuid)), (details) => ({ details: wireNetworkDetails(details) })),
  VIRT_NETWORK_GET_XML: ({ driver, access }, { uuid, flags }: virt_get_xml_args) =>
    map(driver.networkXml(uuidText(uuid), xmlOptions(flags, access)), (xml) => ({ xml })),
};

/** By procedure name. */
export const driverCalls: ReadonlyMap<string, DriverCall> = new Map(Object.entries(CALLS));

function networksThat(driver: Driver, active: boolean): Result<string[]> {
  return map(driver.networks(), (all) =>
    all.filter((network) => network.active === active).map(({ ref }) => ref.name),
  );
}

function bridgeOf({ bridge, ref }: NetworkDetails): object {
  if (bridge === null)
    throw new DriverError('INTERNAL', `internal error: network '${ref.name}' does not have a bridge name.`);
  return { bridge };
}

/** Passwords are for those who may write. */
function xmlOptions(flags: number, access: Grant): XmlOptions {
  if ((flags & ~(VIRT_XML_SECURE | VIRT_XML_INACTIVE)) !== 0)
    throw invalidArgument(`flags 0x${flags.toString(16)} are not all known`);
  const secure = (flags & VIRT_XML_SECURE) !== 0;
  if (secure && access !== 'rw')
    throw new DriverError(
      'OPERATION_DENIED',
      'operation forbidden: read only access prevents reading secrets',
    );
  return { secure, inactive: (flags & VIRT_XML_INACTIVE) !== 0 };
}

function wireDomainDetails({
  ref,
  info,
  reason,
  persistent,
  autostart,
  osType,
}: DomainDetails): virt_domain_details {
  return { dom: wireDomain(ref), info, reason, persistent, autostart, os_type: osType };
}

function wireNetworkDetails({
  ref,
  active,
  persistent,
  autostart,
  bridge,
}: NetworkDetails): virt_network_details {
  return { net: wireNetwork(ref), active, persistent, autostart, bridge };
}
