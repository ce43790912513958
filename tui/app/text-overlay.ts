/** Lines of text over the whole screen, scrolled and searched: a conversation, a reply beside another, statistics. */
import { LineEditor } from '../panes/line-editor.ts';
import { ListPane } from '../panes/list-pane.ts';
import type { Grid } from '../screen/grid.ts';
import type { MouseAction } from '../screen/script.ts';
import { Style } from '../screen/style.ts';
import type { App } from './app.ts';
import type { Overlay } from './overlay.ts';

export interface StyledLine {
  readonly text: string;
  readonly style: number;
}

export interface TextPage {
  readonly name: string;
  lines(width: number): readonly StyledLine[];
}

export interface TextOverlayOptions {
  readonly title: string;
  /** shown one at a time, changed by tab and by their number */
  readonly pages: readonly TextPage[];
  /** further keys: what they do, and what the bottom line says of them */
  readonly keys?: Readonly<Record<string, { readonly hint: string; readonly run: (app: App) => void }>>;
}

export class TextOverlay implements Overlay {
  readonly #options: TextOverlayOptions;
  readonly #list = new ListPane();
  #page = 0;
  #search: LineEditor | null = null;
  #sought = '';
  #lines: readonly StyledLine[] = [];

  constructor(options: TextOverlayOptions) {
    this.#options = options;
  }

  key(key: string, app: App): void {
    if (this.#search !== null) {
      this.#typed(key);
      return;
    }
    const { pages, keys } = this.#options;
    const list = this.#list;
    const own = keys?.[key];
    if (own !== undefined) own.run(app);
    else if (key === 'escape' || key === 'q' || key === 'C-c') app.overlay = null;
    else if (key === 'tab') this.#turn((this.#page + 1) % pages.length);
    else if (/^[1-9]$/.test(key) && Number(key) <= pages.length) this.#turn(Number(key) - 1);
    else if (key === 'j' || key === 'down') list.scroll(1);
    else if (key === 'k' || key === 'up') list.scroll(-1);
    else if (key === 'pagedown' || key === ' ' || key === 'C-f') list.scroll(list.height);
    else if (key === 'pageup' || key === 'C-b') list.scroll(-list.height);
    else if (key === 'g' || key === 'home') list.scroll(Number.NEGATIVE_INFINITY);
    else if (key === 'G' || key === 'end') list.scroll(list.count);
    else if (key === 's' || key === '/') this.#search = new LineEditor();
    else if (key === 'n') this.#find();
  }

  mouse(_x: number, _y: number, action: MouseAction): void {
    if (action !== 'click') this.#list.scroll(action === 'wheelup' ? -3 : 3);
  }

  paste(text: string): void {
    this.#search?.insert(text);
  }

  draw(grid: Grid, _app: App): void {
    const { title, pages, keys } = this.#options;
    const { width, height } = grid;
    grid.fill({ x: 0, y: 0, width, height }, Style.plain);
    grid.fill({ x: 0, y: 0, width, height: 1 }, Style.title);
    const names =
      pages.length < 2 ? '' : pages.map((p, i) => (i === this.#page ? `[${p.name}]` : p.name)).join('  ');
    grid.put(1, 0, `${title}  ${names}`, Style.title);
    this.#lines = pages[this.#page]!.lines(width);
    this.#list.fit(this.#lines.length, height - 2);
    for (let i = 0; i < height - 2; i++) {
      const line = this.#lines[this.#list.top + i];
      if (line === undefined) break;
      const found = this.#sought !== '' && line.text.toLowerCase().includes(this.#sought);
      grid.put(0, 1 + i, line.text, found ? Style.match : line.style);
    }
    const y = height - 1;
    grid.fill({ x: 0, y, width, height: 1 }, Style.keyText);
    if (this.#search !== null) {
      grid.put(1, y, `Search: ${this.#search.text}`, Style.keyText);
      grid.caret = { x: 9 + this.#search.cursor, y };
      return;
    }
    const more = Object.entries(keys ?? {}).map(([key, { hint }]) => `${key} ${hint}`);
    grid.put(1, y, ['escape back', 's search', 'n on', ...more].join(' · '), Style.keyText);
  }

  #turn(page: number): void {
    this.#page = page;
    this.#list.scroll(Number.NEGATIVE_INFINITY);
  }

  #typed(key: string): void {
    if (key === 'escape') this.#search = null;
    else if (key === 'enter') {
      this.#sought = this.#search!.text.toLowerCase();
      this.#search = null;
      this.#find();
    } else this.#search!.key(key);
  }

  #find(): void {
    if (this.#sought === '') return;
    const from = this.#list.top + 1;
    const { length } = this.#lines;
    for (let i = 0; i < length; i++) {
      const at = (from + i) % length;
      if (!this.#lines[at]!.text.toLowerCase().includes(this.#sought)) continue;
      this.#list.scroll(at - this.#list.top);
      return;
    }
  }
}
