/** A box over the panes, with a title. Pure drawing. */
import type { Area, Grid } from '../screen/grid.ts';
import { Style } from '../screen/style.ts';

/** Draws an empty box in the middle, no larger than the screen; what is inside it. */
export function openBox(grid: Grid, wanted: { title: string; width: number; height: number }): Area {
  const width = Math.min(wanted.width, Math.max(4, grid.width - 2));
  const height = Math.min(wanted.height, Math.max(3, grid.height - 2));
  const x = Math.max(0, (grid.width - width) >> 1);
  const y = Math.max(0, (grid.height - height) >> 1);
  grid.fill({ x, y, width, height }, Style.overlay);
  grid.fill({ x, y, width, height: 1 }, Style.overlayTitle);
  grid.put(x + 1, y, wanted.title, Style.overlayTitle, width - 2);
  return { x: x + 1, y: y + 1, width: width - 2, height: height - 1 };
}
