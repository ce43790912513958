/** Draws the field tree, and the bytes with what the chosen field covers. */
import { nodeLabel } from '../../dissector/output/index.ts';
import { BYTES_A_LINE, type BytesPane } from '../panes/bytes-pane.ts';
import type { TreePane } from '../panes/tree-pane.ts';
import type { Area, Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';

const INDENT = 2;

export function drawTree(grid: Grid, area: Area, tree: TreePane, focused: boolean, title: string): void {
  heading(grid, area, title, focused);
  const lines = tree.lines;
  for (let i = 0; i < area.height - 1; i++) {
    const index = tree.list.top + i;
    const line = lines[index];
    if (line === undefined) return;
    const y = area.y + 1 + i;
    const style = index === tree.list.cursor ? (focused ? Style.cursor : Style.field) : Style.plain;
    grid.fill({ x: area.x, y, width: area.width, height: 1 }, style);
    const sign = line.children ? (line.open ? '▾ ' : '▸ ') : '  ';
    const text = ' '.repeat(line.depth * INDENT) + sign + nodeLabel(line.node);
    grid.put(area.x, y, text, style, area.width, tree.list.left);
  }
}

/** Columns of the hex digits and of the characters. */
const HEX_AT = 6;
const TEXT_AT = HEX_AT + BYTES_A_LINE * 3 + 1;

export function drawBytes(grid: Grid, area: Area, bytes: BytesPane, focused: boolean): void {
  const { source, sources } = bytes;
  const names = sources.map((s, i) => (i === bytes.sourceIndex ? `[${s.name}]` : s.name)).join(' ');
  heading(grid, area, sources.length > 1 ? names : `Bytes ${source?.len ?? 0}`, focused);
  if (source === undefined) return;
  for (let i = 0; i < area.height - 1; i++) {
    const from = (bytes.list.top + i) * BYTES_A_LINE;
    if (from >= source.len) return;
    const y = area.y + 1 + i;
    grid.put(area.x, y, from.toString(16).padStart(4, '0'), Style.address, area.width);
    for (let k = 0; k < BYTES_A_LINE && from + k < source.len; k++) {
      const at = from + k;
      const byte = source.buf[source.off + at]!;
      const marked = at >= bytes.from && at < bytes.to;
      let style: number = marked ? Style.field : Style.plain;
      if (focused && at === bytes.cursor) style = Style.byte;
      const x = HEX_AT + k * 3 + (k >= 8 ? 1 : 0);
      // the blank between two marked bytes is marked too
      const joined = marked && k < BYTES_A_LINE - 1 && at + 1 < bytes.to;
      putWithin(grid, area, x, y, byte.toString(16).padStart(2, '0') + (joined ? ' ' : ''), style);
      const shown = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
      putWithin(grid, area, TEXT_AT + 1 + k, y, shown, style);
    }
  }
}

/** The byte that is shown at a cell of the pane, -1 for none. */
export function byteAt(area: Area, bytes: BytesPane, x: number, y: number): number {
  const line = bytes.list.top + y - area.y - 1;
  const column = x - area.x;
  let k = -1;
  if (column > TEXT_AT && column <= TEXT_AT + BYTES_A_LINE) k = column - TEXT_AT - 1;
  else if (column >= HEX_AT && column < TEXT_AT) {
    const at = column - HEX_AT;
    k = Math.floor((at >= 8 * 3 + 1 ? at - 1 : at) / 3);
  }
  const found = line * BYTES_A_LINE + k;
  return k < 0 || k >= BYTES_A_LINE || found >= (bytes.source?.len ?? 0) ? -1 : found;
}

function putWithin(grid: Grid, area: Area, x: number, y: number, text: string, style: number): void {
  if (x < area.width) grid.put(area.x + x, y, text, style, area.width - x);
}

export function heading(grid: Grid, area: Area, text: string, focused: boolean): void {
  const style = focused ? Style.title : Style.heading;
  grid.fill({ ...area, height: 1 }, style);
  grid.put(area.x + 1, area.y, text, style, area.width - 1);
}
