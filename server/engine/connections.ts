/**
 * The engine's open connections and the limits that need a look at all of them: how many, how many of them have not
 * called yet, and, at every sweep, who is idle or leaves a record half sent. No sockets; the clock is the caller's.
 */
import type { Peer } from '../../transport/peer.ts';
import type { EngineLimits } from './limits.ts';
import type { Depths } from './metrics.ts';

interface Watched {
  /** messages received at the last sweep, and since when there have been no more */
  received: number;
  quietSince: number;
  /** the half-received record: when it was first seen, its bytes at the last sweep, when they last grew; 0: none */
  partialSince: number;
  partialBytes: number;
  grewAt: number;
}

export class Connections {
  readonly #limits: EngineLimits;
  readonly #open = new Map<Peer, Watched>();
  /** in the order they came; those that have called meanwhile are taken out when it matters */
  readonly #newcomers = new Set<Peer>();
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  get peers(): readonly Peer[] {
    return [...this.#open.keys()];
  }

  /** Whether one more may come in. */
  get room(): boolean {
    return this.#open.size < this.#limits.connections;
  }

  /** Ends the oldest connection without a call when there are as many of them as may be. */
  makeRoom(): void {
    if (this.#newcomers.size < this.#limits.newcomers) return;
    this.#forgetCallers();
    for (const oldest of this.#newcomers) {
      if (this.#newcomers.size < this.#limits.newcomers) return;
      this.#newcomers.delete(oldest);
      oldest.giveUp('newcomer', 'it made no call, and others wait');
    }
  }

  add(peer: Peer, now: number): void {
    this.#open.set(peer, { received: 0, quietSince: now, partialSince: -1, partialBytes: 0, grewAt: now });
    this.#newcomers.add(peer);
  }

  remove(peer: Peer): void {
    if (!this.#open.delete(peer)) return;
    this.#newcomers.delete(peer);
    this.#bytesIn += peer.bytesIn;
    this.#bytesOut += peer.bytesOut;
  }

  /** Ends who is over a limit of time. To be called about once a second. */
  sweep(now: number): void {
    for (const [peer, watched] of this.#open) {
      this.#checkPartial(peer, watched, now);
      if (peer.received !== watched.received || peer.inFlight > 0 || peer.outstanding > 0) {
        watched.received = peer.received;
        watched.quietSince = now;
      } else if (this.#limits.idleMs > 0 && now - watched.quietSince >= this.#limits.idleMs) {
        peer.giveUp('idle', `nothing came for ${this.#limits.idleMs} ms`);
      }
    }
  }

  depths(): Depths {
    this.#forgetCallers();
    const sums = { inFlight: 0, queuedBytes: 0, callbacks: 0, stopped: 0 };
    let [bytesIn, bytesOut] = [this.#bytesIn, this.#bytesOut];
    for (const peer of this.#open.keys()) {
      sums.inFlight += peer.inFlight;
      sums.queuedBytes += peer.duplex.queued;
      sums.callbacks += peer.outstanding;
      if (peer.stopped) sums.stopped++;
      bytesIn += peer.bytesIn;
      bytesOut += peer.bytesOut;
    }
    return { connections: this.#open.size, newcomers: this.#newcomers.size, ...sums, bytesIn, bytesOut };
  }

  /**
   * A record must grow within `partialMs`, and be whole within `partialMs` and its bytes at `partialRate`. While we
   * do not read (back-pressure) it cannot grow, so the time begins anew.
   */
  #checkPartial(peer: Peer, watched: Watched, now: number): void {
    const bytes = peer.duplex.partialBytes ?? 0;
    const begun =
      bytes > 0 && watched.partialSince >= 0 && peer.received === watched.received && !peer.stopped;
    if (!begun) {
      watched.partialSince = bytes > 0 ? now : -1;
      watched.grewAt = now;
    } else if (bytes !== watched.partialBytes) {
      watched.grewAt = now;
    }
    watched.partialBytes = bytes;
    if (!begun) return;
    const { partialMs, partialRate } = this.#limits;
    const allowed = partialMs + (bytes / partialRate) * 1000;
    if (now - watched.grewAt >= partialMs)
      peer.giveUp('partial', `half a record, no byte for ${partialMs} ms`);
    else if (now - watched.partialSince >= allowed) peer.giveUp('partial', 'a record comes in too slowly');
  }

  #forgetCallers(): void {
    for (const peer of this.#newcomers) if (peer.callsReceived > 0) this.#newcomers.delete(peer);
  }
}
