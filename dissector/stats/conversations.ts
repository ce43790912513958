/**
 * The taps behind `-z conv,tcp`, `conv,udp`, `conv,ip` and `conv,ipv6`: frames and bytes each way between two
 * endpoints, in tshark's table. The endpoint on the left sent the first packet that was counted; the busiest come
 * first. Bounded by `MAX_ROWS`; never throws but for a bad filter.
 */
import { ipv4Text, ipv6Text } from '../network/address.ts';
import { type Frame, Layer, type LayerRange } from '../network/frame.ts';
import type { PduList } from '../session/pdu-list.ts';
import { absoluteTime, type TimeMode } from '../tree/columns.ts';
import { secondsText } from '../tree/format.ts';
import type { Statistic, StatisticContext } from './statistic.ts';
import { tapFilter } from './tap-filter.ts';

const MAX_ROWS = 65_536;
const WIDE = '================================================================================';

/** How a table is laid out and what is counted in it. */
interface Kind {
  readonly name: string;
  /** as tshark heads the table */
  readonly title: string;
  readonly width: number;
  readonly ports: boolean;
}

const KINDS = {
  tcp: { name: 'tcp', title: 'TCP', width: 26, ports: true },
  udp: { name: 'udp', title: 'UDP', width: 26, ports: true },
  ip: { name: 'ip', title: 'IPv4', width: 20, ports: false },
  ipv6: { name: 'ipv6', title: 'IPv6', width: 20, ports: false },
} as const satisfies Record<string, Kind>;

interface Row {
  readonly left: string;
  readonly right: string;
  /** the first packet went from the caller's right endpoint, which stands on the left therefore */
  readonly turned: boolean;
  readonly frames: [toRight: number, toLeft: number];
  readonly bytes: [toRight: number, toLeft: number];
  readonly startNs: bigint;
  endNs: bigint;
}

/** Counts packets between endpoints. */
export class Conversations {
  readonly #kind: Kind;
  readonly #filter: string;
  readonly #rows = new Map<string | number, Row>();
  readonly #timeMode: TimeMode;
  readonly #compat: boolean;
  #firstNs: bigint | null = null;
  /** packets not counted because there were too many conversations */
  dropped = 0;

  constructor(
    kind: Kind,
    filter: string,
    { timeMode, compat }: Pick<StatisticContext, 'timeMode' | 'compat'>,
  ) {
    this.#kind = kind;
    this.#timeMode = timeMode;
    this.#compat = compat;
    this.#filter = filter;
  }

  /** Every packet must come here, counted or not: times are relative to the first of the capture. */
  clock(frame: Frame): void {
    this.#firstNs ??= timeOf(frame);
  }

  /** `key`: the same for both directions. */
  count(frame: Frame, key: string | number, left: () => string, right: () => string, toRight: boolean): void {
    const now = timeOf(frame);
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= MAX_ROWS) {
        this.dropped++;
        return;
      }
      const [from, to] = toRight ? [left(), right()] : [right(), left()];
      row = {
        left: from,
        right: to,
        turned: !toRight,
        frames: [0, 0],
        bytes: [0, 0],
        startNs: now,
        endNs: now,
      };
      this.#rows.set(key, row);
    }
    const way = toRight === row.turned ? 1 : 0;
    row.frames[way]++;
    row.bytes[way] += frame.packet.len;
    row.endNs = now;
  }

  text(): string {
    const { title, ports } = this.#kind;
    const pad = ' '.repeat(ports ? 59 : 47);
    const { over, start, size } = timeHeadings(this.#timeMode);
    const counts = (word: string) => `| ${`Frames  ${word}`.padEnd(13)} `;
    const rows = [...this.#rows.values()].sort((a, b) => total(b) - total(a));
    return [
      WIDE,
      `${title} Conversations`,
      `Filter:${this.#filter === '' ? '<No Filter>' : this.#filter}`,
      `${pad}|       <-      | |       ->      | |     Total     |${over}|   Duration   |`,
      `${pad}${[size, size, size].map(counts).join('| ')}|${start}|              |`,
      ...rows.map((row) => this.#line(row)),
      ...(this.dropped === 0 ? [] : [`${this.dropped} packets of further conversations were not counted`]),
      WIDE,
      '',
    ].join('\n');
  }

  #line({ left, right, frames, bytes, startNs, endNs }: Row): string {
    const { width } = this.#kind;
    const [toRight, toLeft] = frames;
    const counts = [
      [toLeft, bytes[1]],
      [toRight, bytes[0]],
      [toLeft + toRight, bytes[0] + bytes[1]],
    ].map(([n, size]) => `${String(n).padStart(6)} ${sizeText(size!).padEnd(9)}`);
    const start = this.#start(startNs);
    const duration = seconds(endNs - startNs, 4).padStart(12);
    return `${left.padEnd(width)} <-> ${right.padEnd(width)}  ${counts.join('  ')}  ${start}   ${duration}`;
  }

  #start(ns: bigint): string {
    switch (this.#timeMode) {
      case 'r':
      case 'd':
      case 'dd':
        return seconds(ns - (this.#firstNs ?? 0n), 9).padStart(14);
      case 'e':
        // tshark's is a double
        return this.#compat ? doubleText(ns) : secondsText(ns);
      default:
        return absoluteTime(ns, this.#timeMode, 0);
    }
  }
}

/** tshark's headings of the column that says when a conversation began. */
function timeHeadings(mode: TimeMode): Readonly<Record<'over' | 'start' | 'size', string>> {
  switch (mode) {
    case 'r':
    case 'd':
    case 'dd':
      return { over: '    Relative    ', start: '      Start     ', size: 'Bytes' };
    case 'e':
      return { over: '       Relative       ', start: '         Start        ', size: 'Bytes' };
    case 'a':
    case 'u':
      return { over: ' Absolute Time  ', start: '      Start     ', size: 'Size' };
    default:
      return { over: ' Absolute Date  ', start: '     Start      ', size: 'Size' };
  }
}

function total({ frames }: Row): number {
  return frames[0] + frames[1];
}

function timeOf({ packet }: Frame): bigint {
  return BigInt(packet.sec) * 1_000_000_000n + BigInt(packet.nsec);
}

/** Nanoseconds as seconds with so many decimals, rounded as printf does it. */
function seconds(ns: bigint, decimals: number): string {
  return (Number(ns) / 1e9).toFixed(decimals);
}

/** Nanoseconds since the epoch as a double holds them. */
function doubleText(ns: bigint): string {
  return (Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9).toFixed(9);
}

/** `590 bytes`, `12 kB`: the largest unit that leaves two digits, rounded down. */
function sizeText(bytes: number): string {
  let power = 4;
  while (power > 0 && Math.floor(bytes / 1000 ** power) < 10) power--;
  return power === 0 ? `${bytes} bytes` : `${Math.floor(bytes / 1000 ** power)} ${' kMGT'[power]}B`;
}

/** A packet that an ICMP error quotes is not one between its endpoints. */
function lastLayer(frame: Frame): number {
  return frame.quoteLayer >= 0 ? frame.quoteLayer : frame.layerCount;
}

function countFlow(frame: Frame, protocol: 6 | 17, table: Conversations): void {
  const { flow } = frame;
  if (flow === null || frame.transport !== protocol || frame.quoteLayer >= 0) return;
  table.count(
    frame,
    flow.index,
    () => `${flow.aAddr}:${flow.aPort}`,
    () => `${flow.bAddr}:${flow.bPort}`,
    frame.dir === 0,
  );
}

/** Every IP header counts, those in a tunnel too. */
function countAddresses(frame: Frame, six: boolean, table: Conversations): void {
  const kind = six ? Layer.IPV6 : Layer.IPV4;
  for (let i = 0; i < lastLayer(frame); i++) {
    const range = frame.layers[i];
    if (range?.kind === kind) countHeader(frame, range, six, table);
  }
}

function countHeader(frame: Frame, range: LayerRange, six: boolean, table: Conversations): void {
  const [text, at, size] = six ? ([ipv6Text, 8, 16] as const) : ([ipv4Text, 12, 4] as const);
  const { buf, off } = range;
  const source = text(buf, off + at);
  const destination = text(buf, off + at + size);
  const forward = source <= destination;
  const key = forward ? `${source} ${destination}` : `${destination} ${source}`;
  const [a, b] = forward ? [source, destination] : [destination, source];
  table.count(
    frame,
    key,
    () => a,
    () => b,
    forward,
  );
}

function conversations(kind: Kind, take: (frame: Frame, table: Conversations) => void): Statistic {
  const name = `conv,${kind.name}`;
  return {
    name,
    usage: `${name}[,FILTER]`,
    descriptions: 'none',
    start(filter, context) {
      const table = new Conversations(kind, filter, context);
      const test = tapFilter(filter, context);
      return {
        bodies: false,
        add(frame: Frame, pdus: PduList) {
          table.clock(frame);
          if (test(frame, pdus)) take(frame, table);
        },
        text: () => table.text(),
      };
    },
  };
}

export const conversationStatistics: readonly Statistic[] = [
  conversations(KINDS.tcp, (frame, table) => countFlow(frame, 6, table)),
  conversations(KINDS.udp, (frame, table) => countFlow(frame, 17, table)),
  conversations(KINDS.ip, (frame, table) => countAddresses(frame, false, table)),
  conversations(KINDS.ipv6, (frame, table) => countAddresses(frame, true, table)),
];
