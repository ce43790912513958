/** Draws the whole screen of the inspector from its state. */
import type { App } from '../app/app.ts';
import { drawFilter } from '../app/filter-bar.ts';
import { keyText } from '../app/help.ts';
import type { Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';
import { textCells } from '../screen/text-cells.ts';
import { drawList } from './list-view.ts';
import { drawBytes, drawTree } from './tree-view.ts';

/** Actions named at the bottom, by pane; all others are in the help. */
const HINTS = ['help', 'filter', 'mode', 'jump', 'next-pane', 'zoom', 'palette', 'quit'];
const HINT_WORDS: Readonly<Record<string, string>> = {
  help: 'help',
  filter: 'filter',
  mode: 'calls/packets',
  jump: 'call↔reply',
  'next-pane': 'pane',
  zoom: 'zoom',
  palette: 'actions',
  quit: 'quit',
};

export function draw(grid: Grid, app: App): void {
  grid.clear();
  const { areas } = app;
  drawTitle(grid, app);
  drawFilter(grid, app);
  if (areas.list !== null) {
    drawList(grid, areas.list, {
      columns: app.columns,
      top: app.list.top,
      cursor: app.list.cursor,
      left: app.list.left,
      count: app.list.count,
      focused: app.focus === 'list',
      line: (index) => app.line(index),
    });
  }
  const number = app.chosenRow + 1;
  if (areas.tree !== null) {
    drawTree(
      grid,
      areas.tree,
      app.tree,
      app.focus === 'tree',
      number === 0 ? 'Fields' : `Fields of packet ${number}`,
    );
  }
  if (areas.bytes !== null) drawBytes(grid, areas.bytes, app.bytes, app.focus === 'bytes');
  drawStatus(grid, app);
  app.overlay?.draw(grid, app);
}

function drawTitle(grid: Grid, app: App): void {
  const { title } = app.areas;
  grid.fill(title, Style.title);
  const { state, name } = app.loader;
  const { trace } = app.capture;
  const parts = [`${count(trace.length)} packets`, `${count(trace.calls.length)} calls`];
  if (state.dropped > 0) parts.push(`${count(state.dropped)} dropped`);
  if (state.live && !state.ended) {
    const { arrived } = app;
    if (app.tail) parts.push('following');
    else if (arrived > 0 && !state.ready) parts.push(`paused, +${count(arrived)} new`);
  }
  if (state.ready) parts.push(`loading ${Math.floor(state.progress * 100)} %`);
  if (state.note !== null) parts.push(state.note);
  const right = parts.join(' · ');
  const x = Math.max(0, title.width - textCells(right) - 1);
  grid.put(1, 0, `oncilla watch · ${name}`, Style.title, Math.max(0, x - 2));
  grid.put(x, 0, right, Style.titleNote, title.width - x);
}

function drawStatus(grid: Grid, app: App): void {
  const { status } = app.areas;
  const { y, width } = status;
  grid.fill(status, Style.keyText);
  const place = app.list.count === 0 ? '' : `${count(app.list.cursor + 1)}/${count(app.list.count)}`;
  const right = `${app.keymap.pending} ${place} `;
  const end = width - textCells(right);
  grid.put(end, y, right, Style.keyText);
  const said = app.message === '' && app.job !== null ? `${app.job.status}, escape stops` : app.message;
  if (said !== '') {
    grid.fill({ ...status, width: end }, Style.message);
    grid.put(1, y, said, Style.message, end - 1);
    return;
  }
  let x = 0;
  for (const id of HINTS) {
    const [key] = app.keymap.keysOfId(id);
    if (key === undefined) continue;
    const name = ` ${keyText(key)} `;
    const word = ` ${HINT_WORDS[id]} `;
    if (x + textCells(name + word) > end) return;
    x += grid.put(x, y, name, Style.key);
    x += grid.put(x, y, word, Style.keyText);
  }
}

/** `203,460` */
export function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
