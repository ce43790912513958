/** A line that is asked for in the status line: what to search, a comment, a file's name. */
import { LineEditor } from '../panes/line-editor.ts';
import type { Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';
import { textCells } from '../screen/text-cells.ts';
import type { App } from './app.ts';
import type { Overlay } from './overlay.ts';

export class Prompt implements Overlay {
  readonly #label: string;
  readonly #line: LineEditor;
  readonly #done: (text: string, app: App) => void;

  constructor(
    label: string,
    text: string,
    done: (text: string, app: App) => void,
    history: readonly string[] = [],
  ) {
    this.#label = label;
    this.#line = new LineEditor(text, history);
    this.#done = done;
  }

  key(key: string, app: App): void {
    if (key === 'escape' || key === 'C-c') app.overlay = null;
    else if (key === 'enter') {
      app.overlay = null;
      this.#done(this.#line.text, app);
    } else this.#line.key(key);
  }

  paste(text: string): void {
    this.#line.insert(text);
  }

  draw(grid: Grid, app: App): void {
    const { status } = app.areas;
    grid.fill(status, Style.message);
    const x = grid.put(1, status.y, `${this.#label}: `, Style.message);
    grid.put(1 + x, status.y, this.#line.text, Style.message);
    grid.caret = { x: 1 + x + textCells(this.#line.text.slice(0, this.#line.cursor)), y: status.y };
  }
}
