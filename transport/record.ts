/**
 * Decorator that hands every message of a duplex to a sink, both directions, as it stands on the wire in the clear.
 * A sink that fails is told no more, and once said so; the duplex goes on.
 */
import type { ChannelKind, CloseReason, Endpoint, Security } from './channel.ts';
import { type Dialect, oncRpc } from './dialect.ts';
import { type Message, messageBytes, partsOf } from './message.ts';
import type { DuplexHandlers, MessageDuplex } from './message-duplex.ts';

/** Who opened the connection: `client` when this side did. */
export type RecordedSide = 'client' | 'server';

export interface RecordedConnection {
  readonly kind: ChannelKind | 'udp';
  readonly side: RecordedSide;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** `parts` of a message (its frame's prefix, its bytes) are valid during the call only. */
export interface ConnectionSink {
  message(direction: 'sent' | 'received', parts: readonly Uint8Array[]): void;
  end(direction: 'sent' | 'received'): void;
  /** `by`: whose reset it was; ours (`sent`) unless it says otherwise */
  closed(reset: boolean, by?: 'sent' | 'received'): void;
}

export interface RecordSink {
  open(connection: RecordedConnection): ConnectionSink;
}

/** `sink`, told no more of anything once it has failed: recording must not cost the connection. */
export function carefulSink(sink: RecordSink, onProblem?: (error: Error) => void): RecordSink {
  let failed = false;
  const tell = <T>(f: () => T): T | null => {
    if (failed) return null;
    try {
      return f();
    } catch (error) {
      failed = true;
      onProblem?.(error as Error);
      return null;
    }
  };
  return {
    open(connection) {
      let inner = tell(() => sink.open(connection));
      return {
        message: (direction, parts) => void tell(() => inner?.message(direction, parts)),
        end: (direction) => void tell(() => inner?.end(direction)),
        closed(reset, by) {
          tell(() => inner?.closed(reset, by));
          inner = null;
        },
      };
    },
  };
}

export interface RecordOptions {
  readonly side: RecordedSide;
  readonly dialect?: Dialect;
  readonly onProblem?: (error: Error) => void;
}

class RecordedDuplex implements MessageDuplex {
  readonly #inner: MessageDuplex;
  readonly #dialect: Dialect;
  readonly #sink: ConnectionSink;

  constructor(inner: MessageDuplex, sink: RecordSink, options: RecordOptions) {
    this.#inner = inner;
    this.#dialect = options.dialect ?? oncRpc;
    const { kind, local, remote } = inner;
    this.#sink = carefulSink(sink, options.onProblem).open({ kind, local, remote, side: options.side });
  }

  get kind(): ChannelKind | 'udp' {
    return this.#inner.kind;
  }

  get local(): Endpoint {
    return this.#inner.local;
  }

  get remote(): Endpoint {
    return this.#inner.remote;
  }

  get security(): Security | null {
    return this.#inner.security;
  }

  get queued(): number {
    return this.#inner.queued;
  }

  start(handlers: DuplexHandlers): void {
    this.#inner.start({
      message: (bytes, owned) => {
        this.#message('received', bytes);
        handlers.message(bytes, owned);
      },
      drain: () => handlers.drain(),
      end: () => {
        this.#sink.end('received');
        handlers.end();
      },
      closed: (reason: CloseReason) => {
        this.#sink.closed(reason.kind !== 'closed');
        handlers.closed(reason);
      },
    });
  }

  send(message: Message): boolean {
    this.#message('sent', message);
    return this.#inner.send(message);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#sink.end('sent');
    this.#inner.end();
  }

  close(deadlineMs?: number): void {
    this.#inner.close(deadlineMs);
  }

  reset(): void {
    this.#inner.reset();
  }

  #message(direction: 'sent' | 'received', message: Message): void {
    const parts = partsOf(message);
    const { prefixBytes } = this.#dialect;
    if (prefixBytes === 0 || this.#inner.kind === 'udp') {
      this.#sink.message(direction, parts);
      return;
    }
    const prefix = new Uint8Array(prefixBytes);
    this.#dialect.writePrefix(prefix, 0, messageBytes(message));
    this.#sink.message(direction, [prefix, ...parts]);
  }
}

export function record(duplex: MessageDuplex, sink: RecordSink, options: RecordOptions): MessageDuplex {
  return new RecordedDuplex(duplex, sink, options);
}
