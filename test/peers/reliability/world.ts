/**
 * What every case of RELIABILITY.md gets: the running daemon, connections that are closed behind it, calls by name.
 * And what must hold after every case: the process lives and answers others, and nothing is left over.
 */
import { expect } from 'chai';
import { programs } from '../../../codec/programs/virt.gen.ts';
import { type OpaqueAuth, type RpcReply, replyError } from '../../../codec/rpc/index.ts';
import type { Procedure } from '../../../codec/rpc/program.ts';
import { codecOf } from '../../../codec/xdr/index.ts';
import { callRecord, type Daemon, eventually, RawClient, VIRT } from '../daemon.ts';

/** One row of the catalogue. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly run: (world: World) => Promise<void>;
  /** what the daemon may grow by, where that is more than usual */
  readonly memoryMiB?: number;
  /** how late its event loop may be, where that is more than usual */
  readonly lagMs?: number;
}

const CANARY_MS = 1000;
const MEMORY_MIB = 96;
const LAG_MS = 200;

/** VIRT's procedures, by name. */
export const PROCEDURES: ReadonlyMap<string, Procedure> = new Map(
  programs
    .find(({ number }) => number === VIRT)!
    .versions[0]!.procedures.map((procedure) => [procedure.name, procedure]),
);

export function procedure(name: string): Procedure {
  const found = PROCEDURES.get(`VIRT_${name}`);
  if (found === undefined) throw new TypeError(`VIRT has no procedure ${name}`);
  return found;
}

/** Arguments of a procedure as bytes. */
export function args(name: string, value: unknown): Uint8Array {
  return codecOf(procedure(name).argument).encode(value);
}

export function verdictOf(reply: RpcReply | null): string {
  if (reply === null) return 'no reply';
  const error = replyError(reply);
  return error === null ? 'SUCCESS' : error.code;
}

/** A connection of a case. */
export class Connection {
  readonly raw: RawClient;
  #xid = 1000;

  constructor(raw: RawClient) {
    this.raw = raw;
  }

  /** Calls with arguments as bytes; the reply to that very call. */
  async send(name: string, body: Uint8Array, credential?: OpaqueAuth): Promise<RpcReply | null> {
    const xid = this.#xid++;
    const parts = { xid, procedure: procedure(name).number, args: body };
    this.raw.send(callRecord(credential === undefined ? parts : { ...parts, credential }));
    const reply = await this.raw.next();
    expect(
      reply === null ? this.raw.ending : null,
      `the connection ended before ${name} was answered`,
    ).to.equal(null);
    if (reply !== null) expect(reply.xid, `the xid of the reply to ${name}`).to.equal(xid);
    return reply;
  }

  /** Calls with a value; the decoded result. Fails the test for anything but SUCCESS. */
  async call<T = { status: number }>(name: string, value?: unknown): Promise<T> {
    const body = value === undefined ? new Uint8Array(0) : args(name, value);
    const reply = await this.send(name, body);
    expect(verdictOf(reply), name).to.equal('SUCCESS');
    if (reply?.type !== 'accepted') throw new TypeError('no accepted reply');
    return codecOf(procedure(name).result).decode(reply.body) as T;
  }

  /** Agrees on the newest minor version. */
  exchange(features: readonly string[] = []): Promise<{ status: number; agreed?: { features: string[] } }> {
    return this.call('VERSION_EXCHANGE', { minor_low: 0, minor_high: 1, features });
  }
}

interface Details {
  readonly dom: { readonly name: string };
  readonly info: { readonly state: number };
  readonly persistent: boolean;
  readonly autostart: boolean;
}

export class World {
  readonly daemon: Daemon;
  readonly #open: RawClient[] = [];
  #canary!: Connection;
  #descriptors = 0;
  #memory = 0;
  #waited = 0;
  #digest = '';

  private constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  /** The daemon has ports for read-write TCP (0), read-only TCP (1) and UDP (2). */
  static async begin(daemon: Daemon): Promise<World> {
    const world = new World(daemon);
    world.#canary = new Connection(await RawClient.connect(daemon.port()));
    await world.#canary.exchange();
    await daemon.metric('connections');
    return world;
  }

  end(): void {
    this.#canary.raw.close();
  }

  /** A connection to the `index`th listener, closed after the case. */
  async connect(index = 0): Promise<Connection> {
    const raw = await RawClient.connect(this.daemon.port(index));
    this.#open.push(raw);
    return new Connection(raw);
  }

  async raw(index = 0): Promise<RawClient> {
    return (await this.connect(index)).raw;
  }

  /** What the daemon holds, as far as clients can change it. */
  async digest(): Promise<string> {
    const all = await this.#canary.call<{ domains: Details[] }>('LIST_ALL_DOMAINS');
    const domains = all.domains.map((d) => [d.dom.name, d.info.state, d.persistent, d.autostart]);
    const nets = await this.#canary.call<{ networks: { net: { name: string }; active: boolean }[] }>(
      'LIST_ALL_NETWORKS',
    );
    return JSON.stringify([domains, nets.networks.map((n) => [n.net.name, n.active])]);
  }

  /** A NULL call on a connection of its own, in time. */
  async canary(): Promise<void> {
    const start = Date.now();
    await this.#canary.call('NULL');
    expect(Date.now() - start, 'milliseconds of a NULL call beside').to.be.lessThan(CANARY_MS);
  }

  async before(): Promise<void> {
    await this.canary();
    this.#digest = await this.digest();
    this.#descriptors = this.daemon.descriptors;
    this.#memory = this.daemon.memory;
    await this.#worstDelay();
    this.#waited = this.daemon.waited;
  }

  /** The latest that the daemon's event loop was since the last look, milliseconds. */
  async #worstDelay(): Promise<number> {
    return 1000 * (await this.daemon.metric('event_loop_delay_seconds', 'quantile="1"'));
  }

  /** Closes what a case opened. */
  close(): void {
    for (const raw of this.#open.splice(0)) raw.close();
  }

  /** The invariants. */
  async after({ memoryMiB = MEMORY_MIB, lagMs = LAG_MS }: Case): Promise<void> {
    const late = await this.#worstDelay();
    // On a busy machine it is late through no fault of its own: while others ran.
    const waited = this.daemon.waited - this.#waited;
    expect(late, `ms that the event loop was late (${waited} of waiting)`).to.be.lessThan(lagMs + waited);
    this.close();
    expect(this.daemon.isRunning, 'the process lives').to.equal(true);
    await this.canary();
    await eventually(() => this.daemon.descriptors <= this.#descriptors);
    expect(this.daemon.descriptors, 'descriptors').to.be.at.most(this.#descriptors);
    expect((this.daemon.memory - this.#memory) / 2 ** 20, 'MiB of memory more').to.be.lessThan(memoryMiB);
    await eventually(async () => (await this.daemon.metric('calls_in_flight')) === 0);
    expect(await this.daemon.metric('calls_in_flight'), 'calls in flight').to.equal(0);
    expect(await this.digest(), 'what the daemon holds').to.equal(this.#digest);
  }
}
