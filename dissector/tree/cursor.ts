/**
 * Reads a message for the RPC walkers: every read is checked against the end of the bytes there are, and past it
 * SHORT is thrown, which only walk-rpc catches. Field helpers announce what they read.
 */
import type { FieldDef, Sink } from './field.ts';

/** Thrown when a read would pass the end of the message: of what, where, and how much it wanted. */
export class ShortMessage extends Error {
  override readonly name = 'ShortMessage';
  readonly offset: number;

  constructor(what: string, offset: number, wanted: number, left: number) {
    super(
      `${what} wants ${wanted} ${wanted === 1 ? 'byte' : 'bytes'}, ${left} ${left === 1 ? 'is' : 'are'} left`,
    );
    this.offset = offset;
  }
}

export class Cursor {
  buf: Buffer;
  view: DataView;
  /** where the message begins, its record mark included */
  readonly start: number;
  off: number;
  end: number;

  constructor(buf: Buffer, view: DataView, off: number, end: number, start = off) {
    this.buf = buf;
    this.view = view;
    this.start = start;
    this.off = off;
    this.end = end;
  }

  get left(): number {
    return this.end - this.off;
  }

  /** The word `at` bytes ahead. */
  peek32(at: number, what?: string): number {
    if (this.off + at + 4 > this.end) this.fail(at + 4, what);
    return this.view.getUint32(this.off + at);
  }

  u32(): number {
    const value = this.peek32(0);
    this.off += 4;
    return value;
  }

  skip(n: number): void {
    if (n > this.end - this.off) this.fail(n);
    this.off += n;
  }

  /** Says that `wanted` bytes from here are not there. */
  fail(wanted: number, what = 'the next value'): never {
    throw new ShortMessage(what, this.off, wanted, Math.max(0, this.end - this.off));
  }

  u32Field(sink: Sink, def: FieldDef): number {
    const value = this.peek32(0, def.name);
    sink.field(def, value, this.off, 4);
    this.off += 4;
    return value;
  }

  u64Field(sink: Sink, def: FieldDef): void {
    if (this.off + 8 > this.end) this.fail(8, def.name);
    sink.field(def, this.view.getBigUint64(this.off), this.off, 8);
    this.off += 8;
  }

  bytesField(sink: Sink, def: FieldDef, len: number, text?: string): void {
    if (len > this.end - this.off) this.fail(len, def.name);
    sink.field(def, null, this.off, len, 0, text);
    this.off += len;
  }
}
