/**
 * tshark's reading of TCP sequence numbers, as far as its reassembly depends on it: which segments count as
 * retransmissions. Numbers are relative to the first one of each side, as tshark's are.
 */
import type { Frame } from '../../network/frame.ts';

/** What a segment was taken for. Only `retransmission` keeps its bytes from the dissectors. */
export type SegmentKind = 'normal' | 'keepalive' | 'probe' | 'retransmission' | 'other repeat';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** A segment that fills a hole within this time after the newest one is out of order, later a retransmission. */
const OUT_OF_ORDER_NS = 3_000_000;
const FAST_RETRANSMISSION_NS = 20_000_000;

/** One side of a connection. */
export class SequenceState {
  base = -1;
  nextSeq = 0;
  nextSeqTime = 0;
  lastAck = 0;
  lastAckTime = 0;
  window = -1;
  duplicateAcks = 0;
}

/** a lies before b in sequence space. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export class SequenceAnalysis {
  readonly sides: readonly [SequenceState, SequenceState] = [new SequenceState(), new SequenceState()];
  /** of the segment last analysed, relative */
  seq = 0;
  nextSeq = 0;
  #synTime = -1;
  #firstRtt = 0;

  /** Analyses the segment in `frame`; sets `seq` and `nextSeq`. */
  segment(frame: Frame, time: number): SegmentKind {
    const fwd = this.sides[frame.dir];
    const rev = this.sides[frame.dir === 0 ? 1 : 0];
    const flags = frame.tcpFlags;
    const length = frame.wireLen;
    if (fwd.base < 0) fwd.base = (flags & SYN) !== 0 ? frame.seq : (frame.seq - 1) >>> 0;
    if (rev.base < 0 && (flags & ACK) !== 0) rev.base = (frame.ack - 1) >>> 0;
    const seq = (frame.seq - fwd.base) >>> 0;
    const ack = (flags & ACK) !== 0 && rev.base >= 0 ? (frame.ack - rev.base) >>> 0 : frame.ack;
    this.seq = seq;
    this.nextSeq = (seq + length) >>> 0;
    this.#roundTrip(flags, time, frame.dir);

    const probe = length === 1 && seq === fwd.nextSeq && rev.window === 0;
    let kind: SegmentKind = probe ? 'probe' : 'normal';
    const plain = (flags & (SYN | FIN | RST)) === 0;
    if (!probe && length <= 1 && plain && seq === (fwd.nextSeq - 1) >>> 0) kind = 'keepalive';
    const same = plain && length === 0 && seq === fwd.nextSeq && ack === fwd.lastAck;
    if (same && frame.window !== 0 && frame.window === fwd.window) fwd.duplicateAcks++;
    if (ack !== fwd.lastAck) fwd.duplicateAcks = 0;
    if (kind !== 'keepalive' && (length > 0 || (flags & (SYN | FIN)) !== 0)) {
      kind = this.#repeat(fwd, rev, seq, length, flags, time) ?? kind;
    }
    this.#advance(fwd, (seq + length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0, time, probe);
    fwd.window = frame.window;
    fwd.lastAck = ack;
    fwd.lastAckTime = time;
    return kind;
  }

  #roundTrip(flags: number, time: number, dir: 0 | 1): void {
    if ((flags & (SYN | ACK)) === SYN) this.#synTime = time;
    else if (this.#synTime >= 0 && (flags & (SYN | ACK)) === ACK && dir === 0 && this.#firstRtt === 0) {
      this.#firstRtt = time - this.#synTime;
      this.#synTime = -1;
    }
  }

  #repeat(
    fwd: SequenceState,
    rev: SequenceState,
    seq: number,
    length: number,
    flags: number,
    time: number,
  ): SegmentKind | null {
    let old = fwd.nextSeq !== 0 && before(seq, fwd.nextSeq);
    if (length > 1 && (fwd.nextSeq - 1) >>> 0 === seq) old = false;
    const end = (seq + length) >>> 0;
    if (length > 0 && rev.lastAck !== 0 && !before(rev.lastAck, end)) return 'other repeat';
    if (!old) return null;
    if (rev.duplicateAcks >= 2 && rev.lastAck === seq && time - rev.lastAckTime < FAST_RETRANSMISSION_NS) {
      return 'other repeat';
    }
    const threshold = this.#firstRtt > 0 ? this.#firstRtt : OUT_OF_ORDER_NS;
    const newest = (end + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
    if (time - fwd.nextSeqTime < threshold && fwd.nextSeq !== newest) return 'other repeat';
    return 'retransmission';
  }

  #advance(fwd: SequenceState, next: number, time: number, probe: boolean): void {
    if (probe || (fwd.nextSeq !== 0 && !before(fwd.nextSeq, next))) return;
    fwd.nextSeq = next;
    fwd.nextSeqTime = time;
  }
}
