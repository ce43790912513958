/**
 * A proxy: each connection that comes is connected on to the target, and bytes pass unchanged in both directions with
 * all that an end can say besides: half-close, reset, and that it has enough for now. TLS on either side ends here. What
 * passes, in the clear, is told to a sink (record.ts). Memory for a direction: what `write` takes before it says no
 * (HIGH_WATER), and one read. Rejects with TransportError when it cannot listen.
 */
import type { Channel, ChannelHandlers, CloseReason, Endpoint } from './channel.ts';
import { openChannel } from './connect.ts';
import { isTransportError, TransportError } from './errors.ts';
import { type Accepted, listenChannels } from './listen.ts';
import { ProxiedDatagrams } from './proxy-datagrams.ts';
import type { ProxyOptions, RunningProxy, Shared, Tally } from './proxy-types.ts';
import { type ConnectionSink, carefulSink } from './record.ts';
import { parseTarget, type Target, targetUrl } from './target.ts';

const MAX_CONNECTIONS = 1024;

/** Starts listening. Streams go to streams, datagrams to datagrams: anything else is BAD_TARGET. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const [listen, target] = [options.listen, options.target].map((one) =>
    typeof one === 'string' ? parseTarget(one) : one,
  ) as [Target, Target];
  if ((listen.kind === 'udp') !== (target.kind === 'udp')) {
    throw new TransportError(
      'BAD_TARGET',
      `${targetUrl(listen)} cannot pass on to ${targetUrl(target)}: one has datagrams, the other a stream`,
    );
  }
  const sink = carefulSink(options.sink, options.onProblem);
  const counts: Tally = { connections: 0, open: 0, refused: 0, there: 0, back: 0 };
  const shared = { ...options, listen, target, sink };
  if (listen.kind === 'udp') return ProxiedDatagrams.start(shared, counts);
  return listenStreams(shared, counts);
}

async function listenStreams(options: Shared, counts: Tally): Promise<RunningProxy> {
  const { listen, maxConnections = MAX_CONNECTIONS, onProblem } = options;
  const open = new Set<Passage>();
  let admitted = 0;
  const admit = (accepted: Accepted): boolean => {
    if (admitted >= maxConnections) {
      counts.refused++;
      return false;
    }
    admitted++;
    accepted.onGone(() => admitted--);
    return true;
  };
  const problem = (error: Error, from?: Endpoint): void => {
    // The errors of handshakes name the other end already.
    onProblem?.(from === undefined || isTransportError(error) ? error : about(from.text, error));
  };
  const listener = await listenChannels(listen, { admit, onProblem: problem }, (channel) => {
    counts.connections++;
    counts.open++;
    const passage = new Passage(channel, options, counts);
    open.add(passage);
    void passage.gone.then(() => {
      counts.open--;
      open.delete(passage);
    });
  });
  return {
    url: listener.url,
    counts,
    close: () => listener.close(),
    async stop(deadlineMs) {
      await listener.close();
      for (const passage of open) passage.close(deadlineMs);
      await Promise.all([...open].map((passage) => passage.gone));
    },
  };
}

/** One connection, and the one to the target that it became. */
class Passage {
  /** resolves when neither end is left */
  readonly gone: Promise<void>;
  readonly #options: Shared;
  readonly #counts: Tally;
  readonly #recording: ConnectionSink;
  readonly #connecting = new AbortController();
  readonly #front: Channel;
  #back: Channel | null = null;
  /** ends that are open: the back one counts from the start, connected or not */
  #ends = 2;
  /** directions that were ended in good order */
  #ended = 0;
  #wasReset = false;
  #resolveGone: () => void = () => {};

  constructor(front: Channel, options: Shared, counts: Tally) {
    this.#front = front;
    this.#options = options;
    this.#counts = counts;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    const { kind, local, remote } = front;
    this.#recording = options.sink.open({ kind, local, remote, side: 'server' });
    // Nothing is read before there is somewhere to put it.
    front.pause();
    front.start(this.#handlers(front, () => this.#back, 'received'));
    this.#connect().catch((error: Error) => {
      this.#ends--;
      this.#fail('sent', this.#connecting.signal.aborted ? null : error);
    });
  }

  close(deadlineMs: number): void {
    this.#connecting.abort();
    this.#front.close(deadlineMs);
    this.#back?.close(deadlineMs);
  }

  async #connect(): Promise<void> {
    const { target, connectMs, onInsecure, onProblem } = this.#options;
    const back = await openChannel(target, {
      signal: this.#connecting.signal,
      ...(connectMs === undefined ? {} : { timeoutMs: connectMs }),
      ...(onInsecure === undefined ? {} : { tls: { onInsecure } }),
      ...(onProblem === undefined ? {} : { onProblem }),
    });
    this.#back = back;
    back.start(this.#handlers(back, () => this.#front, 'sent'));
    this.#front.resume();
  }

  /** What is to be done with what comes from `from`; `direction` as the recording has it. */
  #handlers(from: Channel, to: () => Channel | null, direction: 'received' | 'sent'): ChannelHandlers {
    const count = direction === 'received' ? 'there' : 'back';
    return {
      data: (bytes) => {
        this.#recording.message(direction, [bytes]);
        this.#counts[count] += bytes.length;
        // Written bytes are the channel's until they are out, and these will be overwritten.
        if (to()?.write(new Uint8Array(bytes)) === false) from.pause();
      },
      end: () => {
        this.#ended++;
        this.#recording.end(direction);
        to()?.end();
      },
      drain: () => to()?.resume(),
      closed: (reason) => {
        this.#ends--;
        this.#closed(reason, to(), direction);
      },
    };
  }

  #closed({ kind, error }: CloseReason, other: Channel | null, direction: 'received' | 'sent'): void {
    if (kind !== 'closed') {
      this.#fail(direction, kind === 'error' ? (error ?? null) : null);
      return;
    }
    // Both directions ended: the other end closes by itself, once what it still has to send is out.
    if (this.#ended < 2) {
      this.#connecting.abort();
      other?.close();
    }
    this.#settle();
  }

  /** One end is gone without a farewell, and so the other is told. */
  #fail(by: 'received' | 'sent', error: Error | null): void {
    if (!this.#wasReset) {
      this.#wasReset = true;
      this.#recording.closed(true, by);
      if (error !== null) this.#options.onProblem?.(about(this.#front.remote.text, error));
    }
    this.#connecting.abort();
    this.#front.reset();
    this.#back?.reset();
    this.#settle();
  }

  #settle(): void {
    if (this.#ends > 0) return;
    if (!this.#wasReset) this.#recording.closed(false);
    this.#resolveGone();
  }
}

/** An error and whose connection it was about. */
function about(client: string, error: Error): Error {
  return new Error(`${client}: ${error.message}`, { cause: error });
}
