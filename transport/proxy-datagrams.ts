/**
 * The proxy's side of UDP: each client gets a socket of its own to the target, so that the target's answers find their
 * way back. Clients are bounded, the one longest silent out; what comes while a socket is opened waits, bounded too.
 * What cannot be passed on is lost, as on the wire.
 */
import type { DatagramChannel, Endpoint } from './channel.ts';
import type { ProxyCounts, RunningProxy, Shared, Tally } from './proxy-types.ts';
import { recordDatagrams } from './record-datagrams.ts';
import { joinHostPort } from './target.ts';
import { bindUdp, openUdp } from './udp.ts';

const MAX_CLIENTS = 1024;

/** Datagrams of one client that wait for its socket. */
const MAX_WAITING = 16;

/** A client's way to the target. */
interface Way {
  channel: DatagramChannel | null;
  to: Endpoint | null;
  waiting: Uint8Array[];
  closed: boolean;
}

export class ProxiedDatagrams implements RunningProxy {
  readonly url: string;
  readonly counts: ProxyCounts;
  readonly #options: Shared;
  readonly #tally: Tally;
  readonly #front: DatagramChannel;
  /** by the client's endpoint; the longest silent first */
  readonly #ways = new Map<string, Way>();

  static async start(options: Shared, tally: Tally): Promise<ProxiedDatagrams> {
    const { onProblem = () => {} } = options;
    const front = await bindUdp(options.listen, { onProblem });
    return new ProxiedDatagrams(recordDatagrams(front, options.sink, onProblem), options, tally);
  }

  private constructor(front: DatagramChannel, options: Shared, tally: Tally) {
    this.#front = front;
    this.#options = options;
    this.#tally = tally;
    this.counts = tally;
    this.url = `udp://${joinHostPort(front.local.address, front.local.port)}`;
    front.start({ message: (bytes, from) => this.#there(bytes, from), closed: () => {} });
  }

  async close(): Promise<void> {
    this.#front.close();
    for (const [client, way] of this.#ways) this.#drop(client, way);
  }

  stop(): Promise<void> {
    return this.close();
  }

  #there(bytes: Uint8Array, from: Endpoint): void {
    this.#tally.there += bytes.length;
    const way = this.#wayOf(from);
    if (way.channel !== null && way.to !== null) way.channel.send(bytes, way.to);
    else if (way.waiting.length < MAX_WAITING) way.waiting.push(bytes);
  }

  #wayOf(from: Endpoint): Way {
    const known = this.#ways.get(from.text);
    if (known !== undefined) {
      this.#ways.delete(from.text);
      this.#ways.set(from.text, known);
      return known;
    }
    const { maxConnections = MAX_CLIENTS } = this.#options;
    for (const [silent, other] of this.#ways) {
      if (this.#ways.size < maxConnections) break;
      this.#drop(silent, other);
    }
    const way: Way = { channel: null, to: null, waiting: [], closed: false };
    this.#ways.set(from.text, way);
    this.#tally.connections++;
    this.#tally.open++;
    this.#open(way, from).catch((error: Error) => {
      this.#drop(from.text, way);
      this.#options.onProblem?.(new Error(`${from.text}: ${error.message}`, { cause: error }));
    });
    return way;
  }

  async #open(way: Way, from: Endpoint): Promise<void> {
    const onProblem = (error: Error): void =>
      this.#options.onProblem?.(new Error(`${from.text}: ${error.message}`, { cause: error }));
    const { channel, to } = await openUdp(this.#options.target, { onProblem });
    if (way.closed) {
      channel.close();
      return;
    }
    way.channel = channel;
    way.to = to;
    channel.start({
      message: (bytes) => {
        this.#tally.back += bytes.length;
        this.#front.send(bytes, from);
      },
      closed: () => {},
    });
    for (const bytes of way.waiting.splice(0)) channel.send(bytes, to);
  }

  #drop(client: string, way: Way): void {
    if (way.closed) return;
    way.closed = true;
    way.channel?.close();
    this.#ways.delete(client);
    this.#tally.open--;
  }
}
