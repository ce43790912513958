/**
 * Who calls the port mapper, from what its connection says: over which network identifier, from which host, whether
 * it may register, and as whom. A UNIX socket is guarded by its file mode; over loopback a port below 1024 is root's.
 */
import { isIpv4 } from '../../codec/rpc/universal-address.ts';
import type { ConnectionView } from '../../transport/peer-types.ts';
import { isLoopback } from '../../transport/target.ts';
import { SUPERUSER } from './registry.ts';

export interface Origin {
  /** tcp, tcp6, udp, udp6 or local */
  readonly netid: string;
  /** the caller's address, '' over UNIX */
  readonly host: string;
  /** our own address on this connection, '' where it is not known */
  readonly localHost: string;
  /** on this machine: may register */
  readonly local: boolean;
  readonly owner: string;
}

const RESERVED_PORTS = 1024;

export function originOf(connection: ConnectionView): Origin {
  const { transport } = connection;
  if (transport === 'unix') return { netid: 'local', host: '', localHost: '', local: true, owner: SUPERUSER };
  const remote = splitEndpoint(connection.remote);
  const localHost = connection.local === undefined ? '' : splitEndpoint(connection.local).host;
  const base = transport === 'udp' ? 'udp' : 'tcp';
  const { host, port } = remote;
  const local = isLoopback(host);
  return {
    netid: isIpv4(host) ? base : `${base}6`,
    host,
    localHost,
    local,
    owner: local && port > 0 && port < RESERVED_PORTS ? SUPERUSER : 'unknown',
  };
}

/** `ip:port` or `[ip6]:port`; an IPv4 address in IPv6 clothes is taken for what it is. */
function splitEndpoint(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host.replace(/^::ffff:(?=\d+\.)/i, ''), port: Number(text.slice(colon + 1)) };
}
