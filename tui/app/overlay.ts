/** What lies over the panes and gets all keys: help, the palette, statistics, a line being typed. */
import type { Grid } from '../screen/grid.ts';
import type { MouseAction } from '../screen/script.ts';
import type { App } from './app.ts';

export interface Overlay {
  /** Every key comes here while it is open; it closes itself by setting `app.overlay`. */
  key(key: string, app: App): void;
  draw(grid: Grid, app: App): void;
  paste?(text: string, app: App): void;
  /** A click or a turn of the wheel. */
  mouse?(x: number, y: number, action: MouseAction, app: App): void;
}
