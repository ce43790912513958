/**
 * The taps behind `-z follow,tcp` and `-z follow,udp`: what the two sides of one conversation said, in tshark's
 * layout. TCP is put in order first; bytes that were never captured are told in the text, as tshark does. What is
 * kept is bounded by `MAX_BYTES`; throws StatisticError for its arguments only.
 */
import type { Flow } from '../network/flow.ts';
import type { Frame } from '../network/frame.ts';
import { TcpReassembler } from '../network/tcp-reassembler.ts';
import { type Statistic, StatisticError, type StatisticTap } from './statistic.ts';

const MAX_BYTES = 64 << 20;
const RULE = '===================================================================';
const MODES = ['ascii', 'hex', 'raw'] as const;
type Mode = (typeof MODES)[number];

/** What one side said at a time: a datagram, or the new bytes of a segment. */
interface Chunk {
  readonly side: 0 | 1;
  readonly bytes: Buffer;
}

/** The conversation asked for: by its number, or by its endpoints. */
type Wanted = { readonly index: number } | { readonly ends: readonly [string, string] };

interface FollowSettings {
  readonly protocol: 'tcp' | 'udp';
  readonly mode: Mode;
  readonly wanted: Wanted;
  /** chunks shown, counted from 1 */
  readonly first: number;
  readonly last: number;
}

class FollowedStream {
  readonly #settings: FollowSettings;
  readonly #chunks: Chunk[] = [];
  readonly #reassembler: TcpReassembler;
  /** the conversation's stand-in in our reassembler: the session layer has its own, and both mark the flow */
  #own: Flow | null = null;
  #flow: Flow | null = null;
  #kept = 0;
  #dropped = 0;

  constructor(settings: FollowSettings) {
    this.#settings = settings;
    this.#reassembler = new TcpReassembler({
      onStart: () => undefined,
      onBytes: (_flow, dir, buf, _view, off, len) => this.#add(dir, buf.subarray(off, off + len)),
      onGap: (_flow, dir, missing, reason) => {
        if (reason !== 'lost') return;
        // tshark's text, with the NUL that it keeps
        this.#add(dir, Buffer.from(`[${missing} bytes missing in capture file]\0`));
      },
      onClose: () => undefined,
    });
  }

  add(frame: Frame): void {
    const { flow } = frame;
    if (flow === null || frame.quoteLayer >= 0 || !this.#wants(frame, flow)) return;
    this.#flow ??= flow;
    if (this.#settings.protocol === 'udp') {
      const { tbuf, payloadOff, payloadLen } = frame;
      if (payloadLen > 0) this.#add(frame.dir, tbuf.subarray(payloadOff, payloadOff + payloadLen));
      return;
    }
    this.#own ??= { ...flow, session: null, tcp: null };
    this.#reassembler.segment({ ...frame, flow: this.#own });
  }

  #wants(frame: Frame, flow: Flow): boolean {
    if (this.#flow !== null) return flow.protocol === this.#flow.protocol && flow.index === this.#flow.index;
    if (frame.transport !== (this.#settings.protocol === 'tcp' ? 6 : 17)) return false;
    const { wanted } = this.#settings;
    if ('index' in wanted) return flow.index === wanted.index;
    const ends = [endText(flow.aAddr, flow.aPort), endText(flow.bAddr, flow.bPort)];
    return wanted.ends.every((end) => ends.includes(end));
  }

  #add(side: 0 | 1, bytes: Buffer): void {
    if (this.#kept + bytes.length > MAX_BYTES) {
      this.#dropped += bytes.length;
      return;
    }
    this.#kept += bytes.length;
    this.#chunks.push({ side, bytes: Buffer.from(bytes) });
  }

  text(): string {
    this.#reassembler.flush();
    const { protocol, mode, wanted, first, last } = this.#settings;
    const flow = this.#flow;
    const filter = 'index' in wanted ? `${protocol}.stream eq ${wanted.index}` : endsFilter(protocol, wanted);
    const sent: [number, number] = [0, 0];
    const shown = this.#chunks.map(({ side, bytes }, i) => {
      const text = i + 1 < first || i + 1 > last ? '' : chunkText(mode, side, bytes, sent[side]);
      sent[side] += bytes.length;
      return text;
    });
    return [
      `\n${RULE}\n`,
      `Follow: ${protocol},${mode}\n`,
      `Filter: ${filter}\n`,
      `Node 0: ${flow === null ? ':0' : endText(flow.aAddr, flow.aPort)}\n`,
      `Node 1: ${flow === null ? ':0' : endText(flow.bAddr, flow.bPort)}\n`,
      ...shown,
      ...(this.#dropped === 0 ? [] : [`${this.#dropped} more bytes were not kept\n`]),
      `${RULE}\n`,
    ].join('');
  }
}

function chunkText(mode: Mode, side: 0 | 1, bytes: Buffer, offset: number): string {
  const indent = side === 0 ? '' : '\t';
  if (mode === 'raw') return `${indent}${bytes.toString('hex')}\n`;
  if (mode === 'ascii') return `${indent}${bytes.length}\n${asciiText(bytes, true)}\n`;
  let out = '';
  for (let at = 0; at < bytes.length; at += 16) {
    out += `${indent}${hexLine(offset + at, bytes.subarray(at, at + 16))}\n`;
  }
  return out;
}

/** Offset, sixteen bytes in two groups, and the same as text. */
function hexLine(offset: number, bytes: Buffer): string {
  const halves = [bytes.subarray(0, 8), bytes.subarray(8)];
  const hex = halves.map((half) => [...half].map((b) => b.toString(16).padStart(2, '0')).join(' '));
  const text = halves.map((half) => asciiText(half, false));
  const head = offset.toString(16).toUpperCase().padStart(8, '0');
  return `${head}  ${hex.join('  ').trimEnd().padEnd(48)}  ${text.join(' ').trimEnd()}`;
}

/** Printable ASCII, everything else as a dot; `lines`: ends of lines stay. */
function asciiText(bytes: Buffer, lines: boolean): string {
  return bytes.toString('latin1').replace(lines ? /[^\x20-\x7e\r\n]/g : /[^\x20-\x7e]/g, '.');
}

function endText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function endsFilter(protocol: string, { ends }: { readonly ends: readonly [string, string] }): string {
  const [a, b] = ends.map((end) => {
    const at = end.lastIndexOf(':');
    const address = end.slice(0, at).replace(/^\[|\]$/g, '');
    return { ip: address.includes(':') ? 'ipv6' : 'ip', address, port: end.slice(at + 1) };
  });
  const way = (from: typeof a, to: typeof a) =>
    `((${from!.ip}.src eq ${from!.address} and ${protocol}.srcport eq ${from!.port}) and ` +
    `(${to!.ip}.dst eq ${to!.address} and ${protocol}.dstport eq ${to!.port}))`;
  return `${way(a, b)} or ${way(b, a)}`;
}

/** `ascii,N`, `ascii,ADDRESS:PORT,ADDRESS:PORT`, either followed by `,FIRST[-LAST]`. */
function settings(protocol: 'tcp' | 'udp', args: string): FollowSettings {
  const [mode, ...rest] = args.split(',');
  if (!MODES.includes(mode as Mode)) throw new StatisticError('follow - Invalid display mode.');
  let wanted: Wanted;
  const one = rest.shift() ?? '';
  if (/^\d{1,9}$/.test(one)) wanted = { index: Number(one) };
  else {
    const other = rest.shift() ?? '';
    const end = /^(\[[\da-f:.]+\]|[\d.]+):\d{1,5}$/i;
    if (!end.test(one) || !end.test(other)) throw new StatisticError('follow - Invalid address.');
    wanted = { ends: [one, other] };
  }
  const range = rest.shift();
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range ?? '1-999999999');
  if (match === null || rest.length > 0) throw new StatisticError('follow - Invalid range.');
  const first = Number(match[1]);
  return { protocol, mode: mode as Mode, wanted, first, last: Number(match[2] ?? match[1]) };
}

function follow(protocol: 'tcp' | 'udp'): Statistic {
  const name = `follow,${protocol}`;
  return {
    name,
    usage: `${name},ascii|hex|raw,N[,FIRST[-LAST]]`,
    descriptions: 'none',
    start(args): StatisticTap {
      const stream = new FollowedStream(settings(protocol, args));
      return { bodies: false, add: (frame) => stream.add(frame), text: () => stream.text() };
    },
  };
}

export const followStatistics: readonly Statistic[] = [follow('tcp'), follow('udp')];
