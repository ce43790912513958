/**
 * Where the recorded programs are now: rpcbind's and the port mapper's lookups, so that a client that asks first finds
 * the listeners of a served recording. Ports of recorded programs are ours, whatever the recording said; other entries
 * of a dump stay as recorded. No sockets; the port mapper itself is server/portmap's.
 */

import { isNetid, NETIDS, parseUniversalAddress, universalAddress } from '../codec/rpc/universal-address.ts';
import { Registry } from '../server/portmap/registry.ts';
import { portmapServices } from '../server/portmap/services.ts';
import type { Handler } from '../transport/peer-types.ts';
import { parseTarget } from '../transport/target.ts';
import type { Asked } from './answer-book.ts';
import type { Bodies } from './bodies.ts';

export const PORTMAP = 100000;
const VERSIONS = [2, 3, 4];
/** Which address a program has: answered by us for what is recorded. */
const LOOKUPS = new Set([
  'PMAPPROC_GETPORT',
  'RPCBPROC_GETADDR',
  'RPCBPROC_GETVERSADDR',
  'RPCBPROC_GETADDRLIST',
]);
const READING = new Set([...LOOKUPS, 'PMAPPROC_DUMP', 'RPCBPROC_DUMP', 'RPCBPROC_GETTIME']);
const OWNER = 'superuser';

/** A client's connection, as far as a lookup depends on it. */
export interface LookupClient {
  readonly transport: string;
  readonly remote: string;
  readonly local?: string;
}

export class Lookups {
  readonly #bodies: Bodies;
  readonly #programs: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #registry = new Registry();
  readonly #handlers: readonly ((name: string, version: number) => Handler | undefined)[];

  constructor(programs: ReadonlyMap<number, ReadonlySet<number>>, bodies: Bodies) {
    this.#bodies = bodies;
    this.#programs = programs;
    const services = portmapServices({ registry: this.#registry });
    this.#handlers = services.map((service) => (name, version) => service.handler(name, version));
  }

  /** From now on every recorded program is to be found at a listener, which has a port. */
  listening(url: string): void {
    const { kind, host, port, path } = parseTarget(url);
    const netid = kind === 'unix' ? 'local' : `${kind}${host.includes(':') ? '6' : ''}`;
    const address = kind === 'unix' ? path : universalAddress(host, port);
    if (address === null || (netid !== 'local' && !isNetid(netid))) return;
    const programs = new Map([...this.#programs, [PORTMAP, new Set(VERSIONS)] as const]);
    for (const [program, versions] of programs) {
      for (const version of versions) {
        this.#registry.set({ program, version, netid, address, owner: OWNER });
      }
    }
  }

  /** The results of a lookup of a recorded program; null for any other call. */
  ofRecorded(asked: Asked, client: LookupClient): Uint8Array | null {
    const found = this.#lookup(asked, LOOKUPS);
    if (found === null) return null;
    const { prog, r_prog } = found.args as { readonly prog?: number; readonly r_prog?: number };
    const program = prog ?? r_prog ?? -1;
    if (program !== PORTMAP && !this.#programs.has(program)) return null;
    return this.#answer(asked, found, client);
  }

  /** The results of any lookup, as a port mapper has them that knows the recorded programs; null for other calls. */
  ofAny(asked: Asked, client: LookupClient): Uint8Array | null {
    const found = this.#lookup(asked, READING);
    return found === null ? null : this.#answer(asked, found, client);
  }

  /** Recorded results with the ports of our listeners; the same bytes where they hold none. */
  rewritten(asked: Asked, results: Uint8Array): Uint8Array {
    const name = asked.program === PORTMAP ? this.#bodies.procedure(asked)?.procedure.name : undefined;
    if (name !== 'PMAPPROC_DUMP' && name !== 'RPCBPROC_DUMP') return results;
    const list = this.#bodies.result(asked, results, 0) as DumpEntry[] | null;
    return list === null
      ? results
      : this.#bodies.encodeResults(
          asked,
          list.map((entry) => this.#entry(entry)),
        );
  }

  #entry(entry: DumpEntry): DumpEntry {
    if (entry.map !== undefined) {
      const { prog, vers, prot } = entry.map;
      const netid = prot === NETIDS.tcp.protocol ? 'tcp' : 'udp';
      const address = this.#registry.find(prog, vers, netid)?.address;
      const port = address === undefined ? undefined : parseUniversalAddress(address)?.port;
      return port === undefined ? entry : { map: { ...entry.map, port } };
    }
    if (entry.rpcb_map === undefined) return entry;
    const { r_prog, r_vers, r_netid } = entry.rpcb_map;
    const address = this.#registry.find(r_prog, r_vers, r_netid)?.address;
    return address === undefined ? entry : { rpcb_map: { ...entry.rpcb_map, r_addr: address } };
  }

  #lookup(asked: Asked, names: ReadonlySet<string>): Lookup | null {
    if (asked.program !== PORTMAP || asked.bodyOff < 0) return null;
    const name = this.#bodies.procedure(asked)?.procedure.name;
    if (name === undefined || !names.has(name)) return null;
    const args = this.#bodies.args(asked, asked.bytes, asked.bodyOff);
    if (args === null) return null;
    for (const handlerOf of this.#handlers) {
      const handler = handlerOf(name, asked.version);
      if (handler !== undefined) return { args: args ?? {}, handler };
    }
    return null;
  }

  #answer(asked: Asked, { args, handler }: Lookup, client: LookupClient): Uint8Array {
    const { program, version } = asked;
    const connection = {
      ...client,
      id: 0,
      access: 'ro' as const,
      callback: () => Promise.reject(new TypeError('a port mapper calls nobody')),
      onClose: () => {},
    };
    // the port mapper's handlers wait for nothing
    const result = handler(args, {
      xid: 0,
      program,
      version,
      procedure: this.#bodies.procedure(asked)!.procedure,
      credential: { flavor: 0, body: new Uint8Array(0) },
      connection,
      signal: new AbortController().signal,
    });
    return this.#bodies.encodeResults(asked, result);
  }
}

interface Lookup {
  readonly args: unknown;
  readonly handler: Handler;
}

/** An entry of a dump, of version 2 or of later ones. */
interface DumpEntry {
  readonly map?: {
    readonly prog: number;
    readonly vers: number;
    readonly prot: number;
    readonly port: number;
  };
  readonly rpcb_map?: {
    readonly r_prog: number;
    readonly r_vers: number;
    readonly r_netid: string;
    readonly r_addr: string;
    readonly r_owner: string;
  };
}
