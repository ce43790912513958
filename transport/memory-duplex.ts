/**
 * Two message duplexes joined in memory, for tests: messages arrive in order, when the test (or its clock) says so,
 * and the bytes given to a handler are overwritten when it returns, so that whoever keeps them notices. What a
 * paused side has not taken stays queued at the sender, as it does with a full TCP window.
 */
import type { CloseReason, Endpoint } from './channel.ts';
import { joined, type Message } from './message.ts';
import type { DuplexHandlers, MessageDuplex } from './message-duplex.ts';

export interface MemoryOptions {
  /** above this many queued bytes `send` gives false; below half of it `drain` follows */
  readonly highWater?: number;
  /** when what was sent is handed over; default: as a microtask. `clock.after` makes latency */
  readonly schedule?: (deliver: () => void) => void;
  readonly kind?: MessageDuplex['kind'];
}

type Item = { readonly bytes: Uint8Array } | 'end' | CloseReason;

/** What read buffers look like after the handler returned. */
const OVERWRITTEN = 0xa5;

export class MemoryDuplex implements MessageDuplex {
  readonly kind: MessageDuplex['kind'];
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly security = null;
  readonly #highWater: number;
  readonly #schedule: (deliver: () => void) => void;
  #other: MemoryDuplex | null = null;
  #handlers: DuplexHandlers | null = null;
  /** sent by this side, not yet taken by the other */
  readonly #outgoing: Item[] = [];
  #queued = 0;
  #blocked = false;
  #paused = false;
  #sentEnd = false;
  #closed = false;
  /** messages this side has sent, in order: for tests that look at the wire */
  readonly sent: Uint8Array[] = [];

  constructor(name: string, other: string, options: MemoryOptions) {
    this.kind = options.kind ?? 'pipe';
    this.local = { text: name, address: name, port: 0 };
    this.remote = { text: other, address: other, port: 0 };
    this.#highWater = options.highWater ?? 64 * 1024;
    this.#schedule = options.schedule ?? queueMicrotask;
  }

  join(other: MemoryDuplex): void {
    this.#other = other;
  }

  get queued(): number {
    return this.#queued;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get closed(): boolean {
    return this.#closed;
  }

  start(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
    this.#other?.deliver();
  }

  send(message: Message): boolean {
    if (this.#closed || this.#sentEnd) return false;
    const copy = Uint8Array.from(joined(message));
    this.sent.push(copy);
    this.#queued += copy.length;
    this.#put({ bytes: copy });
    if (this.#queued > this.#highWater) this.#blocked = true;
    return !this.#blocked;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#other?.later();
  }

  end(): void {
    if (this.#closed || this.#sentEnd) return;
    this.#sentEnd = true;
    this.#put('end');
  }

  close(): void {
    if (this.#closed) return;
    this.#put({ kind: 'closed' });
    this.#finish({ kind: 'closed' });
  }

  reset(): void {
    if (this.#closed) return;
    this.#outgoing.length = 0;
    this.#put({ kind: 'reset' });
    this.#finish({ kind: 'reset' });
  }

  later(): void {
    this.#schedule(() => this.deliver());
  }

  /** Hands over what the other side will take now. */
  deliver(): void {
    const other = this.#other;
    if (other === null) return;
    while (this.#outgoing.length > 0 && other.#takes(this.#outgoing[0] as Item)) {
      const item = this.#outgoing.shift() as Item;
      if (typeof item === 'object' && 'bytes' in item) {
        this.#queued -= item.bytes.length;
        const lent = item.bytes.slice();
        other.#handlers?.message(lent);
        lent.fill(OVERWRITTEN);
      } else if (item === 'end') {
        other.#handlers?.end();
      } else {
        other.#finish(item);
      }
    }
    if (this.#blocked && this.#queued <= this.#highWater / 2 && !this.#closed) {
      this.#blocked = false;
      this.#handlers?.drain();
    }
  }

  #takes(item: Item): boolean {
    if (this.#closed) return true;
    if (this.#handlers === null) return false;
    return !this.#paused || (typeof item === 'object' && 'kind' in item && item.kind === 'reset');
  }

  #put(item: Item): void {
    this.#outgoing.push(item);
    this.later();
  }

  #finish(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.closed(reason);
  }
}

/** A joined pair: what one sends the other receives. */
export function memoryPair(options: MemoryOptions = {}): [MemoryDuplex, MemoryDuplex] {
  const a = new MemoryDuplex('memory:a', 'memory:b', options);
  const b = new MemoryDuplex('memory:b', 'memory:a', options);
  a.join(b);
  b.join(a);
  return [a, b];
}
