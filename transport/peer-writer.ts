/**
 * Where outgoing messages are written: one after the other into a slab, each handed out as a view of its own. A slab
 * is never written over, so a duplex may keep what it was given until it is out. Nothing is allocated for a small
 * message but that view.
 */
import { Writer } from '../codec/xdr/index.ts';
import type { Message } from './message.ts';

const SLAB = 64 * 1024;

/** What has to be left in a slab to begin a message in it. */
const ROOM = 512;

/** Opaques from this length on go out from where they are; copying shorter ones costs less than a part of its own. */
const REFER_FROM = 32 * 1024;

/** Shared by any number of peers of one thread. */
export class MessageWriter {
  #slab: Writer | null = null;

  /** A writer to append one message to, from its `p` on. Ends with `end` or `abandon`. */
  begin(): Writer {
    const slab = this.#slab;
    // While it is out, whoever needs one (a getter of a value being encoded may make a call) gets another slab.
    this.#slab = null;
    return slab !== null && slab.n - slab.p >= ROOM ? slab : new Writer(SLAB, REFER_FROM);
  }

  /** The message written since `start`. */
  end(writer: Writer, start: number): Message {
    const { p } = writer;
    const message = writer.inserts.length === 0 ? writer.b.subarray(start, p) : writer.parts(start);
    writer.inserts.length = 0;
    // One that has grown holds a large message; keeping it would pin that for the sake of small ones.
    if (writer.n === SLAB) {
      writer.p = (p + 7) & ~7;
      this.#slab = writer;
    }
    return message;
  }

  /** Takes back what was written since `start`. */
  abandon(writer: Writer, start: number): void {
    writer.rewind(start, 0);
    if (writer.n === SLAB) this.#slab = writer;
  }
}
