/**
 * The port mapper as services of an engine: versions 2, 3 and 4 (RFC 1833) over one registry. Registering is for
 * callers on this machine, others get AUTH_ERROR; nobody gets calls made for them (CALLIT, BCAST and INDIRECT are
 * PROC_UNAVAIL, for they have been an amplifier and a way around every access list).
 */
import * as pmap from '../../codec/programs/portmap2.gen.ts';
import * as rpcb from '../../codec/programs/rpcbind.gen.ts';
import { AuthStat, type Program, RpcError } from '../../codec/rpc/index.ts';
import {
  isIpv4,
  isNetid,
  isWildcard,
  NETIDS,
  parseUniversalAddress,
  universalAddress,
} from '../../codec/rpc/universal-address.ts';
import type { CallContext, Handler, Service } from '../../transport/peer-types.ts';
import { type Origin, originOf } from './origin.ts';
import { type Registration, Registry } from './registry.ts';
import { fromSocketAddress, toSocketAddress } from './socket-address.ts';
import { Statistics } from './statistics.ts';

export interface PortmapOptions {
  readonly registry?: Registry;
  readonly statistics?: Statistics;
  /** the time of day in seconds since 1970 */
  readonly seconds?: () => number;
}

/** What the netids that rpcinfo knows are made of (RFC 1833's rpcb_entry): semantics 1 datagrams, 3 a stream. */
const ENTRY_FACTS: ReadonlyMap<string, readonly [semantics: number, family: string, protocol: string]> =
  new Map([
    ['tcp', [3, 'inet', 'tcp']],
    ['udp', [1, 'inet', 'udp']],
    ['tcp6', [3, 'inet6', 'tcp']],
    ['udp6', [1, 'inet6', 'udp']],
    ['local', [3, 'loopback', '-']],
  ]);

const NOBODY = '';

type Procedures = ReadonlyMap<string, Handler>;

/** The services, to be added to an engine. */
export function portmapServices(options: PortmapOptions = {}): Service[] {
  const registry = options.registry ?? new Registry();
  const statistics = options.statistics ?? new Statistics();
  const seconds = options.seconds ?? (() => Math.floor(Date.now() / 1000));
  return [
    service(pmap.programs, version2(registry, statistics), statistics),
    service(rpcb.programs, versions3and4(registry, statistics, seconds), statistics),
  ];
}

function service(programs: readonly Program[], handlers: Procedures, statistics: Statistics): Service {
  const [program] = programs;
  if (program === undefined) throw new TypeError('no program');
  return {
    program,
    access: 'unrestricted',
    handler(name) {
      const handler = handlers.get(name) ?? (name.endsWith('_NULL') ? () => undefined : undefined);
      return handler === undefined
        ? undefined
        : (args, context) => {
            statistics.call(context.version, context.procedure.number);
            return handler(args, context);
          };
    },
  };
}

// --- version 2

function version2(registry: Registry, statistics: Statistics): Procedures {
  return new Map<string, Handler>([
    [
      'PMAPPROC_SET',
      ({ prog, vers, prot, port }: pmap.mapping, context) => {
        const { owner } = registrant(context);
        const netid = netidOf(prot);
        const address = universalAddress('0.0.0.0', port);
        if (netid === null || address === null || port === 0) return false;
        const done = registry.set({ program: prog, version: vers, netid, address, owner });
        if (done) statistics.set(2);
        return done;
      },
    ],
    [
      // Protocol and port are not looked at (RFC 1833 section 3.1): both transports go.
      'PMAPPROC_UNSET',
      ({ prog, vers }: pmap.mapping, context) => {
        const { owner } = registrant(context);
        const gone = ['tcp', 'udp'].map((netid) => registry.unset(prog, vers, netid, owner));
        if (gone.includes(true)) statistics.unset(2);
        return gone.includes(true);
      },
    ],
    [
      'PMAPPROC_GETPORT',
      ({ prog, vers, prot }: pmap.mapping) => {
        const netid = netidOf(prot);
        const found = netid === null ? undefined : lookUp(registry, prog, vers, netid);
        statistics.lookup(2, prog, vers, netid ?? String(prot), found !== undefined);
        return found === undefined ? 0 : (parseUniversalAddress(found.address)?.port ?? 0);
      },
    ],
    ['PMAPPROC_DUMP', () => registry.list().flatMap(mappingOf)],
  ]);
}

function netidOf(protocol: number): string | null {
  if (protocol === NETIDS.tcp.protocol) return 'tcp';
  return protocol === NETIDS.udp.protocol ? 'udp' : null;
}

/** Version 2 knows ports of IPv4 only. */
function mappingOf({ netid, address, program, version }: Registration): { map: pmap.mapping }[] {
  const at = parseUniversalAddress(address);
  if (at === null || !isNetid(netid) || NETIDS[netid].family !== 4) return [];
  return [{ map: { prog: program, vers: version, prot: NETIDS[netid].protocol, port: at.port } }];
}

/** rpcinfo asks for version 0, which nobody serves, to hear from the program itself which versions it has. */
function lookUp(
  registry: Registry,
  program: number,
  version: number,
  netid: string,
): Registration | undefined {
  return (
    registry.find(program, version, netid) ??
    (version === 0 ? registry.findAnyVersion(program, netid) : undefined)
  );
}

// --- versions 3 and 4

function versions3and4(registry: Registry, statistics: Statistics, seconds: () => number): Procedures {
  const getAddress =
    (exact: boolean): Handler =>
    ({ r_prog, r_vers, r_addr }: rpcb.rpcb, context: CallContext) => {
      const origin = originOf(context.connection);
      const { netid } = origin;
      let found = registry.find(r_prog, r_vers, netid);
      // GETADDR may answer for another version, whose PROG_MISMATCH tells more; GETVERSADDR may not.
      if (found === undefined && !exact) found = registry.findAnyVersion(r_prog, netid);
      statistics.lookup(context.version, r_prog, r_vers, netid, found !== undefined);
      return found === undefined ? NOBODY : reachable(found.address, r_addr, origin);
    };
  return new Map<string, Handler>([
    [
      'RPCBPROC_SET',
      ({ r_prog, r_vers, r_netid, r_addr }: rpcb.rpcb, context) => {
        const { owner } = registrant(context);
        if (!isAddressOf(r_netid, r_addr)) return false;
        const registration = { program: r_prog, version: r_vers, netid: r_netid, address: r_addr, owner };
        const done = registry.set(registration);
        if (done) statistics.set(context.version);
        return done;
      },
    ],
    [
      'RPCBPROC_UNSET',
      ({ r_prog, r_vers, r_netid }: rpcb.rpcb, context) => {
        const { owner } = registrant(context);
        const done = registry.unset(r_prog, r_vers, r_netid, owner);
        if (done) statistics.unset(context.version);
        return done;
      },
    ],
    ['RPCBPROC_GETADDR', getAddress(false)],
    ['RPCBPROC_GETVERSADDR', getAddress(true)],
    [
      'RPCBPROC_DUMP',
      () =>
        registry.list().map(({ program, version, netid, address, owner }) => ({
          rpcb_map: { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: owner },
        })),
    ],
    ['RPCBPROC_GETTIME', () => seconds()],
    [
      'RPCBPROC_UADDR2TADDR',
      (text: string) => {
        const buf = toSocketAddress(text) ?? new Uint8Array(0);
        return { maxlen: buf.length, buf };
      },
    ],
    ['RPCBPROC_TADDR2UADDR', ({ buf }: rpcb.netbuf) => fromSocketAddress(buf) ?? NOBODY],
    [
      'RPCBPROC_GETADDRLIST',
      ({ r_prog, r_vers, r_addr }: rpcb.rpcb, context) => {
        const origin = originOf(context.connection);
        const found = registry.addresses(r_prog, r_vers).filter((one) => sameFamily(one.netid, origin.netid));
        statistics.lookup(context.version, r_prog, r_vers, origin.netid, found.length > 0);
        return found.map((one) => ({ rpcb_entry_map: entryOf(one, r_addr, origin) }));
      },
    ],
    ['RPCBPROC_GETSTAT', () => statistics.result()],
  ]);
}

/** Whether an address is one of a netid that we know: an IP address of its family, or a path. */
function isAddressOf(netid: string, address: string): boolean {
  if (!isNetid(netid)) return ENTRY_FACTS.has(netid) && address !== '';
  const at = parseUniversalAddress(address);
  return at !== null && isIpv4(at.host) === (NETIDS[netid].family === 4);
}

function entryOf({ netid, address }: Registration, hint: string, origin: Origin): rpcb.rpcb_entry {
  const [semantics, family, protocol] = ENTRY_FACTS.get(netid) ?? [0, '-', '-'];
  return {
    r_maddr: reachable(address, hint, origin),
    r_nc_netid: netid,
    r_nc_semantics: semantics,
    r_nc_protofmly: family,
    r_nc_proto: protocol,
  };
}

function sameFamily(a: string, b: string): boolean {
  return ENTRY_FACTS.get(a)?.[1] === ENTRY_FACTS.get(b)?.[1];
}

/**
 * An address that listens everywhere, as the caller can reach it: by the address at which it reached us, or says
 * that it did; over loopback that is known anyway.
 */
function reachable(address: string, hint: string, { host, localHost, local }: Origin): string {
  const at = parseUniversalAddress(address);
  if (at === null || !isWildcard(at.host)) return address;
  const family = (text: string) => text !== '' && text.includes(':') === at.host.includes(':');
  const hinted = parseUniversalAddress(hint)?.host ?? '';
  const candidates = [localHost, hinted, local ? host : ''];
  const best = candidates.find((one) => family(one) && !isWildcard(one)) ?? at.host;
  return universalAddress(best, at.port) ?? address;
}

function registrant(context: CallContext): Origin {
  const origin = originOf(context.connection);
  if (!origin.local) {
    throw new RpcError('AUTH_ERROR', 'registering is for this machine', { authStat: AuthStat.AUTH_TOOWEAK });
  }
  return origin;
}
