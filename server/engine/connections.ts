/**
 * The engine's connections, from the moment each is accepted, and the limits that need a look at all of them: how
 * many, how many of them have not called yet (or not finished their handshake), and, at every sweep, who is idle.
 * No sockets; the clock is the caller's.
 */
import type { Peer } from '../../transport/peer.ts';
import type { EngineLimits } from './limits.ts';
import type { Depths } from './metrics.ts';

/** One connection's place. */
export interface Slot {
  /** null until its handshake is over */
  peer: Peer | null;
  /** ends it before it has a peer */
  readonly drop: () => void;
  /** messages received at the last sweep, and since when there have been no more */
  received: number;
  quietSince: number;
}

export class Connections {
  readonly #limits: EngineLimits;
  readonly #open = new Set<Slot>();
  /** in the order they came; those that have called meanwhile are taken out when it matters */
  readonly #newcomers = new Set<Slot>();
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  get slots(): readonly Slot[] {
    return [...this.#open];
  }

  /**
   * A place for one more connection, null when all are taken by those that have called. Where as many as may be have
   * made no call yet, or one of them has the last place, the oldest of them is ended, so that silence cannot lock
   * others out.
   */
  open(drop: () => void, now: number): Slot | null {
    const { connections, newcomers } = this.#limits;
    const full = this.#open.size >= connections;
    const silent = this.#silent();
    if (silent >= newcomers || (full && silent > 0)) this.#evict();
    if (this.#open.size >= connections) return null;
    const slot: Slot = { peer: null, drop, received: 0, quietSince: now };
    this.#open.add(slot);
    this.#newcomers.add(slot);
    return slot;
  }

  close(slot: Slot): void {
    if (!this.#open.delete(slot)) return;
    this.#newcomers.delete(slot);
    this.#bytesIn += slot.peer?.bytesIn ?? 0;
    this.#bytesOut += slot.peer?.bytesOut ?? 0;
  }

  /** Ends who has been idle for too long. To be called about once a second. */
  sweep(now: number): void {
    const { idleMs } = this.#limits;
    for (const slot of this.#open) {
      const { peer } = slot;
      if (peer === null) continue;
      if (peer.received !== slot.received || peer.inFlight > 0 || peer.outstanding > 0) {
        slot.received = peer.received;
        slot.quietSince = now;
      } else if (idleMs > 0 && now - slot.quietSince >= idleMs) {
        peer.giveUp('idle', `nothing came for ${idleMs} ms`);
      }
    }
  }

  depths(): Depths {
    const sums = { inFlight: 0, queuedBytes: 0, callbacks: 0, stopped: 0 };
    let [bytesIn, bytesOut] = [this.#bytesIn, this.#bytesOut];
    for (const { peer } of this.#open) {
      if (peer === null) continue;
      sums.inFlight += peer.inFlight;
      sums.queuedBytes += peer.duplex.queued;
      sums.callbacks += peer.outstanding;
      if (peer.stopped) sums.stopped++;
      bytesIn += peer.bytesIn;
      bytesOut += peer.bytesOut;
    }
    return { connections: this.#open.size, newcomers: this.#silent(), ...sums, bytesIn, bytesOut };
  }

  /** How many have made no whole call yet. */
  #silent(): number {
    for (const slot of this.#newcomers) {
      if (slot.peer !== null && slot.peer.callsReceived > 0) this.#newcomers.delete(slot);
    }
    return this.#newcomers.size;
  }

  /** Ends the oldest connection without a call. Its place is free at once. */
  #evict(): void {
    for (const oldest of this.#newcomers) {
      this.close(oldest);
      if (oldest.peer === null) oldest.drop();
      else oldest.peer.giveUp('newcomer', 'it made no call, and others wait');
      return;
    }
  }
}
