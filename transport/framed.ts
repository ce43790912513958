/**
 * Messages over a Channel: a dialect's framing on both directions. Small messages sent in one turn of the event
 * loop go out as one write; large ones are never copied. A stream that breaks the dialect's limits, stops in the
 * middle of a message or takes too long over one closes the channel, and `closed` says why. Memory is bounded by the
 * record limit while reading, and by what the caller sends beyond `send`'s false while writing.
 */
import { isRpcError, RpcError } from '../codec/rpc/errors.ts';
import type { Channel, ChannelKind, CloseReason, Endpoint, Security } from './channel.ts';
import type { Dialect, Framed, FrameLimits, FrameReader } from './dialect.ts';
import { oncRpc } from './dialect.ts';
import { type Message, messageBytes, partsOf } from './message.ts';
import type { DuplexHandlers, MessageDuplex } from './message-duplex.ts';
import { Deadline, type TimerWheel } from './timer-wheel.ts';

/** Messages, and parts of them, up to this length are copied into the turn's common buffer. */
const SMALL_BYTES = 16 * 1024;

/** A turn's messages go out early once they are this many bytes. */
const BATCH_BYTES = 64 * 1024;

export interface FramedOptions {
  readonly dialect?: Dialect;
  readonly limits?: Partial<FrameLimits>;
  /** with it, a half-received message meets a deadline */
  readonly wheel?: TimerWheel;
  /** longest time without a byte within a message, in milliseconds */
  readonly stallMs?: number;
  /** a message may take `stallMs` and its received bytes at this many bytes a second */
  readonly minBytesPerSecond?: number;
  /** told of bytes read and written, framing included */
  readonly onBytes?: (direction: 'in' | 'out', count: number) => void;
}

export class FramedDuplex implements MessageDuplex {
  readonly #channel: Channel;
  readonly #dialect: Dialect;
  readonly #reader: FrameReader;
  readonly #options: FramedOptions;
  #handlers: DuplexHandlers | null = null;

  /** sent in this turn and not yet written; `#batchBytes` with prefixes */
  #batch: Message[] = [];
  #batchBytes = 0;
  #flushing = false;
  readonly #flushIfAsked = (): void => {
    if (this.#flushing) this.#flush();
  };
  #full = false;
  #ended = false;

  #paused = false;
  #delivering = false;
  /** the other side ended, and what it sent before is still being taken */
  #endPending = false;
  #failure: RpcError | null = null;

  /** the half-received message's deadline: since when, how many bytes, the last of them when */
  #deadline: Deadline | null = null;
  #since = -1;
  #received = 0;
  #progress = 0;

  constructor(channel: Channel, options: FramedOptions = {}) {
    this.#channel = channel;
    this.#dialect = options.dialect ?? oncRpc;
    this.#options = options;
    this.#reader = this.#dialect.reader(options.limits);
  }

  get kind(): ChannelKind {
    return this.#channel.kind;
  }

  get local(): Endpoint {
    return this.#channel.local;
  }

  get remote(): Endpoint {
    return this.#channel.remote;
  }

  get security(): Security | null {
    return this.#channel.security;
  }

  get queued(): number {
    return this.#channel.queued + this.#batchBytes;
  }

  start(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
    this.#channel.start({
      data: (bytes) => this.#data(bytes),
      room: () => this.#reader.room(),
      end: () => this.#end(),
      drain: () => this.#drain(),
      closed: (reason) => this.#closed(reason),
    });
  }

  // --- sending

  send(message: Message): boolean {
    if (this.#ended) return false;
    this.#batch.push(message);
    this.#batchBytes += this.#dialect.prefixBytes + messageBytes(message);
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    else this.#flushLater();
    return !this.#full;
  }

  end(): void {
    if (this.#ended) return;
    this.#flush();
    this.#ended = true;
    this.#channel.end();
  }

  close(deadlineMs?: number): void {
    this.#flush();
    this.#ended = true;
    this.#stopWatching();
    this.#channel.close(deadlineMs);
  }

  reset(): void {
    this.#forget();
    this.#channel.reset();
  }

  /**
   * At the end of the turn: after the message being delivered and its siblings, or, outside of a delivery, after what
   * the promises that settle now send too. (An Immediate would come later still, and costs a synchronous caller 10 %.)
   */
  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    if (!this.#delivering) process.nextTick(this.#flushIfAsked);
  }

  /** Writes what was sent since the last time: all that is small through one buffer, the rest as it is. */
  #flush(): void {
    this.#flushing = false;
    if (this.#batch.length === 0) return;
    const messages = this.#batch;
    const bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#options.onBytes?.('out', bytes);
    if (!this.#channel.writeAll(this.#frame(messages, bytes))) this.#full = true;
  }

  /** The messages with their prefixes, `bytes` in all. */
  #frame(messages: readonly Message[], bytes: number): Uint8Array[] {
    const { prefixBytes } = this.#dialect;
    let large = 0;
    for (const message of messages) {
      if (message instanceof Uint8Array && isSmall(message)) continue;
      for (const part of partsOf(message)) if (!isSmall(part)) large += part.length;
    }
    const small = Buffer.allocUnsafe(bytes - large);
    const out: Uint8Array[] = [];
    let cut = 0;
    let at = 0;
    for (const message of messages) {
      this.#dialect.writePrefix(small, at, messageBytes(message));
      at += prefixBytes;
      if (message instanceof Uint8Array && isSmall(message)) {
        small.set(message, at);
        at += message.length;
        continue;
      }
      for (const part of partsOf(message)) {
        if (isSmall(part)) {
          small.set(part, at);
          at += part.length;
        } else {
          if (at > cut) out.push(small.subarray(cut, at));
          out.push(part);
          cut = at;
        }
      }
    }
    if (at > cut) out.push(cut === 0 ? small : small.subarray(cut));
    return out;
  }

  #drain(): void {
    this.#full = false;
    this.#handlers?.drain();
  }

  // --- receiving

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#stopWatching();
    // Within a delivery the channel is stopped at its end, if the pause lasts that long.
    if (!this.#delivering) this.#channel.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Within a delivery the loop goes on by itself; else messages already here come on a turn of their own.
    if (!this.#delivering) queueMicrotask(() => this.#continue());
  }

  #continue(): void {
    if (this.#paused || this.#delivering || this.#handlers === null) return;
    this.#deliver();
    if (!this.#paused && this.#handlers !== null) this.#channel.resume();
  }

  #data(bytes: Uint8Array): void {
    if (this.#handlers === null || this.#failure !== null) return;
    this.#options.onBytes?.('in', bytes.length);
    this.#received += bytes.length;
    this.#reader.push(bytes);
    if (this.#paused || this.#delivering) {
      this.#reader.detach();
      return;
    }
    this.#deliver();
  }

  /** Hands over whole messages until there are no more or the other side of the interface pauses. */
  #deliver(): void {
    this.#delivering = true;
    let taken = false;
    try {
      while (!this.#paused && this.#handlers !== null && this.#failure === null) {
        const message = this.#next();
        if (message === null) break;
        taken = true;
        this.#handlers.message(message.bytes, !message.borrowed);
      }
    } finally {
      this.#delivering = false;
      this.#flushIfAsked();
    }
    if (this.#handlers === null || this.#failure !== null) return;
    if (this.#paused) {
      this.#reader.detach();
      this.#channel.pause();
      return;
    }
    this.#watch(taken);
    if (this.#endPending) this.#end();
  }

  #next(): Framed | null {
    try {
      return this.#reader.next();
    } catch (error) {
      if (!isRpcError(error)) throw error;
      this.#break(error);
      return null;
    }
  }

  #end(): void {
    if (this.#handlers === null || this.#failure !== null) return;
    if (this.#paused || this.#delivering) {
      this.#endPending = true;
      return;
    }
    this.#endPending = false;
    this.#stopWatching();
    if (this.#reader.partial) {
      this.#break(new RpcError('MALFORMED', 'the stream ended within a message'));
      return;
    }
    this.#handlers.end();
  }

  // --- ending

  /** The other side broke the rules: nothing more is taken from it. */
  #break(error: RpcError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#forget();
    this.#channel.reset();
  }

  #closed(reason: CloseReason): void {
    this.#forget();
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.closed(this.#failure === null ? reason : { kind: 'error', error: this.#failure });
  }

  #forget(): void {
    this.#ended = true;
    this.#stopWatching();
    this.#flushing = false;
    this.#batch = [];
    this.#batchBytes = 0;
  }

  // --- the deadline of a half-received message

  #watch(taken: boolean): void {
    const { wheel } = this.#options;
    if (wheel === undefined) return;
    if (!this.#reader.partial) {
      this.#stopWatching();
      return;
    }
    const now = wheel.clock.now();
    this.#progress = now;
    if (this.#since < 0 || taken) {
      this.#since = now;
      this.#received = this.#reader.buffered;
    }
    this.#deadline ??= new Deadline(() => this.#expired(wheel));
    if (this.#deadline.after === null) wheel.add(this.#deadline, this.#allowed() - now);
  }

  /** When the half-received message must be whole, as it stands. */
  #allowed(): number {
    const { stallMs = 10_000, minBytesPerSecond = 64 * 1024 } = this.#options;
    const rate = (1000 * this.#received) / minBytesPerSecond;
    return stallMs + Math.min(this.#progress, this.#since + rate);
  }

  #expired(wheel: TimerWheel): void {
    const left = this.#allowed() - wheel.clock.now();
    if (left > 0) wheel.add(this.#deadline as Deadline, left);
    else this.#break(new RpcError('TIMEOUT', 'a message was not received whole in time'));
  }

  #stopWatching(): void {
    this.#since = -1;
    if (this.#deadline !== null) this.#options.wheel?.remove(this.#deadline);
  }
}

function isSmall(bytes: Uint8Array): boolean {
  return bytes.length <= SMALL_BYTES;
}

/** Messages over `channel`; ONC RPC with record marking unless another dialect is given. */
export function framed(channel: Channel, options: FramedOptions = {}): MessageDuplex {
  return new FramedDuplex(channel, options);
}
