/**
 * Questions to a port mapper and registrations with it, by the newest version that it speaks: 4, else 3, else 2
 * (RFC 1833). Rejects with RpcError as a call does; what a peer sends is bounded by its message and nothing else is
 * believed of it.
 */
import type * as pmap from '../codec/programs/portmap2.gen.ts';
import { programs as v2Programs } from '../codec/programs/portmap2.gen.ts';
import type * as rpcb from '../codec/programs/rpcbind.gen.ts';
import { programs as rpcbPrograms } from '../codec/programs/rpcbind.gen.ts';
import { isRpcError, type Procedure, RpcError } from '../codec/rpc/index.ts';
import { isNetid, NETIDS, parseUniversalAddress, universalAddress } from '../codec/rpc/universal-address.ts';
import type { Caller } from './caller.ts';

export const PORTMAP_PROGRAM = 100000;
export const PORTMAP_PORT = 111;

/** Where rpcbind listens for those who register; only this machine reaches it. */
export const RPCBIND_SOCKET = '/run/rpcbind.sock';

export type PortmapVersion = 2 | 3 | 4;

/** One registered address. `owner` is '' where version 2 was asked, which knows none. */
export interface PortmapEntry {
  readonly program: number;
  readonly version: number;
  readonly netid: string;
  readonly address: string;
  readonly owner: string;
}

/** Which program to look for, or to register. */
export interface PortmapKey {
  readonly program: number;
  readonly version: number;
  readonly netid: string;
}

export class PortmapClient {
  readonly #caller: Caller;
  /** the newest that the other side may speak, as far as we know */
  #newest: PortmapVersion = 4;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The version that answered last. */
  get version(): PortmapVersion {
    return this.#newest;
  }

  /** Version 2: the port, 0 when it is not registered. */
  async getPort(program: number, version: number, protocol: 'tcp' | 'udp'): Promise<number> {
    const mapping = { prog: program, vers: version, prot: NETIDS[protocol].protocol, port: 0 };
    return (await this.#call(2, 'PMAPPROC_GETPORT', mapping)) as number;
  }

  /**
   * The universal address of a program, null when it is not registered. From version 3 on a port mapper answers for
   * the network identifier over which it is asked, whatever `netid` says; version 2 answers for `netid`.
   */
  getAddress({ program, version, netid }: PortmapKey, host = '0.0.0.0'): Promise<string | null> {
    return this.#newestOf(async (speaks) => {
      if (speaks === 2) {
        if (netid !== 'tcp' && netid !== 'udp') return null;
        const port = await this.getPort(program, version, netid);
        return port === 0 ? null : universalAddress(host, port);
      }
      const hint = universalAddress(host, PORTMAP_PORT) ?? '';
      const asked = rpcbOf({ program, version, netid }, hint);
      const address = (await this.#call(speaks, 'RPCBPROC_GETADDR', asked)) as string;
      return address === '' ? null : address;
    });
  }

  /** Everything registered. */
  dump(): Promise<PortmapEntry[]> {
    return this.#newestOf(async (speaks) => (speaks === 2 ? this.dump2() : this.#dumpOf(speaks)));
  }

  /** Everything that version 2 can tell: programs over IPv4. Protocols it does not know are left as their number. */
  async dump2(): Promise<PortmapEntry[]> {
    const list = (await this.#call(2, 'PMAPPROC_DUMP', undefined)) as pmap.pmaplist_ptr;
    return list.map(({ map: { prog, vers, prot, port } }) => ({
      program: prog,
      version: vers,
      netid: prot === NETIDS.tcp.protocol ? 'tcp' : prot === NETIDS.udp.protocol ? 'udp' : String(prot),
      address: universalAddress('0.0.0.0', port) ?? '',
      owner: '',
    }));
  }

  /** Version 4: what the port mapper has been asked, for its versions 2, 3 and 4. */
  async getStat(): Promise<rpcb.rpcb_stat_byvers> {
    return (await this.#call(4, 'RPCBPROC_GETSTAT', undefined)) as rpcb.rpcb_stat_byvers;
  }

  /** Registers an address (universal, or a path for netid `local`). False: refused, or taken by another address. */
  set(key: PortmapKey, address: string): Promise<boolean> {
    return this.#newestOf(async (speaks) => {
      if (speaks > 2) return (await this.#call(speaks, 'RPCBPROC_SET', rpcbOf(key, address))) as boolean;
      return (await this.#call(2, 'PMAPPROC_SET', mappingOf(key, address))) as boolean;
    });
  }

  /** Removes a registration. Version 2 removes it from TCP and UDP alike. */
  unset(key: PortmapKey): Promise<boolean> {
    return this.#newestOf(async (speaks) => {
      if (speaks > 2) return (await this.#call(speaks, 'RPCBPROC_UNSET', rpcbOf(key, ''))) as boolean;
      return (await this.#call(2, 'PMAPPROC_UNSET', {
        prog: key.program,
        vers: key.version,
        prot: 0,
        port: 0,
      })) as boolean;
    });
  }

  /** From now on at most this version is spoken. */
  speak(version: PortmapVersion): void {
    this.#newest = version;
  }

  close(): void {
    this.#caller.close();
  }

  async #dumpOf(speaks: 3 | 4): Promise<PortmapEntry[]> {
    const list = (await this.#call(speaks, 'RPCBPROC_DUMP', undefined)) as rpcb.rpcblist_ptr;
    return list.map(({ rpcb_map: { r_prog, r_vers, r_netid, r_addr, r_owner } }) => ({
      program: r_prog,
      version: r_vers,
      netid: r_netid,
      address: r_addr,
      owner: r_owner,
    }));
  }

  /** Asks with the newest version; where the other side lacks it, with the next. */
  async #newestOf<T>(ask: (speaks: PortmapVersion) => Promise<T>): Promise<T> {
    for (;;) {
      const speaks = this.#newest;
      try {
        return await ask(speaks);
      } catch (error) {
        if (speaks === 2 || !isRpcError(error) || !FALL_BACK.has(error.code)) throw error;
        this.#newest = speaks === 4 ? 3 : 2;
      }
    }
  }

  #call(version: PortmapVersion, name: string, args: unknown): Promise<unknown> {
    return this.#caller.call(PORTMAP_PROGRAM, version, procedureOf(version, name), args);
  }
}

const FALL_BACK: ReadonlySet<string> = new Set(['PROG_MISMATCH', 'PROC_UNAVAIL', 'PROG_UNAVAIL']);

function procedureOf(version: PortmapVersion, name: string): Procedure {
  const [program] = version === 2 ? v2Programs : rpcbPrograms;
  const found = program?.versions
    .find((one) => one.number === version)
    ?.procedures.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`the port mapper has no ${name} in version ${version}`);
  return found;
}

function rpcbOf({ program, version, netid }: PortmapKey, address: string): rpcb.rpcb {
  return { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: '' };
}

function mappingOf({ program, version, netid }: PortmapKey, address: string): pmap.mapping {
  const at = parseUniversalAddress(address);
  if (at === null || !isNetid(netid) || NETIDS[netid].family !== 4) {
    throw new RpcError('BAD_VALUE', `version 2 of the port mapper cannot register ${address} for ${netid}`);
  }
  return { prog: program, vers: version, prot: NETIDS[netid].protocol, port: at.port };
}
