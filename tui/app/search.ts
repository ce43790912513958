/**
 * Searching for text in what lines say and in the bytes of packets, from the chosen one on and round, a few
 * milliseconds at a time. `x:dead beef` looks for these bytes only.
 */
import { SequentialReader } from '../trace/sequential.ts';
import type { App } from './app.ts';
import type { Job } from './job.ts';

export interface Needle {
  readonly text: string;
  readonly bytes: Buffer;
}

/** Null for what is no search: nothing, or digits that make no bytes. */
export function parseNeedle(typed: string): Needle | null {
  const hex = /^x:((?:\s*[0-9a-fA-F]{2})+)\s*$/.exec(typed);
  if (hex !== null) return { text: '', bytes: Buffer.from(hex[1]!.replaceAll(/\s/g, ''), 'hex') };
  if (typed === '' || typed.startsWith('x:')) return null;
  return { text: typed.toLowerCase(), bytes: Buffer.from(typed) };
}

const LOOK_EVERY = 8;

export class SearchJob implements Job {
  readonly #needle: Needle;
  readonly #by: 1 | -1;
  readonly #reader: SequentialReader;
  readonly #total: number;
  readonly #start: number;
  #steps = 0;

  constructor(needle: Needle, by: 1 | -1, app: App) {
    this.#needle = needle;
    this.#by = by;
    this.#reader = new SequentialReader(app.capture.trace, app.capture.bytes);
    this.#total = app.rows.length;
    this.#start = app.list.cursor;
  }

  get status(): string {
    return `searching ${Math.floor((100 * this.#steps) / Math.max(1, this.#total))} %`;
  }

  step(until: number, app: App): boolean {
    while (this.#steps < this.#total) {
      this.#steps++;
      const index = (this.#start + this.#by * this.#steps + this.#total * 2) % this.#total;
      if (this.#matches(index, app)) {
        const wrapped = (index - this.#start) * this.#by <= 0;
        app.select(index);
        app.message = wrapped ? 'found, on from the other end' : '';
        return false;
      }
      if (this.#steps % LOOK_EVERY === 0 && performance.now() >= until) return true;
    }
    app.message = 'found nowhere';
    return false;
  }

  cancel(app: App): void {
    app.message = 'the search was stopped';
  }

  #matches(index: number, app: App): boolean {
    const value = app.rows.at(index);
    const packets = app.mode === 'packets' ? [value] : rowsOfCall(value, app);
    for (const row of packets) {
      const { buf, off, caplen } = this.#reader.packet(row);
      if (buf.subarray(off, off + caplen).includes(this.#needle.bytes)) return true;
      if (this.#needle.text === '') continue;
      if (app.notes.textOf(row).toLowerCase().includes(this.#needle.text)) return true;
    }
    if (this.#needle.text === '') return false;
    return app.line(index).cells.some((cell) => cell.toLowerCase().includes(this.#needle.text));
  }
}

function rowsOfCall(call: number, app: App): number[] {
  const { trace } = app.capture;
  const peer = trace.peer.get(call);
  return [call, ...(peer < 0 ? [] : [peer])].map((message) => trace.messageRow.get(message));
}
