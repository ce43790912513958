/** The table of `-z io,stat` in tshark's layout, whose widths follow from the capture's length and the values. */
import { absoluteTime, type TimeMode } from '../tree/columns.ts';

export type Kind = 'FRAMES' | 'BYTES' | 'FRAMES AND BYTES' | 'COUNT' | 'SUM' | 'MIN' | 'MAX' | 'AVG' | 'LOAD';

/** One column in one interval. `value`: nanoseconds for times. */
export interface Cell {
  frames: number;
  bytes: number;
  /** occurrences of the field */
  values: number;
  value: bigint;
}

export interface Column {
  /** as it was asked for */
  readonly title: string;
  readonly kind: Kind;
  /** whether values are times */
  readonly time: boolean;
  readonly cells: readonly Cell[];
  /** most frames, and greatest value while cells were filled: what sizes the column */
  readonly widest: { readonly frames: number; readonly value: bigint };
  /** notes a cell that has changed */
  grow(cell: Cell): void;
}

export interface IoTableOptions {
  readonly durationUs: number;
  /** 0: one interval for all */
  readonly intervalUs: number;
  /** intervals that packets fell into */
  readonly intervals: number;
  /** false: with tshark's faults, which loses a packet at the very end and zeros in front of microseconds */
  readonly exact: boolean;
  /** -t: what a row begins with, its span or the time it starts at */
  readonly timeMode: Exclude<TimeMode, 'd' | 'dd' | 'e'>;
  /** when the first interval starts, since the epoch */
  readonly startNs: bigint;
}

const SPAN = 'Interval';
const DATED = 'Date and time';
/** What tshark leaves for a date and a time. */
const DATE_WIDTH = 19;

const EMPTY: Cell = { frames: 0, bytes: 0, values: 0, value: 0n };

export function ioTable(columns: readonly Column[], options: IoTableOptions): string {
  const { durationUs, exact } = options;
  const whole = options.intervalUs === 0 || options.intervalUs >= durationUs;
  const interval = whole ? durationUs : options.intervalUs;
  const digits = magnitude(BigInt(Math.floor(durationUs / 1e6)));
  const precision = whole ? wholePrecision(digits) : decimals(interval);
  const titles = columnTitles(columns);
  const label = timeHeading(options.timeMode);
  const numbers = precision === 0 ? 2 * digits + 8 : 2 * (digits + precision) + 10;
  const timeWidth = Math.max(numbers, (label === DATED ? DATE_WIDTH : SPAN.length) + 4);
  const widths = columns.map(widthsOf);
  // the interval's column has its left border, each other column its right one
  const row = timeWidth + widths.flat().reduce((sum, width) => sum + width + 3, 0);
  const head = (whole ? 30 : 25) + digits + (precision === 0 ? 0 : precision + 1);
  let border = Math.max(row, head, ...titles.map((title) => title.length + 4));
  if (border - row === 1) border++;

  const fill = border === row ? '' : `${' '.repeat(border - row - 1)}|`;
  const line = (text: string): string => `| ${text.padEnd(border - 4)} |`;
  const wide = (us: number): string => seconds(us, precision).padStart(digits + (precision && precision + 1));
  const shownDuration =
    precision === 0 ? `${wholeSeconds(durationUs)}.${micros(durationUs, exact)}` : wide(durationUs);
  const rows: string[] = [];
  const count = rowCount(options, interval);
  for (let i = 0; i < count; i++) {
    const end = Math.min((i + 1) * interval, durationUs);
    // without decimals the last interval has no end to show
    const until = precision === 0 && i === count - 1 ? 'Dur' : wide(end);
    const from = wide(i * interval);
    const times = [precision === 0 ? from.padStart(2) : from, until];
    const cells = columns.map((column, at) =>
      cellText(column, cellsOf(column, i, count, exact), widths[at]!, end - i * interval),
    );
    rows.push(`${timeCell(i, interval, times, timeWidth, options)}${cells.join('')}${fill}`);
  }
  return [
    '',
    '='.repeat(border),
    line('IO Statistics'),
    line(''),
    line(`Duration: ${shownDuration} secs`),
    line(`Interval: ${wide(interval)} secs`),
    line(''),
    ...titles.map(line),
    `|${'-'.repeat(border - 2)}|`,
    `|${' '.repeat(timeWidth - 2)}|${widths.map((own, i) => `${i + 1}`.padEnd(columnWidth(own))).join('|')}|${fill}`,
    headings(label, timeWidth, columns, widths, fill),
    `|${'-'.repeat(row - 2)}|${fill}`,
    ...rows,
    '='.repeat(border),
    '',
  ].join('\n');
}

function columnTitles(columns: readonly Column[]): string[] {
  return columns.map(({ title }, i) => {
    const head = i === 0 ? 'Col 1: ' : `${String(i + 1).padStart(5)}: `;
    return head + (title === '' ? 'Frames and bytes' : title);
  });
}

/** With one interval for all, as many decimals as there is room for. */
function wholePrecision(digits: number): number {
  return digits >= 2 ? 1 : 3;
}

/** Decimals of an interval that are no trailing zeros. */
function decimals(us: number): number {
  let precision = 6;
  for (let left = us; precision > 0 && left % 10 === 0; left /= 10) precision--;
  return precision;
}

function magnitude(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}

function rowCount({ durationUs, intervals, exact }: IoTableOptions, interval: number): number {
  if (interval === 0) return exact ? intervals : 0;
  return Math.ceil(durationUs / interval);
}

/** A packet at the very end is in an interval of its own, without length: it counts in the one before. */
function cellsOf(column: Column, i: number, count: number, exact: boolean): Cell {
  const own = column.cells[i] ?? EMPTY;
  const after = column.cells[i + 1];
  if (i < count - 1 || after === undefined || !exact) return own;
  const { kind } = column;
  const frames = own.frames + after.frames;
  const values = own.values + after.values;
  const bytes = own.bytes + after.bytes;
  if (after.values === 0) return { frames, bytes, values, value: own.value };
  if (kind === 'MIN' || kind === 'MAX') {
    const greater = own.values === 0 || after.value > own.value === (kind === 'MAX');
    return { frames, bytes, values, value: greater ? after.value : own.value };
  }
  return { frames, bytes, values, value: own.value + after.value };
}

/** Widths of the values in a column: frames and bytes have two. */
function widthsOf({ kind, time, widest }: Column): readonly number[] {
  const frames = Math.max(6, magnitude(BigInt(widest.frames)));
  const bytes = Math.max(5, magnitude(widest.value));
  if (kind === 'FRAMES AND BYTES') return [frames, bytes];
  if (kind === 'FRAMES') return [frames];
  if (kind === 'BYTES') return [bytes];
  const width = time ? magnitude(widest.value / 1_000_000_000n) + 7 : magnitude(widest.value);
  return [Math.max(kind.length, width)];
}

/** Columns that a column takes, without its border. */
function columnWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 3, -1);
}

function timeHeading(mode: TimeMode): string {
  if (mode === 'r') return SPAN;
  return mode === 'a' || mode === 'u' ? 'Time' : DATED;
}

function headings(
  label: string,
  width: number,
  columns: readonly Column[],
  widths: readonly (readonly number[])[],
  fill: string,
): string {
  const words = columns.map((column, i) => kindHeadings(column.kind, widths[i]!)).join('');
  return `| ${label.padEnd(width - 4)} |${words}${fill}`;
}

function kindHeadings(kind: Kind, widths: readonly number[]): string {
  const words = kind === 'FRAMES AND BYTES' ? ['Frames', 'Bytes'] : [kind];
  return words.map((word, i) => `${centred(word, widths[i]! + 2)}|`).join('');
}

/** In the middle, or half a place right of it. */
function centred(word: string, width: number): string {
  const left = Math.ceil((width - word.length) / 2);
  return word.padStart(word.length + left).padEnd(width);
}

function cellText(column: Column, cell: Cell, widths: readonly number[], spanUs: number): string {
  const { kind, time } = column;
  if (kind === 'FRAMES AND BYTES') return numbersText([cell.frames, cell.bytes], widths);
  if (kind === 'FRAMES') return numbersText([cell.frames], widths);
  if (kind === 'BYTES') return numbersText([cell.bytes], widths);
  if (kind === 'COUNT') return numbersText([cell.values], widths);
  let { value } = cell;
  if (kind === 'AVG') value = cell.values === 0 ? 0n : value / BigInt(cell.values);
  // seconds of waiting in each second
  if (kind === 'LOAD') value = spanUs === 0 ? 0n : (value * 1_000_000n) / BigInt(spanUs);
  return numbersText([time ? microsText(value) : value], widths);
}

function numbersText(values: readonly (number | bigint | string)[], widths: readonly number[]): string {
  return values.map((value, i) => ` ${String(value).padStart(widths[i]!)} |`).join('');
}

/** Nanoseconds as seconds with six decimals, rounded. */
function microsText(ns: bigint): string {
  const us = (ns + 500n) / 1000n;
  return `${us / 1_000_000n}.${String(us % 1_000_000n).padStart(6, '0')}`;
}

function timeCell(
  i: number,
  intervalUs: number,
  [from, to]: readonly string[],
  width: number,
  { timeMode, startNs }: IoTableOptions,
): string {
  if (timeMode === 'r') return `| ${from} <> ${to}`.padEnd(width - 1).concat('|');
  // as wide as it is, whatever stands above it
  return `| ${absoluteTime(startNs + BigInt(i * intervalUs) * 1000n, timeMode, 0)} |`;
}

function wholeSeconds(us: number): number {
  return Math.floor(us / 1_000_000);
}

function micros(us: number, exact: boolean): string {
  return String(us % 1_000_000).padStart(6, exact ? '0' : ' ');
}

/** Rounded to so many decimals. */
function seconds(us: number, precision: number): string {
  const unit = 10 ** (6 - precision);
  const units = precision === 0 ? Math.floor(us / unit) : Math.floor((us + unit / 2) / unit);
  if (precision === 0) return String(units);
  const scale = 10 ** precision;
  return `${Math.floor(units / scale)}.${String(units % scale).padStart(precision, '0')}`;
}
