/**
 * IPv4 and IPv6 fragments, put together to datagrams. Bounded in bytes, the oldest incomplete datagram goes
 * first. Where fragments overlap, the bytes that arrived first are kept.
 */

/** Bookkeeping counted for each fragment beside its bytes. */
const PIECE_COST = 128;

/** Longest payload of a datagram. */
const MAX_DATAGRAM = 65_535;

/** Seconds of capture time after which a datagram's fragments belong to another datagram (RFC 791, RFC 8200). */
const TIMEOUT = 60;

interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

interface Datagram {
  readonly key: string;
  readonly sec: number;
  /** next header of the first fragment (IPv6; every IPv4 fragment says the same) */
  next: number;
  /** total length, -1 until the last fragment is there */
  total: number;
  /** sorted, without overlaps */
  readonly pieces: Piece[];
  bytes: number;
  cost: number;
  readonly frames: number[];
}

/** A datagram that has become complete. */
export interface Reassembled {
  readonly payload: Buffer;
  /** protocol of the payload */
  readonly next: number;
  /** frames of its fragments, in order of arrival */
  readonly frames: readonly number[];
}

export class FragmentTable {
  /** incomplete datagrams dropped: over the limit, or too old when another fragment came */
  dropped = 0;
  readonly #limit: number;
  /** oldest first */
  readonly #datagrams = new Map<string, Datagram>();
  #cost = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held, bookkeeping included. */
  get held(): number {
    return this.#cost;
  }

  /**
   * Takes the fragment buf[off, off + len) at `start` of the datagram named by `key`, copying its bytes. Returns
   * the datagram when it is complete, null while it is not, and 'beyond' for a fragment that no datagram can hold.
   */
  add(
    key: string,
    next: number,
    buf: Buffer,
    off: number,
    len: number,
    start: number,
    more: boolean,
    sec: number,
    frameNumber: number,
  ): Reassembled | null | 'beyond' {
    if (start + len > MAX_DATAGRAM) return 'beyond';
    let d = this.#datagrams.get(key);
    if (d !== undefined && Math.abs(sec - d.sec) > TIMEOUT) {
      this.#forget(d);
      this.dropped++;
      d = undefined;
    }
    if (d === undefined) {
      d = { key, sec, next, total: -1, pieces: [], bytes: 0, cost: 0, frames: [] };
      this.#datagrams.set(key, d);
    }
    if (start === 0) d.next = next;
    if (!more && d.total < 0) d.total = start + len;
    if (d.frames.length < MAX_DATAGRAM / 8) d.frames.push(frameNumber);
    this.#charge(d, PIECE_COST);
    this.#insert(d, buf, off, len, start);
    if (d.total >= 0 && covers(d)) {
      this.#forget(d);
      return { payload: join(d), next: d.next, frames: d.frames };
    }
    if (this.#cost > this.#limit) this.#shed();
    return null;
  }

  /**
   * Forgets the oldest datagrams. An eighth at a time: a Map that loses its first entry again and again keeps
   * their places, and is slow to walk.
   */
  #shed(): void {
    for (const oldest of this.#datagrams.values()) {
      this.#forget(oldest);
      this.dropped++;
      if (this.#cost <= this.#limit - this.#limit / 8) return;
    }
  }

  #charge(d: Datagram, cost: number): void {
    d.cost += cost;
    this.#cost += cost;
  }

  #forget(d: Datagram): void {
    this.#datagrams.delete(d.key);
    this.#cost -= d.cost;
  }

  /** Copies what of the fragment is not there yet. */
  #insert(d: Datagram, buf: Buffer, off: number, len: number, start: number): void {
    const { pieces } = d;
    const end = start + len;
    let index = pieces.length;
    while (index > 0 && pieces[index - 1]!.start + pieces[index - 1]!.bytes.length > start) index--;
    for (let from = start; from < end; index++) {
      const after = pieces[index];
      const to = after === undefined ? end : Math.min(end, after.start);
      if (to > from) {
        const bytes = Buffer.from(buf.subarray(off + from - start, off + to - start));
        pieces.splice(index, 0, { start: from, bytes });
        d.bytes += bytes.length;
        this.#charge(d, bytes.length + PIECE_COST);
        from = to;
      } else if (after !== undefined) {
        from = Math.max(from, after.start + after.bytes.length);
      }
    }
  }
}

function covers(d: Datagram): boolean {
  let at = 0;
  for (const piece of d.pieces) {
    if (piece.start > at) return false;
    at = piece.start + piece.bytes.length;
    if (at >= d.total) return true;
  }
  return at >= d.total;
}

/** Into memory of its own, so that a DataView of it can be made cheaply and offsets start at 0. */
function join(d: Datagram): Buffer {
  const payload = Buffer.allocUnsafeSlow(d.total);
  for (const piece of d.pieces) {
    if (piece.start < d.total) piece.bytes.copy(payload, piece.start, 0, d.total - piece.start);
  }
  return payload;
}
