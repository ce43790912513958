/** What a list shows: all packets, all calls, or those of them that a filter lets through. Rising numbers. */
import type { NumberList } from './growing.ts';
import type { Trace } from './trace.ts';

export interface Rows {
  readonly length: number;
  /** row of a packet, or number of a message that begins a call */
  at(index: number): number;
  /** where `value` stands, or the first one behind it */
  find(value: number): number;
}

export function allPackets(trace: Trace): Rows {
  return {
    get length() {
      return trace.length;
    },
    at: (index) => index,
    find: (value) => Math.min(value, trace.length),
  };
}

export function listed(list: NumberList): Rows {
  return {
    get length() {
      return list.length;
    },
    at: (index) => list.get(index),
    find: (value) => list.find(value),
  };
}
