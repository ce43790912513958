/** A terminal as the inspector knows it: it shows grids, and tells of keys, clicks, pastes and changes of its size. */
import type { Grid } from './grid.ts';
import type { InputEvent } from './input.ts';

export type ScreenEvent = InputEvent | { readonly type: 'resize' } | { readonly type: 'closed' };

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** 8, 16, 256 */
  readonly colors: number;
  /** One listener; events that came before are kept for it. */
  listen(listener: (event: ScreenEvent) => void): void;
  show(grid: Grid): void;
  /** Writes everything again at the next `show`. */
  forget(): void;
  mouse(on: boolean): void;
  /** OSC 52. */
  copy(text: string): void;
  /** Gives the terminal back as it was, for another program; `resume` takes it again. */
  pause(): void;
  resume(): void;
  /** Gives it back for good. May be called more than once. */
  close(): void;
}
