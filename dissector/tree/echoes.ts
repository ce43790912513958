/**
 * Which request an echo answers (RFC 792, RFC 4443 section 4): by addresses, identifier and number. Keeps the latest
 * requests only; never throws.
 */
import type { Frame, LayerRange } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';

const MAX_REQUESTS = 4096;

const TYPES: ReadonlyMap<number, readonly [request: number, reply: number]> = new Map([
  [Layer.ICMP, [8, 0]],
  [Layer.ICMPV6, [128, 129]],
]);

export interface Echo {
  readonly reply: boolean;
  readonly id: number;
  readonly number: number;
  /** hops left; -1 where there is no IP header */
  readonly hops: number;
  /** frame of the request that this answers, 0 for none */
  readonly requestFrame: number;
}

export class Echoes {
  readonly #requests = new Map<string, number>();
  #latest: { readonly frame: number; readonly echo: Echo | null } = { frame: 0, echo: null };

  /** What the ICMP header at `r` says, null when it is no echo. Asked again about a packet, it says the same. */
  read(frame: Frame, r: LayerRange): Echo | null {
    const { number } = frame.packet;
    if (this.#latest.frame !== number) this.#latest = { frame: number, echo: this.#read(frame, r) };
    return this.#latest.echo;
  }

  #read(frame: Frame, r: LayerRange): Echo | null {
    const types = TYPES.get(r.kind);
    const type = r.buf[r.off] ?? -1;
    if (types === undefined || !types.includes(type) || r.end - r.off < 8) return null;
    const reply = type === types[1];
    const id = r.view.getUint16(r.off + 4);
    const number = r.view.getUint16(r.off + 6);
    const ip = frame.layers[frame.ipLayer];
    if (frame.ipLayer < 0 || ip === undefined) return { reply, id, number, hops: -1, requestFrame: 0 };
    const six = ip.kind === Layer.IPV6;
    const [at, size] = six ? [8, 16] : [12, 4];
    const address = (from: number) => ip.buf.toString('latin1', from, from + size);
    const [source, destination] = [address(ip.off + at), address(ip.off + at + size)];
    const key = (from: string, to: string) => `${id}.${number}.${from}.${to}`;
    const hops = ip.buf[ip.off + (six ? 7 : 8)] ?? -1;
    if (reply) {
      const requestFrame = this.#requests.get(key(destination, source)) ?? 0;
      return { reply, id, number, hops, requestFrame };
    }
    this.#note(key(source, destination), frame.packet.number);
    return { reply, id, number, hops, requestFrame: 0 };
  }

  #note(key: string, frame: number): void {
    // a request sent again is the latest again
    this.#requests.delete(key);
    if (this.#requests.size >= MAX_REQUESTS) {
      const [oldest] = this.#requests.keys();
      if (oldest !== undefined) this.#requests.delete(oldest);
    }
    this.#requests.set(key, frame);
  }
}
