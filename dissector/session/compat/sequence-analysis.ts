/**
 * tshark's reading of TCP sequence numbers, as far as its reassembly depends on it: which segments it takes for
 * retransmissions, and which hold nothing new. Numbers are relative to the first one of each side, as tshark's are.
 */
import type { Frame } from '../../network/frame.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** A segment that fills a hole within this time after the newest one is out of order, later a retransmission. */
const OUT_OF_ORDER_NS = 3_000_000;
const FAST_RETRANSMISSION_NS = 20_000_000;

/** One side of a connection. */
class Side {
  base = -1;
  /** behind the newest byte, 0 before the first packet */
  nextSeq = 0;
  nextSeqTime = 0;
  lastAck = 0;
  lastAckTime = 0;
  window = -1;
  duplicateAcks = 0;
}

/** a lies before b in sequence space. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export class SequenceAnalysis {
  /** of the segment last analysed, relative */
  seq = 0;
  nextSeq = 0;
  /** it holds bytes, none of them beyond the newest one seen (whether or not they were seen) */
  old = false;
  /** tshark labels it "TCP Retransmission" (not "Fast", "Spurious" or "Out-Of-Order") */
  retransmission = false;
  /** all its bytes were acknowledged before */
  spurious = false;
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  #synTime = -1;
  #firstRtt = 0;

  /** `time` in nanoseconds. */
  segment(frame: Frame, time: number): void {
    const fwd = this.#sides[frame.dir];
    const rev = this.#sides[frame.dir === 0 ? 1 : 0];
    const flags = frame.tcpFlags;
    const length = frame.wireLen;
    if (fwd.base < 0) fwd.base = (flags & SYN) !== 0 ? frame.seq : (frame.seq - 1) >>> 0;
    if (rev.base < 0 && (flags & ACK) !== 0) rev.base = (frame.ack - 1) >>> 0;
    const seq = (frame.seq - fwd.base) >>> 0;
    const ack = (flags & ACK) !== 0 && rev.base >= 0 ? (frame.ack - rev.base) >>> 0 : frame.ack;
    const end = (seq + length) >>> 0;
    const next = (flags & (SYN | FIN)) !== 0 ? (end + 1) >>> 0 : end;
    this.seq = seq;
    this.nextSeq = end;
    this.old = length > 0 && fwd.nextSeq !== 0 && isBefore(seq, fwd.nextSeq) && !isBefore(fwd.nextSeq, end);
    this.#roundTrip(flags, time, frame.dir);

    const plain = (flags & (SYN | FIN | RST)) === 0;
    const probe = length === 1 && seq === fwd.nextSeq && rev.window === 0;
    const keepalive = !probe && length <= 1 && plain && seq === (fwd.nextSeq - 1) >>> 0;
    const same = plain && length === 0 && seq === fwd.nextSeq && ack === fwd.lastAck;
    if (same && frame.window !== 0 && frame.window === fwd.window) fwd.duplicateAcks++;
    if (ack !== fwd.lastAck) fwd.duplicateAcks = 0;
    const holds = length > 0 || (flags & (SYN | FIN)) !== 0;
    this.spurious = length > 0 && !keepalive && rev.lastAck !== 0 && !isBefore(rev.lastAck, end);
    this.retransmission =
      holds && !keepalive && !this.spurious && this.#retransmission(fwd, rev, seq, length, next, time);
    // A probe of a closed window is not taken for new data.
    if (!probe && (fwd.nextSeq === 0 || isBefore(fwd.nextSeq, next))) {
      fwd.nextSeq = next;
      fwd.nextSeqTime = time;
    }
    fwd.window = frame.window;
    fwd.lastAck = ack;
    fwd.lastAckTime = time;
  }

  #roundTrip(flags: number, time: number, dir: 0 | 1): void {
    if ((flags & (SYN | ACK)) === SYN) this.#synTime = time;
    else if (this.#synTime >= 0 && (flags & (SYN | ACK)) === ACK && dir === 0) {
      this.#firstRtt = time - this.#synTime;
      this.#synTime = -1;
    }
  }

  #retransmission(fwd: Side, rev: Side, seq: number, length: number, next: number, time: number): boolean {
    if (fwd.nextSeq === 0 || !isBefore(seq, fwd.nextSeq)) return false;
    if (length > 1 && (fwd.nextSeq - 1) >>> 0 === seq) return false;
    const fast = rev.duplicateAcks >= 2 && rev.lastAck === seq;
    if (fast && time - rev.lastAckTime < FAST_RETRANSMISSION_NS) return false;
    const threshold = this.#firstRtt > 0 ? this.#firstRtt : OUT_OF_ORDER_NS;
    return time - fwd.nextSeqTime >= threshold || fwd.nextSeq === next;
  }
}
