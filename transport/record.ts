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
  closed(reset: boolean): void;
}

export interface RecordSink {
  open(connection: RecordedConnection): ConnectionSink;
}

export interface RecordOptions {
  readonly side: RecordedSide;
  readonly dialect?: Dialect;
  readonly onProblem?: (error: Error) => void;
}

class RecordedDuplex implements MessageDuplex {
  readonly #inner: MessageDuplex;
  readonly #dialect: Dialect;
  readonly #options: RecordOptions;
  #sink: ConnectionSink | null = null;

  constructor(inner: MessageDuplex, sink: RecordSink, options: RecordOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#dialect = options.dialect ?? oncRpc;
    const { kind, local, remote } = inner;
    this.#tell(() => {
      this.#sink = sink.open({ kind, local, remote, side: options.side });
    });
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
        this.#tell((sink) => sink?.end('received'));
        handlers.end();
      },
      closed: (reason: CloseReason) => {
        this.#tell((sink) => sink?.closed(reason.kind !== 'closed'));
        this.#sink = null;
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
    this.#tell((sink) => sink?.end('sent'));
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
      this.#tell((sink) => sink?.message(direction, parts));
      return;
    }
    const prefix = new Uint8Array(prefixBytes);
    this.#dialect.writePrefix(prefix, 0, messageBytes(message));
    this.#tell((sink) => sink?.message(direction, [prefix, ...parts]));
  }

  /** Recording must not cost the connection. */
  #tell(f: (sink: ConnectionSink | null) => void): void {
    try {
      f(this.#sink);
    } catch (error) {
      this.#sink = null;
      this.#options.onProblem?.(error as Error);
    }
  }
}

export function record(duplex: MessageDuplex, sink: RecordSink, options: RecordOptions): MessageDuplex {
  return new RecordedDuplex(duplex, sink, options);
}
