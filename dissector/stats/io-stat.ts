/**
 * The tap behind `-z io,stat`: what passes in each interval of time, a column per filter; frames and bytes, or
 * COUNT, SUM, MIN, MAX, AVG or LOAD of a field. The table is io-stat-table.ts. Bounded by `MAX_CELLS`; throws
 * StatisticError for its arguments, in tshark's words, and FilterError.
 */
import type { Frame } from '../network/frame.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { TimeMode } from '../tree/columns.ts';
import type { FieldType } from '../tree/field.ts';
import type { Slot } from '../tree/field-collector.ts';
import { type Cell, type Column, type IoTableOptions, ioTable, type Kind } from './io-stat-table.ts';
import { type Statistic, type StatisticContext, StatisticError } from './statistic.ts';
import { type PacketTest, tapFilter } from './tap-filter.ts';

const MAX_CELLS = 500_000;

/** A column while it fills: one cell an interval. */
interface Filling extends Column {
  readonly test: PacketTest;
  readonly slot: Slot | null;
  readonly cells: Cell[];
}

/** Add every packet; then print `text`. Times are in microseconds, as tshark has them. */
class IoStatistics {
  readonly #columns: readonly Filling[];
  readonly #interval: number;
  readonly #compat: boolean;
  readonly #timeMode: IoTableOptions['timeMode'];
  #firstNs: bigint | null = null;
  #lastUs = 0;
  #intervals = 0;
  #dropped = 0;

  constructor(columns: readonly Filling[], interval: number, context: StatisticContext) {
    this.#timeMode = tableTimes(context.timeMode);
    this.#columns = columns;
    this.#interval = interval;
    this.#compat = context.compat;
  }

  add(frame: Frame, pdus: PduList): void {
    const { sec, nsec } = frame.packet;
    const now = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
    this.#firstNs ??= now;
    // a packet that is older than the first one is in no interval
    if (now < this.#firstNs) return;
    const us = Number((now - this.#firstNs + 500n) / 1000n);
    const index = this.#interval === 0 ? 0 : Math.floor(us / this.#interval);
    if ((index + 1) * this.#columns.length > MAX_CELLS) {
      this.#dropped++;
      return;
    }
    this.#lastUs = Math.max(this.#lastUs, us);
    this.#intervals = Math.max(this.#intervals, index + 1);
    for (const column of this.#columns) {
      if (column.test(frame, pdus))
        addTo(column, index, frame.packet.len, us - index * this.#interval, this.#interval);
    }
  }

  text(): string {
    const table = ioTable(this.#columns, {
      durationUs: this.#lastUs,
      intervalUs: this.#interval,
      intervals: this.#intervals,
      exact: !this.#compat,
      timeMode: this.#timeMode,
      startNs: this.#firstNs ?? 0n,
    });
    return this.#dropped === 0
      ? table
      : `${table}${this.#dropped} packets came later than this table can show: choose longer intervals\n`;
  }
}

function cellAt(cells: Cell[], index: number): Cell {
  for (let i = cells.length; i <= index; i++) cells.push({ frames: 0, bytes: 0, values: 0, value: 0n });
  return cells[index]!;
}

function addTo(column: Filling, index: number, bytes: number, intoUs: number, interval: number): void {
  const cell = cellAt(column.cells, index);
  cell.frames++;
  cell.bytes += bytes;
  const { slot } = column;
  for (let i = 0; i < (slot?.count ?? 0); i++) {
    const value = numeric(slot!.values[i]);
    if (column.kind === 'LOAD') spread(column.cells, index, value, intoUs, interval);
    else if (column.kind === 'MIN') cell.value = cell.values === 0 || value < cell.value ? value : cell.value;
    else if (column.kind === 'MAX') cell.value = cell.values === 0 || value > cell.value ? value : cell.value;
    else if (column.kind !== 'COUNT') cell.value += value;
    cell.values++;
  }
  column.grow(cell);
}

function numeric(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  return typeof value === 'boolean' ? BigInt(value) : 0n;
}

/** A time that ends here was spent in this interval and those before it: each gets its part, in nanoseconds. */
function spread(cells: Cell[], index: number, ns: bigint, intoUs: number, interval: number): void {
  let left = ns;
  let room = BigInt(intoUs) * 1000n;
  for (let i = index; i >= 0 && left > 0n; i--) {
    const part = interval === 0 || left < room ? left : room;
    cells[i]!.value += part;
    left -= part;
    room = BigInt(interval) * 1000n;
  }
}

const INTEGERS: readonly FieldType[] = [
  'uint8',
  'uint16',
  'uint24',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
];

/** `AVG(rpc.time)rpc.time`, `FRAMES`, or a filter. */
function column(text: string, context: StatisticContext): Filling {
  const call = /^(COUNT|SUM|MIN|MAX|AVG|LOAD)\(([^)]*)\)(.*)$/.exec(text);
  const frames = /^(FRAMES|BYTES)(?:\(\)(.*))?$/.exec(text);
  if (call === null) {
    const filter = frames === null ? text : (frames[2] ?? '');
    const kind = (frames?.[1] ?? 'FRAMES AND BYTES') as Kind;
    return newColumn(text, kind, false, null, tapFilter(filter, context));
  }
  const [, word, name, filter] = call as unknown as [string, Kind, string, string];
  const def = context.field(name);
  if (def === undefined) throw new StatisticError(`There is no field named '${name}'.`);
  const time = def.type === 'reltime';
  if (word === 'LOAD' && !time) {
    throw new StatisticError('LOAD() is only supported for relative-time fields such as smb.time');
  }
  if (word !== 'COUNT' && !time && !INTEGERS.includes(def.type)) {
    throw new StatisticError(
      `${name} doesn't have integral values, so ${word}(*) calculations are not supported on it.`,
    );
  }
  const slot = context.observe([def]).slot(def) ?? null;
  // tshark finds the field only where the filter asks for it
  const seen = !context.compat || filter.includes(name);
  return newColumn(text, word, time && word !== 'COUNT', seen ? slot : null, tapFilter(filter, context));
}

function newColumn(title: string, kind: Kind, time: boolean, slot: Slot | null, test: PacketTest): Filling {
  const widest = { frames: 0, value: 0n };
  return {
    title,
    kind,
    time,
    slot,
    test,
    cells: [],
    widest,
    grow(cell) {
      widest.frames = Math.max(widest.frames, cell.frames);
      const value = runningValue(kind, time, cell);
      if (value > widest.value) widest.value = value;
    },
  };
}

/** What tshark sizes a column by: its value so far, at every packet. */
function runningValue(kind: Kind, time: boolean, { bytes, values, value }: Cell): bigint {
  if (kind === 'COUNT') return BigInt(values);
  if (kind === 'FRAMES' || kind === 'BYTES' || kind === 'FRAMES AND BYTES') return BigInt(bytes);
  if (kind !== 'AVG') return value;
  if (values === 0) return 0n;
  const average = value / BigInt(values);
  return time ? average + 500_000_000n : average;
}

/** The times that a row can begin with. */
function tableTimes(mode: TimeMode): IoTableOptions['timeMode'] {
  if (mode === 'd' || mode === 'dd' || mode === 'e') {
    throw new StatisticError('invalid -t operand. io,stat only supports -t <r|a|ad|adoy|u|ud|udoy>');
  }
  return mode;
}

/** Filters apart by commas, but for those within braces or quotes. */
function splitColumns(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|\{[^}]*\}|[^,])*(?:,|$)/g) ?? [];
  const columns = parts.map((part) => part.replace(/,$/, ''));
  // the match at the very end is empty
  return columns.slice(0, -1).concat(columns.at(-1) === '' ? [] : [columns.at(-1)!]);
}

export const ioStatistics: Statistic = {
  name: 'io,stat',
  usage: 'io,stat,SECONDS[,FILTER or COUNT|SUM|MIN|MAX|AVG|LOAD(FIELD)FILTER]...',
  descriptions: 'none',
  start(args, context) {
    const [seconds = '', ...rest] = args.split(',');
    if (args !== '' && !/^\d{1,9}(\.\d+)?$/.test(seconds)) {
      throw new StatisticError('expected io,stat,<interval>[,<filter>][,<filter>]...');
    }
    const interval = Math.floor(Number(seconds) * 1e6 + 0.5);
    const titles = rest.length === 0 ? [''] : splitColumns(rest.join(','));
    const columns = (titles.length === 0 ? [''] : titles).map((title) => column(title, context));
    const statistics = new IoStatistics(columns, interval, context);
    return {
      bodies: false,
      add: (frame, pdus) => statistics.add(frame, pdus),
      text: () => statistics.text(),
    };
  },
};
