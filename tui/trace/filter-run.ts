/**
 * A display filter over a trace, a few milliseconds at a time: what it has found so far can be seen while it goes on,
 * and packets that come later are looked at too. The same Inspection as `inspect -Y` decides. Throws what the stores
 * throw; the filter was compiled before.
 */
import type { Inspection } from '../../dissector/inspect.ts';
import { type CaptureFacts, LOOK_EVERY } from '../sources/source.ts';
import { NumberList } from './growing.ts';
import type { ByteStore } from './scratch.ts';
import { SequentialReader } from './sequential.ts';
import { KIND_MASK, REPLY, type Trace } from './trace.ts';

/** Fields that a call has only when its reply is known, which takes two passes; tshark names them crosswise. */
const TWO_PASSES = /\brpc\.re[pq]frame\b/;

export function needsTwoPasses(filter: string): boolean {
  return TWO_PASSES.test(filter);
}

export class FilterRun {
  readonly text: string;
  readonly packets = new NumberList();
  /** messages that begin a call of which a packet matches */
  readonly calls = new NumberList();
  readonly #trace: Trace;
  readonly #inspection: Inspection;
  readonly #facts: () => CaptureFacts;
  readonly #reader: SequentialReader;
  /** passes over the packets before matches are told */
  #passes: number;
  #next = 0;
  #finished = false;

  /** `inspection`: made for the filter, and given no packet yet. `facts`: what is known of the capture. */
  constructor(
    text: string,
    trace: Trace,
    bytes: ByteStore,
    inspection: Inspection,
    facts: () => CaptureFacts,
  ) {
    this.text = text;
    this.#trace = trace;
    this.#inspection = inspection;
    this.#facts = facts;
    this.#reader = new SequentialReader(trace, bytes);
    this.#passes = needsTwoPasses(text) ? 1 : 0;
    inspection.addTap(
      {
        add: (frame, _pdus, matches) => {
          if (matches) this.#found(frame.packet.number - 1);
        },
      },
      false,
    );
  }

  /** Share of the packets looked at, 0 to 1. */
  get progress(): number {
    const { length } = this.#trace;
    return length === 0 ? 1 : this.#next / length;
  }

  /** Packets looked at. */
  get done(): number {
    return this.#passes > 0 ? 0 : this.#next;
  }

  get pending(): boolean {
    return this.#next < this.#trace.length || !this.#finished;
  }

  /** Goes on until `performance.now()` passes `until`. `complete`: no packet is known to follow. */
  step(until: number, complete: boolean): void {
    const facts = this.#facts();
    for (let n = 1; this.#next < this.#trace.length; n++) {
      this.#finished = false;
      this.#inspection.packet(this.#reader.packet(this.#next++), facts);
      if (n % LOOK_EVERY === 0 && performance.now() >= until) return;
    }
    if (!complete || this.#finished) return;
    if (this.#passes > 0) {
      this.#passes--;
      this.#next = 0;
      this.#inspection.nextPass();
      return;
    }
    this.#inspection.finish();
    this.#finished = true;
  }

  #found(row: number): void {
    const trace = this.#trace;
    this.packets.push(row);
    const [from, to] = trace.messagesOf(row);
    for (let m = from; m < to; m++) {
      const bits = trace.messageBits.get(m);
      if ((bits & KIND_MASK) !== 0) continue;
      const peer = trace.peer.get(m);
      const answered = (bits & REPLY) !== 0 && peer >= 0;
      const call = answered ? peer : m;
      if (trace.calls.has(call) && !this.calls.has(call)) this.calls.insert(call);
    }
  }
}
