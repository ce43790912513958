/**
 * What virt.x cannot say. `virtProcedures` is the one table of what a procedure of VIRT needs, for the daemon that
 * grants it and for whoever must say which calls change something. A procedure that is not in it is refused.
 */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = { prefixes: ['VIRT_EVENTS_', 'VIRT_'] };

export interface VirtProcedure {
  /** the minor version from which on it exists */
  readonly since: number;
  /** `before-open` nothing, `ro` a listener that grants reading, `rw` one that grants writing */
  readonly access: 'before-open' | 'ro' | 'rw';
  /** has no meaning without a connection: not over UDP */
  readonly connected: boolean;
}

// biome-ignore format: one procedure a line
const ROWS: readonly (readonly [name: string, since: number, access: VirtProcedure['access'], connected?: true])[] = [
  ['VIRT_NULL', 0, 'before-open'],
  ['VIRT_GET_VERSION', 0, 'ro'],
  ['VIRT_GET_NODEINFO', 0, 'ro'],
  ['VIRT_LIST_DOMAINS', 0, 'ro'],
  ['VIRT_NUM_DOMAINS', 0, 'ro'],
  ['VIRT_DOMAIN_CREATE', 0, 'rw'],
  ['VIRT_DOMAIN_LOOKUP_BY_ID', 0, 'ro'],
  ['VIRT_DOMAIN_LOOKUP_BY_UUID', 0, 'ro'],
  ['VIRT_DOMAIN_LOOKUP_BY_NAME', 0, 'ro'],
  ['VIRT_DOMAIN_SUSPEND', 0, 'rw'],
  ['VIRT_DOMAIN_RESUME', 0, 'rw'],
  ['VIRT_DOMAIN_DESTROY', 0, 'rw'],
  ['VIRT_DOMAIN_GET_INFO', 0, 'ro'],
  ['VIRT_DOMAIN_SAVE', 0, 'rw'],
  ['VIRT_DOMAIN_RESTORE', 0, 'rw'],
  ['VIRT_DOMAIN_DUMP_XML', 0, 'ro'],
  ['VIRT_LIST_DEFINED_DOMAINS', 0, 'ro'],
  ['VIRT_NUM_DEFINED_DOMAINS', 0, 'ro'],
  ['VIRT_DOMAIN_START', 0, 'rw'],
  ['VIRT_DOMAIN_DEFINE', 0, 'rw'],
  ['VIRT_DOMAIN_UNDEFINE', 0, 'rw'],
  ['VIRT_NUM_NETWORKS', 0, 'ro'],
  ['VIRT_LIST_NETWORKS', 0, 'ro'],
  ['VIRT_NUM_DEFINED_NETWORKS', 0, 'ro'],
  ['VIRT_LIST_DEFINED_NETWORKS', 0, 'ro'],
  ['VIRT_NETWORK_LOOKUP_BY_UUID', 0, 'ro'],
  ['VIRT_NETWORK_LOOKUP_BY_NAME', 0, 'ro'],
  ['VIRT_NETWORK_CREATE', 0, 'rw'],
  ['VIRT_NETWORK_DEFINE', 0, 'rw'],
  ['VIRT_NETWORK_UNDEFINE', 0, 'rw'],
  ['VIRT_NETWORK_START', 0, 'rw'],
  ['VIRT_NETWORK_DESTROY', 0, 'rw'],
  ['VIRT_NETWORK_DUMP_XML', 0, 'ro'],
  ['VIRT_NETWORK_GET_BRIDGE_NAME', 0, 'ro'],
  ['VIRT_DOMAIN_GET_AUTOSTART', 0, 'ro'],
  ['VIRT_DOMAIN_SET_AUTOSTART', 0, 'rw'],
  ['VIRT_NETWORK_GET_AUTOSTART', 0, 'ro'],
  ['VIRT_NETWORK_SET_AUTOSTART', 0, 'rw'],
  ['VIRT_GET_CAPABILITIES', 0, 'ro'],
  ['VIRT_VERSION_EXCHANGE', 0, 'before-open', true],
  ['VIRT_OPEN', 0, 'before-open', true],
  ['VIRT_CLOSE', 0, 'before-open', true],
  ['VIRT_GET_TYPE', 1, 'ro'],
  ['VIRT_GET_DAEMON_VERSION', 1, 'ro'],
  ['VIRT_GET_HOSTNAME', 1, 'ro'],
  ['VIRT_GET_URI', 1, 'ro'],
  ['VIRT_LIST_ALL_DOMAINS', 1, 'ro'],
  ['VIRT_DOMAIN_GET_DETAILS', 1, 'ro'],
  ['VIRT_DOMAIN_GET_STATE', 1, 'ro'],
  ['VIRT_DOMAIN_GET_XML', 1, 'ro'],
  ['VIRT_LIST_ALL_NETWORKS', 1, 'ro'],
  ['VIRT_NETWORK_GET_DETAILS', 1, 'ro'],
  ['VIRT_NETWORK_GET_XML', 1, 'ro'],
  ['VIRT_EVENT_REGISTER', 1, 'ro', true],
  ['VIRT_EVENT_DEREGISTER', 1, 'ro', true],
];

/** By procedure name. */
export const virtProcedures: ReadonlyMap<string, VirtProcedure> = new Map(
  ROWS.map(([name, since, access, connected = false]) => [name, { since, access, connected }]),
);
