/**
 * The filter: what is applied, what is typed, and the history. While it is typed its colour says what it is: green
 * valid, yellow valid but about nothing in this capture, red wrong, with the place pointed at.
 */
import { type Completion, LineEditor } from '../panes/line-editor.ts';
import { ListPane } from '../panes/list-pane.ts';
import type { Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';
import { completeFilter, type FilterState } from '../trace/filter-check.ts';
import type { App } from './app.ts';
import type { Overlay } from './overlay.ts';

const COLORS: Readonly<Record<FilterState['state'], number>> = {
  empty: Style.empty,
  valid: Style.valid,
  unknown: Style.unknown,
  invalid: Style.invalid,
};

const LABEL = ' Filter: ';
const SHOWN_WORDS = 8;

export class FilterBar implements Overlay {
  readonly #line: LineEditor;
  readonly #list = new ListPane();
  #completion: Completion = { from: 0, words: [] };
  /** whether a word of the list was chosen by hand, so that enter takes it */
  #choosing = false;

  constructor(text: string, history: readonly string[]) {
    this.#line = new LineEditor(text, history);
  }

  key(key: string, app: App): void {
    const { words } = this.#completion;
    if (this.#choosing && (key === 'down' || key === 'up' || key === 'S-tab')) {
      this.#list.move(key === 'down' ? 1 : -1);
      return;
    }
    switch (key) {
      case 'escape':
      case 'C-c':
        if (this.#choosing) this.#choosing = false;
        else app.overlay = null;
        return;
      case 'tab':
        if (words.length === 0) return;
        if (words.length === 1) this.#take(app);
        else if (this.#choosing) this.#list.move(1);
        else this.#choosing = true;
        return;
      case 'enter':
        if (this.#choosing) this.#take(app);
        else this.#apply(app);
        return;
      default:
        if (this.#line.key(key)) this.#typed(app);
    }
  }

  paste(text: string, app: App): void {
    this.#line.insert(text);
    this.#typed(app);
  }

  draw(grid: Grid, app: App): void {
    const { filter } = app.areas;
    const state = app.check(this.#line.text);
    grid.fill(filter, COLORS[state.state]);
    const x = grid.put(0, filter.y, LABEL, Style.heading);
    grid.put(x + 1, filter.y, this.#line.text, COLORS[state.state]);
    const at = x + 1 + this.#line.cursor;
    if (state.state === 'unknown' || state.state === 'invalid') {
      const from = Math.max(x + 2, filter.width - state.message.length - 2);
      const end = x + 1 + this.#line.text.length;
      if (from > end) grid.put(from, filter.y, state.message, COLORS[state.state]);
      else grid.put(1, filter.y + 1, state.message, COLORS[state.state]);
    }
    if (state.state === 'invalid' && state.at >= 0) {
      grid.paint(x + 1 + state.at, filter.y, Math.max(1, state.end - state.at), Style.byte);
    }
    grid.caret = { x: at, y: filter.y };
    this.#drawWords(grid, x + 1 + this.#completion.from, filter.y + 1);
  }

  #drawWords(grid: Grid, x: number, y: number): void {
    const { words } = this.#completion;
    if (words.length === 0) return;
    this.#list.fit(words.length, Math.min(SHOWN_WORDS, words.length));
    const shown = words.slice(this.#list.top, this.#list.top + this.#list.height);
    const width = Math.max(...shown.map((word) => word.length)) + 2;
    for (const [i, word] of shown.entries()) {
      const chosen = this.#choosing && this.#list.top + i === this.#list.cursor;
      const style = chosen ? Style.overlayCursor : Style.overlay;
      grid.fill({ x, y: y + i, width, height: 1 }, style);
      grid.put(x + 1, y + i, word, style, width - 1);
    }
    const more = words.length - this.#list.top - shown.length;
    if (more > 0) grid.put(x + 1, y + shown.length, `${more} more`, Style.overlay);
  }

  #typed(app: App): void {
    this.#choosing = false;
    const { walker } = app.capture.inspection;
    this.#completion = completeFilter(this.#line.text, this.#line.cursor, walker, app.capture.trace);
    // a word that stands there whole needs no list
    if (this.#completion.words.length === 1 && this.#line.text.endsWith(this.#completion.words[0]!)) {
      this.#completion = { from: 0, words: [] };
    }
    this.#list.fit(this.#completion.words.length, SHOWN_WORDS);
    this.#list.select(0);
  }

  #take(app: App): void {
    const word = this.#completion.words[this.#list.cursor];
    if (word !== undefined) this.#line.complete(this.#completion.from, word);
    this.#choosing = false;
    this.#typed(app);
    this.#completion = { from: 0, words: [] };
  }

  #apply(app: App): void {
    const { text } = this.#line;
    const state = app.check(text);
    if (state.state === 'invalid') {
      app.message = `not a filter: ${state.message}`;
      return;
    }
    app.overlay = null;
    app.applyFilter(text.trim());
  }
}

/** The bar while nothing is typed: the filter, and how far it is. */
export function drawFilter(grid: Grid, app: App): void {
  const { filter } = app.areas;
  const run = app.filterRun;
  grid.fill(filter, Style.empty);
  const x = grid.put(0, filter.y, LABEL, Style.heading);
  if (run === null) {
    const off = app.lastFilter === '' ? '(none)  / to filter' : `(off)  ${app.lastFilter}  F to use it again`;
    grid.put(x + 1, filter.y, off, Style.empty);
    return;
  }
  const found = app.mode === 'packets' ? run.packets.length : run.calls.length;
  const state = app.check(run.text).state;
  const style = state === 'unknown' && found === 0 ? Style.unknown : Style.valid;
  grid.fill({ ...filter, x }, style);
  const progress = run.pending ? ` · filtering ${Math.floor(run.progress * 100)} %, escape stops` : '';
  const right = `${found} of ${app.mode === 'packets' ? run.done : app.capture.trace.calls.length}${progress} `;
  const from = filter.width - right.length;
  grid.put(x + 1, filter.y, run.text, style, Math.max(0, from - x - 2));
  grid.put(from, filter.y, right, style);
}
