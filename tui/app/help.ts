/** The actions as a list that is searched by typing and run by enter: the help (`?`) and the palette (ctrl-p). */
import { LineEditor } from '../panes/line-editor.ts';
import { ListPane } from '../panes/list-pane.ts';
import type { Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';
import { openBox } from '../views/box.ts';
import { ACTIONS, type Action, GROUPS } from './actions.ts';
import type { App } from './app.ts';
import type { Overlay } from './overlay.ts';

const KEYS_WIDTH = 16;

export class HelpOverlay implements Overlay {
  readonly #kind: 'help' | 'palette';
  readonly #line = new LineEditor();
  readonly #list = new ListPane();

  constructor(kind: 'help' | 'palette') {
    this.#kind = kind;
  }

  key(key: string, app: App): void {
    const found = this.#found();
    this.#list.fit(found.length, this.#list.height);
    switch (key) {
      case 'escape':
      case 'C-c':
      case 'C-p':
        app.overlay = null;
        return;
      case 'enter': {
        const action = found[this.#list.cursor];
        app.overlay = null;
        action?.run(app);
        return;
      }
      case 'up':
        this.#list.move(-1);
        return;
      case 'down':
        this.#list.move(1);
        return;
      case 'pageup':
        this.#list.page(-1);
        return;
      case 'pagedown':
        this.#list.page(1);
        return;
      default:
        if (this.#line.key(key)) this.#list.select(0);
    }
  }

  draw(grid: Grid, app: App): void {
    const found = this.#found();
    const title = this.#kind === 'help' ? 'Keys: type to search, enter runs' : 'Do';
    const body = openBox(grid, { title, width: 76, height: this.#kind === 'help' ? 40 : 16 });
    grid.put(body.x, body.y, `> ${this.#line.text}`, Style.overlay, body.width);
    grid.caret = { x: body.x + 2 + this.#line.cursor, y: body.y };
    this.#list.fit(found.length, body.height - 1);
    for (let i = 0; i < body.height - 1; i++) {
      const action = found[this.#list.top + i];
      if (action === undefined) return;
      const y = body.y + 1 + i;
      const chosen = this.#list.top + i === this.#list.cursor;
      const style = chosen ? Style.overlayCursor : Style.overlay;
      grid.fill({ x: body.x, y, width: body.width, height: 1 }, style);
      const keys = app.keymap.keysOf(action).map(keyText).join(' ');
      grid.put(body.x, y, keys, style, KEYS_WIDTH - 1);
      grid.put(body.x + KEYS_WIDTH, y, action.title, style, body.width - KEYS_WIDTH - 19);
      grid.put(body.x + body.width - 18, y, action.group, style, 18);
    }
  }

  #found(): readonly Action[] {
    const words = this.#line.text.toLowerCase().split(/\s+/).filter(Boolean);
    const sorted = GROUPS.flatMap((group) => ACTIONS.filter((action) => action.group === group));
    return sorted.filter(({ id, title, group }) => {
      const text = `${id} ${title} ${group}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }
}

/** A key as people write it. */
export function keyText(key: string): string {
  if (key === ' ') return 'space';
  return key.replace(/^C-/, 'ctrl-').replace(/^S-/, 'shift-').replace(/^M-/, 'alt-');
}
