/**
 * A recording as answers: which recorded exchange a client's call stands for. Typed, by program, version, procedure and
 * arguments; xids, credentials and verifiers do not count. Calls asked again get the answers in the order of the
 * recording, then the last one. Bytes that clients name something by (verifiers, owners, which no reply holds) may be other
 * than it was, and so may times and ignored fields. Pure but for what has been used up; never throws for bytes.
 */
import { createHash } from 'node:crypto';
import { AcceptStat, newHeader, parseHeader, ReplyStat } from '../codec/rpc/index.ts';
import type { Json, XdrType } from '../codec/xdr/index.ts';
import { type Change, eachDifference, valueText } from '../dissector/stats/value-diff.ts';
import { type Bodies, isSealing } from './bodies.ts';
import { replyBody } from './compare.ts';
import { type Leaf, rewriteLeaves } from './leaves.ts';
import type { RecordedCall, RecordedSession } from './recorded-session.ts';
import { identityOf, isTimePath, type StateMap } from './state-map.ts';

/** A call of a client, as far as its header goes. */
export interface Asked {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly bytes: Uint8Array;
  readonly bodyOff: number;
}

/** A recorded call with its answer, and what its server called after it, before the next call on the connection. */
export interface Exchange {
  readonly call: RecordedCall;
  readonly events: RecordedCall[];
  isUsed: boolean;
}

export interface Found {
  readonly exchange: Exchange;
  /** the very arguments, or other names and times in them */
  readonly how: 'exact' | 'mapped';
}

export interface AnswerBookOptions {
  /** null: names have to be those of the recording */
  readonly map: StateMap | null;
  readonly ignore?: (path: string) => boolean;
}

/** Exchanges that are asked for alike, in the order of the recording. */
interface Shelf {
  readonly all: Exchange[];
  /** those before it are used up */
  next: number;
}

const MAX_CHANGES = 3;
/** Exchanges looked at for one whose names are known already. */
const MAX_TRIED = 64;
const XID_BYTES = 4;
const NO_BYTES = new Uint8Array(0);

export class AnswerBook {
  readonly #bodies: Bodies;
  readonly #options: AnswerBookOptions;
  /** by bytes: whole messages without xid where the header is none */
  readonly #exact = new Map<string, Shelf>();
  readonly #procedures = new Map<string, Exchange[]>();
  /** by arguments without what may differ; made when a procedure is first asked otherwise */
  readonly #loose = new Map<string, Map<string, Shelf>>();
  readonly #versions = new Map<number, Set<number>>();
  readonly #session: RecordedSession;
  #names: Names | null = null;
  #left = 0;

  constructor(session: RecordedSession, bodies: Bodies, options: AnswerBookOptions) {
    this.#session = session;
    this.#bodies = bodies;
    this.#options = options;
    const last = new Map<number, Exchange>();
    const events = session.callbacks.filter(({ isCut, hasHeader }) => hasHeader && !isCut);
    let next = 0;
    const eventsUntil = (position: number): void => {
      for (; next < events.length && events[next]!.position < position; next++) {
        last.get(events[next]!.connection.index)?.events.push(events[next]!);
      }
    };
    for (const call of session.calls) {
      eventsUntil(call.position);
      if (call.isCut || call.reply?.isCut === true || isSealing(call.flavor)) continue;
      const exchange: Exchange = { call, events: [], isUsed: false };
      this.#enter(exchange);
      last.set(call.connection.index, exchange);
    }
    eventsUntil(Number.POSITIVE_INFINITY);
  }

  /** Exchanges that no call has had yet. */
  get left(): number {
    return this.#left;
  }

  get size(): number {
    return [...this.#exact.values()].reduce((sum, { all }) => sum + all.length, 0);
  }

  /** Versions of the programs that the recording's servers answered for. */
  get programs(): ReadonlyMap<number, ReadonlySet<number>> {
    return this.#versions;
  }

  has({ program, version, procedure }: Omit<Asked, 'bytes' | 'bodyOff'>): boolean {
    return this.#procedures.has(`${program}.${version}.${procedure}`);
  }

  /** `connection`: the recorded one whose answers this client had so far; they come before others. */
  find(asked: Asked, connection: number | null): Found | null {
    const shelf = this.#exact.get(exactKey(asked));
    if (shelf !== undefined) return { exchange: this.#take(shelf, connection), how: 'exact' };
    if (!this.has(asked) || asked.bodyOff < 0) return null;
    const key = this.#looseKey(asked);
    const loose = key === null ? undefined : this.#looseShelves(asked).get(key);
    if (loose === undefined) return null;
    const exchange = this.#known(asked, loose) ?? this.#take(loose, connection);
    this.#use(exchange);
    return { exchange, how: 'mapped' };
  }

  /** Where the arguments differ from those of the recording's next call of this procedure. */
  nearest(asked: Asked): Change[] {
    const list = this.#procedures.get(`${asked.program}.${asked.version}.${asked.procedure}`) ?? [];
    const near = list.find(({ isUsed }) => !isUsed) ?? list.at(-1);
    if (near === undefined || asked.bodyOff < 0) return [];
    const [a, b] = [this.#json(near.call), this.#json(asked)];
    const changes: Change[] = [];
    if (a === null || b === null) return changes;
    eachDifference(a, b, 'args', (path, x, y) => {
      changes.push({ path, a: valueText(x), b: valueText(y) });
      return changes.length < MAX_CHANGES;
    });
    return changes;
  }

  #enter(exchange: Exchange): void {
    const { call } = exchange;
    shelve(this.#exact, exactKey(call), exchange);
    this.#left++;
    const key = `${call.program}.${call.version}.${call.procedure}`;
    const list = this.#procedures.get(key);
    if (list === undefined) this.#procedures.set(key, [exchange]);
    else list.push(exchange);
    if (!call.hasHeader || !isServed(call)) return;
    const versions = this.#versions.get(call.program);
    if (versions === undefined) this.#versions.set(call.program, new Set([call.version]));
    else versions.add(call.version);
  }

  #use(exchange: Exchange): void {
    if (!exchange.isUsed) this.#left--;
    exchange.isUsed = true;
  }

  #take(shelf: Shelf, connection: number | null): Exchange {
    while (shelf.all[shelf.next]?.isUsed) shelf.next++;
    const unused = shelf.all[shelf.next];
    let exchange = unused ?? shelf.all.at(-1)!;
    if (connection !== null && exchange.call.connection.index !== connection) {
      const here = ({ call, isUsed }: Exchange) => call.connection.index === connection && !isUsed;
      const own =
        unused === undefined
          ? shelf.all.findLast(({ call }) => call.connection.index === connection)
          : shelf.all.slice(shelf.next, shelf.next + MAX_TRIED).find(here);
      exchange = own ?? exchange;
    }
    this.#use(exchange);
    return exchange;
  }

  /** One that asks for just this, in the names that the client is known to use. */
  #known(asked: Asked, shelf: Shelf): Exchange | null {
    const { map } = this.#options;
    if (map === null || map.isIdentity) return null;
    while (shelf.all[shelf.next]?.isUsed) shelf.next++;
    const from = Math.min(shelf.next, Math.max(0, shelf.all.length - MAX_TRIED));
    const key = exactKey(asked);
    const candidates = shelf.all.slice(from, from + MAX_TRIED);
    const isIt = ({ call }: Exchange): boolean => {
      const value = this.#bodies.args(call, call.bytes, call.bodyOff);
      const procedure = this.#bodies.procedure(call);
      if (value === null || procedure === null) return false;
      const bytes = this.#bodies.encodeArgs(call, map.apply(procedure.procedure.argument, value));
      return exactKey({ ...asked, bytes, bodyOff: 0 }) === key;
    };
    return candidates.find((one) => !one.isUsed && isIt(one)) ?? candidates.findLast(isIt) ?? null;
  }

  #looseShelves(asked: Asked): Map<string, Shelf> {
    const name = `${asked.program}.${asked.version}.${asked.procedure}`;
    let shelves = this.#loose.get(name);
    if (shelves !== undefined) return shelves;
    shelves = new Map();
    for (const exchange of this.#procedures.get(name) ?? []) {
      const key = this.#looseKey(exchange.call);
      if (key !== null) shelve(shelves, key, exchange);
    }
    this.#loose.set(name, shelves);
    return shelves;
  }

  /** The arguments without what may differ; null where they are none. */
  #looseKey(asked: Asked): string | null {
    const procedure = this.#bodies.procedure(asked);
    const value = this.#bodies.args(asked, asked.bytes, asked.bodyOff);
    if (procedure === null || value === null) return null;
    const blank = rewriteLeaves(procedure.procedure.argument, value, (leaf, part) =>
      this.#isClients(leaf, part) ? blankOf(part) : part,
    );
    const json = this.#bodies.json(asked, 'argument', blank);
    return digest(JSON.stringify(this.#without(json, 'args') ?? null));
  }

  #json(asked: Asked): Json | null {
    const value = this.#bodies.args(asked, asked.bytes, asked.bodyOff);
    return value === null ? null : this.#bodies.json(asked, 'argument', value);
  }

  /** Whether a value is a name that its client made up, wherever it stands. Numbers are too often what is asked for. */
  #isClients(leaf: Leaf, value: unknown): boolean {
    const { map } = this.#options;
    if (map === null || (typeof value !== 'string' && !(value instanceof Uint8Array))) return false;
    this.#names ??= namesIn(this.#session, this.#bodies, map);
    const { given, clients } = this.#names;
    if (map.isState(leaf, value)) return !given.has(identityOf(leaf, value));
    return value instanceof Uint8Array && (clients.has(identityOf(leaf, value)) || map.isImage(value));
  }

  #without(json: Json, path: string): Json | undefined {
    const { map, ignore } = this.#options;
    if (ignore?.(path) === true || (map !== null && isTimePath(path))) return undefined;
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return json.map((one, i) => this.#without(one, `${path}[${i}]`) ?? null);
    const kept: Record<string, Json> = {};
    for (const [name, one] of Object.entries(json)) {
      const value = this.#without(one, `${path}.${name}`);
      if (value !== undefined) kept[name] = value;
    }
    return kept;
  }
}

function shelve(shelves: Map<string, Shelf>, key: string, exchange: Exchange): void {
  const shelf = shelves.get(key);
  if (shelf === undefined) shelves.set(key, { all: [exchange], next: 0 });
  else shelf.all.push(exchange);
}

/** Recordings may be large: keys are of one size whatever the arguments are. */
function exactKey({ program, version, procedure, bytes, bodyOff }: Asked): string {
  if (bodyOff < 0) return `malformed ${digest(bytes.subarray(XID_BYTES))}`;
  return `${program}.${version}.${procedure} ${digest(bytes.subarray(bodyOff))}`;
}

function digest(data: string | Uint8Array): string {
  return createHash('sha1').update(data).digest('base64');
}

function blankOf(value: unknown): unknown {
  return typeof value === 'string' ? '' : NO_BYTES;
}

/** Whether a server answered for program and version of a call. */
function isServed({ reply }: RecordedCall): boolean {
  if (reply === null) return false;
  const { bytes } = reply;
  const header = newHeader();
  parseHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, header);
  if (header.replyStat !== ReplyStat.ACCEPTED) return false;
  return header.acceptStat !== AcceptStat.PROG_UNAVAIL && header.acceptStat !== AcceptStat.PROG_MISMATCH;
}

interface Names {
  /** everything that any reply holds: what of it stands in a call is the server's name */
  readonly given: ReadonlySet<string>;
  /** names in calls that no reply gave */
  readonly clients: ReadonlySet<string>;
}

function namesIn({ calls }: RecordedSession, bodies: Bodies, map: StateMap): Names {
  const given = new Set<string>();
  const clients = new Set<string>();
  for (const call of calls) {
    const body = call.reply === null ? null : replyBody(call, call.reply.bytes);
    const results = body === null ? null : bodies.results(call, bodies.result(call, body, 0));
    for (const value of results?.values ?? []) {
      eachLeaf(results!.type, value, (leaf, part) => given.add(identityOf(leaf, part)));
    }
  }
  for (const call of calls) {
    const procedure = bodies.procedure(call);
    const args = call.bodyOff < 0 ? null : bodies.args(call, call.bytes, call.bodyOff);
    if (procedure === null || args === null) continue;
    eachLeaf(procedure.procedure.argument, args, (leaf, part) => {
      const name = identityOf(leaf, part);
      if (map.isState(leaf, part) && !given.has(name)) clients.add(name);
    });
  }
  return { given, clients };
}

function eachLeaf(type: XdrType, value: unknown, visit: (leaf: Leaf, value: unknown) => void): void {
  rewriteLeaves(type, value, (leaf, part) => {
    if (part !== null) visit(leaf, part);
    return part;
  });
}
