/**
 * One case at a time against a target: what comes of it on a connection of its own, whether others are still served,
 * and whether its reply holds memory of another's message. Thin over lanes. Rejects with TransportError where the
 * target takes no connection.
 */
import { encodeCall, encodeRecord } from '../codec/rpc/index.ts';
import type { Target } from '../transport/target.ts';
import type { Observation } from './judge.ts';
import { type Lane, openLane } from './lane.ts';

export interface ProbeOptions {
  readonly target: Target;
  /** whose NULL is called to see whether a server lives */
  readonly program: number;
  readonly version: number;
  /** how long an answer that is due may take, milliseconds */
  readonly replyMs: number;
}

/** What a connection that cannot be asked any more (half a record was sent) is waited for. */
const QUIET_MS = 60;

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
    return openLane(this.#options.target);
  }

  /** Sends NULL behind what was sent; its xid, to wait for. */
  fence(lane: Lane): number {
    const { program, version } = this.#options;
    const xid = (FENCE_XID + (this.#fences++ % 0x1000000)) >>> 0;
    const call = encodeCall({ xid, program, version, procedure: 0 });
    lane.send(this.stream ? encodeRecord(call) : call);
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
    lane.send(bytes);
    const fence = open ? this.fence(lane) : -1;
    const answered = (): boolean => lane.has(xid) || lane.ended;
    const over = (): boolean => answered() || (!due && lane.has(fence));
    await lane.wait(over, open || due ? this.#options.replyMs : QUIET_MS);
    const milliseconds = performance.now() - start;
    const reply = lane.take(xid);
    lane.take(fence);
    return { reply, closed: lane.ended, milliseconds };
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

  close(): void {
    this.#canary?.close();
    this.#canary = null;
  }
}
