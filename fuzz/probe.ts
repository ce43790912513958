/**
 * One case at a time against a target: what comes of it on a connection of its own, whether others are still served,
 * and whether its reply holds memory of another's message. Thin over lanes. Rejects with TransportError where the
 * target takes no connection.
 */
import { encodeCall } from '../codec/rpc/index.ts';
import type { Target } from '../transport/target.ts';
import type { TlsClientOptions } from '../transport/tls-channel.ts';
import { onWire } from './expect.ts';
import type { Observation } from './judge.ts';
import { type Lane, openLane } from './lane.ts';

export interface ProbeOptions {
  readonly target: Target;
  /** whose NULL is called to see whether a server lives */
  readonly program: number;
  readonly version: number;
  /** how long an answer that is due may take, milliseconds */
  readonly replyMs: number;
  readonly tls?: TlsClientOptions;
}

/** What a connection that cannot be asked any more (half a record was sent) is waited for. */
const QUIET_MS = 60;

/** NULL calls one after the other behind half a record: each answer is a turn in which the server could read it. */
const TURNS = 3;

/** Xids of our own NULL calls begin here; a case that has one of these by chance is sent alone. */
const FENCE_XID = 0xfe000000;

export class Probe {
  readonly #options: ProbeOptions;
  #fences = 0;
  #canary: Lane | null = null;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  get stream(): boolean {
    return this.#options.target.kind !== 'udp';
  }

  open(): Promise<Lane> {
    const { target, tls } = this.#options;
    return openLane(target, tls && { tls });
  }

  /** Sends NULL behind what was sent; its xid, to wait for. */
  fence(lane: Lane): number {
    return this.sendFenced(lane, []);
  }

  /** Sends all of these and NULL behind them, on a stream as one write; the xid of NULL. */
  sendFenced(lane: Lane, parts: readonly Uint8Array[]): number {
    const { program, version } = this.#options;
    const xid = (FENCE_XID + (this.#fences++ % 0x1000000)) >>> 0;
    const call = onWire(encodeCall({ xid, program, version, procedure: 0 }), this.stream);
    if (this.stream) lane.send(parts.length === 0 ? call : Buffer.concat([...parts, call]));
    else for (const part of [...parts, call]) lane.send(part);
    return xid;
  }

  /**
   * What comes of these bytes on a lane of their own. `due`: an answer or the end of the connection must come, and is
   * waited for; `open`: the stream is at the start of a record behind them, so the end of waiting can be asked for.
   */
  async alone(bytes: Uint8Array, xid: number, due: boolean, open: boolean): Promise<Observation> {
    const lane = await this.open();
    try {
      const seen = await this.#on(lane, bytes, xid, due, open);
      return open ? seen : { ...seen, starved: !seen.closed && !(await this.isReachable()) };
    } finally {
      lane.close();
    }
  }

  async #on(lane: Lane, bytes: Uint8Array, xid: number, due: boolean, open: boolean): Promise<Observation> {
    const start = performance.now();
    const fence = open ? this.sendFenced(lane, [bytes]) : -1;
    if (!open) lane.send(bytes);
    const answered = (): boolean => lane.has(xid) || lane.ended;
    const over = (): boolean => answered() || (!due && lane.has(fence));
    await lane.wait(over, open || due ? this.#options.replyMs : QUIET_MS);
    const milliseconds = performance.now() - start;
    const reply = lane.take(xid);
    lane.take(fence);
    return { reply, closed: lane.ended, milliseconds };
  }

  /**
   * What comes of bytes that are half a record, each on a connection of its own, all at once: when they are there,
   * others must be served; then it is said that no more comes, and whoever reads on closes. null: others are not
   * served, and which of them does it is to be asked one by one.
   */
  async halves(
    all: readonly { readonly bytes: Uint8Array; readonly xid: number }[],
  ): Promise<Observation[] | null> {
    const lanes = await Promise.all(all.map(() => this.open()));
    const start = performance.now();
    try {
      for (const [i, lane] of lanes.entries()) lane.send((all[i] as { bytes: Uint8Array }).bytes);
      if (!(await this.servesOthers())) return null;
      for (const lane of lanes) lane.finish();
      const until = performance.now() + QUIET_MS;
      for (const lane of lanes) await lane.wait(() => lane.ended, Math.max(0, until - performance.now()));
      return lanes.map((lane, i) => {
        const reply = lane.take((all[i] as { xid: number }).xid);
        return { reply, closed: lane.ended, milliseconds: performance.now() - start };
      });
    } finally {
      for (const lane of lanes) lane.close();
    }
  }

  /** Whether a NULL on a connection of its own is answered. */
  async isAlive(): Promise<boolean> {
    try {
      if (this.#canary === null) {
        const opened = await this.open();
        // Somebody else may have opened it meanwhile.
        if (this.#canary === null) this.#canary = opened;
        else opened.close();
      }
    } catch {
      return false;
    }
    const canary: Lane = this.#canary;
    const xid = this.fence(canary);
    await canary.wait(() => canary.has(xid) || canary.ended, this.#options.replyMs);
    if (canary.take(xid) !== null) return true;
    canary.close();
    if (this.#canary === canary) this.#canary = null;
    return false;
  }

  /** Lives, perhaps only for a connection that is new: the canary's own may have been closed. */
  async isReachable(): Promise<boolean> {
    return (await this.isAlive()) || (await this.isAlive());
  }

  /** The same, of a server that has read all that was sent before: it had several turns to do so. */
  async servesOthers(): Promise<boolean> {
    for (let turn = 0; turn < TURNS; turn++) if (!(await this.isReachable())) return false;
    return true;
  }

  close(): void {
    this.#canary?.close();
    this.#canary = null;
  }
}
