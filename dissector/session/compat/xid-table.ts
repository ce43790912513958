/**
 * Calls by xid as tshark keeps them: for ever, the first one with an xid in a conversation winning.
 */
import type { CallRecord } from '../pdu.ts';

export class XidTable {
  readonly #calls = new Map<number, CallRecord>();

  get(xid: number): CallRecord | undefined {
    return this.#calls.get(xid);
  }

  add(record: CallRecord): void {
    this.#calls.set(record.xid, record);
  }
}
