/**
 * Conversations by addresses and ports, numbered as tshark numbers its streams. Bounded: the flow that has been
 * quiet longest goes first. Finding a known flow allocates nothing.
 */
import { ipv4Text, ipv6Text } from './address.ts';
import type { Flow } from './flow.ts';

/** Why a flow left the table: there were too many, or its ports were used for a new connection. */
export type FlowEndReason = 'evicted' | 'replaced';

const SYN = 2;
const ACK = 16;

/** A flow as the table keeps it: addresses as 32-bit words (one for IPv4, four for IPv6), and its place in two lists. */
class TableFlow implements Flow {
  readonly protocol: 6 | 17;
  readonly index: number;
  readonly aPort: number;
  readonly bPort: number;
  readonly firstFrame: number;
  session: unknown = null;
  tcp: unknown = null;
  readonly hash: number;
  readonly words: 1 | 4;
  readonly a0: number;
  readonly b0: number;
  /** words 1 to 3 of both addresses of an IPv6 flow */
  readonly rest: readonly number[] | null;
  /** TCP: the sequence number that each side began with, as far as its first segment tells; -1 unknown */
  #aBase = -1;
  #bBase = -1;
  /** made when asked for: most flows of a capture are never named */
  #aText: string | null = null;
  #bText: string | null = null;
  /** next in its hash bucket */
  chain: TableFlow | null = null;
  /** neighbours in order of last use */
  older: TableFlow | null = null;
  newer: TableFlow | null = null;

  constructor(table: FlowKey, protocol: 6 | 17, index: number, firstFrame: number, hash: number) {
    this.protocol = protocol;
    this.index = index;
    this.aPort = table.srcPort;
    this.bPort = table.dstPort;
    this.firstFrame = firstFrame;
    this.hash = hash;
    this.words = table.words;
    const { view, src, dst } = table;
    this.a0 = view.getInt32(src);
    this.b0 = view.getInt32(dst);
    this.rest = null;
    if (table.words === 4) {
      const at = [src + 4, src + 8, src + 12, dst + 4, dst + 8, dst + 12];
      this.rest = at.map((off) => view.getInt32(off));
    }
  }

  get aAddr(): string {
    this.#aText ??= addressText(this.a0, this.rest?.slice(0, 3));
    return this.#aText;
  }

  get bAddr(): string {
    this.#bText ??= addressText(this.b0, this.rest?.slice(3));
    return this.#bText;
  }

  base(dir: 0 | 1): number {
    return dir === 0 ? this.#aBase : this.#bBase;
  }

  setBase(dir: 0 | 1, seq: number): void {
    if (dir === 0) this.#aBase = seq;
    else this.#bBase = seq;
  }
}

/** An address of words: one of IPv4, or with three more of IPv6. */
function addressText(first: number, rest: readonly number[] | undefined): string {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32BE(first);
  if (rest === undefined) return ipv4Text(bytes, 0);
  for (const [i, word] of rest.entries()) bytes.writeInt32BE(word, 4 * (i + 1));
  return ipv6Text(bytes, 0);
}

/** Where a packet's addresses stand, and its ports. */
export interface FlowKey {
  buf: Buffer;
  view: DataView;
  /** offsets of the two addresses */
  src: number;
  dst: number;
  /** 32-bit words in an address */
  words: 1 | 4;
  srcPort: number;
  dstPort: number;
}

export class FlowTable {
  /** of the packet last looked up: 0 when it goes from a to b */
  dir: 0 | 1 = 0;
  /** flows that had to go because there were too many */
  evicted = 0;
  readonly #limit: number;
  readonly #onEnd: (flow: Flow, reason: FlowEndReason) => void;
  /** so that no capture can be made whose flows all share a bucket */
  readonly #seed = Math.floor(Math.random() * 0x1_0000_0000) | 0;
  #buckets: (TableFlow | null)[] = new Array<TableFlow | null>(1024).fill(null);
  #count = 0;
  #oldest: TableFlow | null = null;
  #newest: TableFlow | null = null;
  #tcpCount = 0;
  #udpCount = 0;

  constructor(limit: number, onEnd: (flow: Flow, reason: FlowEndReason) => void) {
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  /** Flows in the table. */
  get size(): number {
    return this.#count;
  }

  /** The UDP flow of a packet; a new one where there is none. Sets `dir`. */
  udp(key: FlowKey, frameNumber: number): Flow {
    return this.#lookup(key, 17) ?? this.#add(key, 17, this.#udpCount++, frameNumber);
  }

  /**
   * The TCP connection of a segment. A SYN whose sequence number is not the one that the same side began with
   * begins a new connection. Sets `dir`.
   */
  tcp(key: FlowKey, frameNumber: number, flags: number, seq: number, ack: number): Flow {
    let flow = this.#lookup(key, 6);
    if (flow === null) {
      flow = this.#add(key, 6, this.#tcpCount++, frameNumber);
    } else if ((flags & (SYN | ACK)) === SYN) {
      const base = flow.base(this.dir);
      if (base >= 0 && base !== seq) {
        this.#remove(flow);
        this.#onEnd(flow, 'replaced');
        flow = this.#add(key, 6, this.#tcpCount++, frameNumber);
      }
    }
    if ((flags & (SYN | ACK)) === (SYN | ACK)) flow.setBase(this.dir, seq);
    else if (flow.base(this.dir) < 0) flow.setBase(this.dir, (flags & SYN) !== 0 ? seq : (seq - 1) >>> 0);
    const back = this.dir === 0 ? 1 : 0;
    if ((flags & ACK) !== 0 && flow.base(back) < 0) flow.setBase(back, (ack - 1) >>> 0);
    return flow;
  }

  #lookup(key: FlowKey, protocol: 6 | 17): TableFlow | null {
    const newest = this.#newest;
    if (newest !== null && this.#matches(newest, key, protocol)) return newest;
    const hash = hashOf(key, protocol, this.#seed);
    for (let f = this.#buckets[hash & (this.#buckets.length - 1)]!; f !== null; f = f.chain!) {
      if (f.hash === hash && this.#matches(f, key, protocol)) {
        this.#unlink(f);
        this.#append(f);
        return f;
      }
    }
    return null;
  }

  #matches(f: TableFlow, key: FlowKey, protocol: 6 | 17): boolean {
    if (f.protocol !== protocol || f.words !== key.words) return false;
    const { view, src, dst } = key;
    const s0 = view.getInt32(src);
    const d0 = view.getInt32(dst);
    if (f.a0 === s0 && f.b0 === d0 && f.aPort === key.srcPort && f.bPort === key.dstPort) {
      if (f.rest === null || (sameRest(f.rest, 0, view, src) && sameRest(f.rest, 3, view, dst))) {
        this.dir = 0;
        return true;
      }
    }
    if (f.a0 === d0 && f.b0 === s0 && f.aPort === key.dstPort && f.bPort === key.srcPort) {
      if (f.rest === null || (sameRest(f.rest, 0, view, dst) && sameRest(f.rest, 3, view, src))) {
        this.dir = 1;
        return true;
      }
    }
    return false;
  }

  #add(key: FlowKey, protocol: 6 | 17, index: number, frameNumber: number): TableFlow {
    if (this.#count >= this.#limit && this.#oldest !== null) {
      const victim = this.#oldest;
      this.#remove(victim);
      this.evicted++;
      this.#onEnd(victim, 'evicted');
    }
    if (this.#count >= this.#buckets.length) this.#grow();
    const flow = new TableFlow(key, protocol, index, frameNumber, hashOf(key, protocol, this.#seed));
    const bucket = flow.hash & (this.#buckets.length - 1);
    flow.chain = this.#buckets[bucket]!;
    this.#buckets[bucket] = flow;
    this.#append(flow);
    this.#count++;
    this.dir = 0;
    return flow;
  }

  #remove(flow: TableFlow): void {
    const bucket = flow.hash & (this.#buckets.length - 1);
    let at = this.#buckets[bucket]!;
    if (at === flow) {
      this.#buckets[bucket] = flow.chain;
    } else {
      while (at !== null && at.chain !== flow) at = at.chain!;
      at.chain = flow.chain;
    }
    flow.chain = null;
    this.#unlink(flow);
    this.#count--;
  }

  #append(flow: TableFlow): void {
    flow.older = this.#newest;
    flow.newer = null;
    if (this.#newest === null) this.#oldest = flow;
    else this.#newest.newer = flow;
    this.#newest = flow;
  }

  #unlink(flow: TableFlow): void {
    if (flow.older === null) this.#oldest = flow.newer;
    else flow.older.newer = flow.newer;
    if (flow.newer === null) this.#newest = flow.older;
    else flow.newer.older = flow.older;
    flow.older = null;
    flow.newer = null;
  }

  #grow(): void {
    const size = this.#buckets.length * 4;
    this.#buckets = new Array<TableFlow | null>(size).fill(null);
    for (let f = this.#oldest; f !== null; f = f.newer) {
      f.chain = this.#buckets[f.hash & (size - 1)]!;
      this.#buckets[f.hash & (size - 1)] = f;
    }
  }
}

function sameRest(rest: readonly number[], from: number, view: DataView, off: number): boolean {
  return (
    rest[from] === view.getInt32(off + 4) &&
    rest[from + 1] === view.getInt32(off + 8) &&
    rest[from + 2] === view.getInt32(off + 12)
  );
}

/** The same for both directions: each endpoint is mixed on its own, then the two are added. */
function hashOf(key: FlowKey, protocol: number, seed: number): number {
  const { view, src, dst, words } = key;
  let s = Math.imul(key.srcPort + 1, 0x9e3779b1) ^ seed;
  let d = Math.imul(key.dstPort + 1, 0x9e3779b1) ^ seed;
  for (let i = 0; i < words; i++) {
    s = Math.imul(s ^ view.getInt32(src + 4 * i), 0x85ebca6b);
    d = Math.imul(d ^ view.getInt32(dst + 4 * i), 0x85ebca6b);
    s ^= s >>> 15;
    d ^= d >>> 15;
  }
  const sum = Math.imul((s + d) | 0, 0xc2b2ae35) ^ protocol;
  return (sum ^ (sum >>> 16)) >>> 0;
}
