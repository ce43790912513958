/**
 * tshark's table of PDUs that span segments: for each direction, by the sequence number where the PDU begins.
 * Overlaps, refusals and the order of checks are tshark's. A refusal that there aborts the packet is `false` here.
 */

interface Part {
  readonly off: number;
  readonly bytes: Buffer;
  readonly frame: number;
}

/** A PDU that needs more than one segment ("multi-segment PDU" in tshark). */
export class SpanningPdu {
  readonly seq: number;
  /** sequence number behind the PDU, as far as known */
  nextPdu: number;
  readonly firstFrame: number;
  lastFrame: number;
  /** all of the next segment belongs to it, however long */
  wholeSegment = false;
  // reassembly
  parts: Part[] = [];
  length = -1;
  complete = false;
  partial = false;
  completedIn = 0;

  constructor(seq: number, nextPdu: number, frame: number) {
    this.seq = seq;
    this.nextPdu = nextPdu;
    this.firstFrame = frame;
    this.lastFrame = frame;
  }

  /**
   * Adds bytes at `off`; false where tshark throws because the reassembly was complete already. Afterwards
   * `complete` says whether all bytes are there.
   */
  add(off: number, bytes: Buffer, more: boolean, frame: number): boolean {
    const end = off + bytes.length;
    for (const p of this.parts) {
      if (p.frame === frame && p.off === off) return true;
    }
    if (this.complete) {
      if (end <= this.length || !this.partial) return false;
      this.complete = false;
      this.partial = false;
      this.length = -1;
    }
    if (!more && this.length < 0) this.length = end;
    this.parts.push({ off, bytes: Buffer.from(bytes), frame });
    if (this.length >= 0 && this.contiguous >= this.length) {
      this.complete = true;
      this.completedIn = frame;
    }
    return true;
  }

  /** More will be added although it was complete. */
  reopen(): void {
    this.complete = false;
  }

  /** Bytes from the start without a hole. */
  get contiguous(): number {
    const sorted = this.#sorted();
    let max = 0;
    for (const p of sorted) if (p.off <= max) max = Math.max(max, p.off + p.bytes.length);
    return max;
  }

  /** The bytes of a complete reassembly; where parts overlap, the one that begins first wins. */
  assemble(): Buffer {
    const out = Buffer.alloc(this.length);
    let at = 0;
    for (const p of this.#sorted()) {
      const end = Math.min(p.off + p.bytes.length, this.length);
      if (end <= at) continue;
      p.bytes.copy(out, at, at - p.off, end - p.off);
      at = end;
    }
    return out;
  }

  /** Not to be looked at again. */
  release(): void {
    this.parts = [];
  }

  #sorted(): Part[] {
    return this.parts.length < 2 ? this.parts : [...this.parts].sort((a, b) => a.off - b.off);
  }
}

/** Spanning PDUs of one direction, sorted by where they begin. */
export class SpanningPdus {
  readonly #pdus: SpanningPdu[] = [];

  get(seq: number): SpanningPdu | undefined {
    const at = this.#find(seq);
    const pdu = this.#pdus[at];
    return pdu !== undefined && pdu.seq === seq ? pdu : undefined;
  }

  /** The last one that begins at or before `seq`. */
  atOrBefore(seq: number): SpanningPdu | undefined {
    const at = this.#find(seq);
    const pdu = this.#pdus[at];
    return pdu !== undefined && pdu.seq === seq ? pdu : this.#pdus[at - 1];
  }

  add(seq: number, nextPdu: number, frame: number): SpanningPdu {
    const pdu = new SpanningPdu(seq, nextPdu, frame);
    const at = this.#find(seq);
    const there = this.#pdus[at];
    this.#pdus.splice(at, there !== undefined && there.seq === seq ? 1 : 0, pdu);
    return pdu;
  }

  /** Index of the first that begins at `seq` or later. */
  #find(seq: number): number {
    let low = 0;
    let high = this.#pdus.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pdus[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
