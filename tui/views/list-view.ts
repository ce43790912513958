/** Draws the list: a heading and one line for each packet or call. Asks the capture only for lines that are seen. */
import {
  isMalformed,
  procedureText,
  seconds,
  type Transaction,
  type transactionWords,
  verdictText,
} from '../../dissector/stats/calls.ts';
import type { Area, Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';
import { textCells } from '../screen/text-cells.ts';

export interface Column {
  readonly name: string;
  /** cells; 0: what is left */
  readonly width: number;
  readonly right?: boolean;
}

/** What one line shows, a text for each column. */
export interface ListLine {
  readonly cells: readonly string[];
  readonly style: number;
  readonly cursorStyle: number;
  readonly marked: boolean;
}

export interface ListViewInput {
  readonly columns: readonly Column[];
  readonly top: number;
  readonly cursor: number;
  readonly left: number;
  readonly count: number;
  readonly focused: boolean;
  readonly line: (index: number) => ListLine;
}

export function drawList(grid: Grid, area: Area, input: ListViewInput): void {
  const places = place(input.columns, area.width);
  grid.fill({ ...area, height: 1 }, Style.heading);
  for (const [i, column] of input.columns.entries()) {
    const { x, width } = places[i]!;
    putCell(grid, area.x + x, area.y, column.name, Style.heading, width, column.right === true);
  }
  if (input.focused) grid.paint(area.x, area.y, area.width, Style.title);
  for (let i = 0; i < area.height - 1; i++) {
    const index = input.top + i;
    if (index >= input.count) return;
    const y = area.y + 1 + i;
    const line = input.line(index);
    let { style } = line;
    if (index === input.cursor) style = input.focused ? line.cursorStyle : Style.cursorIdle;
    else if (line.marked) style = Style.marked;
    grid.fill({ x: area.x, y, width: area.width, height: 1 }, style);
    for (const [c, column] of input.columns.entries()) {
      const { x, width } = places[c]!;
      const text = line.cells[c] ?? '';
      // only the last column is moved: the others say which line it is
      const skip = column.width === 0 ? input.left : 0;
      putCell(grid, area.x + x, y, text, style, width, column.right === true, skip);
    }
  }
}

function putCell(
  grid: Grid,
  x: number,
  y: number,
  text: string,
  style: number,
  width: number,
  right: boolean,
  skip = 0,
): void {
  const indent = right ? Math.max(0, width - textCells(text)) : 0;
  grid.put(x + indent, y, text, style, width - indent, skip);
}

/** Where columns stand; a blank between two, and one before the first for the mark. */
function place(columns: readonly Column[], width: number): { x: number; width: number }[] {
  let x = 0;
  return columns.map((column) => {
    const rest = Math.max(0, width - x);
    const cells = column.width === 0 ? rest : Math.min(column.width, rest);
    const placed = { x, width: cells };
    x += cells + 1;
    return placed;
  });
}

/** How a call looks: red what was refused or is malformed, yellow what was not answered, green the rest. */
export function callStyles(t: Transaction): readonly [style: number, cursorStyle: number] {
  if (isMalformed(t) || (t.verdict !== 'SUCCESS' && t.reply !== null)) return [Style.bad, Style.cursorBad];
  return t.reply === null ? [Style.warning, Style.cursorWarning] : [Style.good, Style.cursorGood];
}

/** The columns of calls, by their names. */
export const CALL_CELLS: Readonly<Record<string, (t: Transaction, time: string, words: Words) => string>> = {
  'No.': (t) => String(t.call ?? t.reply),
  Time: (_t, time) => time,
  Client: (t) => t.client,
  Server: (t) => t.server,
  Program: (t) => `${t.programName ?? t.program ?? '?'} V${t.version ?? '?'}`,
  Procedure: (t) => procedureText(t),
  Latency: (t) => (t.latencyNs === null ? '-' : latencyText(t.latencyNs)),
  Verdict: (t) => verdictText(t),
  Details: (_t, _time, words) => `${words.args} → ${words.result}${words.remarks}`,
  Xid: (t) => `0x${t.xid.toString(16).padStart(8, '0')}`,
  Auth: (t) => t.auth ?? '',
  'Program number': (t) => String(t.program ?? ''),
  'Procedure number': (t) => String(t.procedure ?? ''),
  'Latency (s)': (t) => (t.latencyNs === null ? '' : seconds(t.latencyNs)),
};
export type Words = ReturnType<typeof transactionWords>;

/** A time in at most seven characters: `12.3 µs`. */
export function latencyText(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${fixed(ns / 1e3)} µs`;
  if (ns < 1e9) return `${fixed(ns / 1e6)} ms`;
  return `${fixed(ns / 1e9)} s`;
}

function fixed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
