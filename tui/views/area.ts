/** How the screen is divided between the panes. Pure; every area lies within the screen. */
import type { Area } from '../screen/grid.ts';

export const LAYOUTS = ['stacked', 'beside', 'columns'] as const;
/** Tree over bytes; tree beside bytes; list beside tree over bytes. */
export type Layout = (typeof LAYOUTS)[number];

export const PANES = ['list', 'tree', 'bytes'] as const;
export type PaneName = (typeof PANES)[number];

export interface LayoutOptions {
  readonly layout: Layout | 'auto';
  /** share of the list, and of the tree in what the list leaves, in hundredths */
  readonly listShare: number;
  readonly treeShare: number;
  /** the only pane shown */
  readonly zoomed: PaneName | null;
}

export interface Areas {
  readonly title: Area;
  readonly filter: Area;
  readonly list: Area | null;
  readonly tree: Area | null;
  readonly bytes: Area | null;
  readonly status: Area;
}

/** Lines that a pane has at least: its heading and two more. */
const LEAST = 3;
/** From this width on bytes stand beside the tree. */
const WIDE = 136;

export function divide(width: number, height: number, options: LayoutOptions): Areas {
  const middle: Area = { x: 0, y: 2, width, height: Math.max(0, height - 3) };
  const fixed = {
    title: { x: 0, y: 0, width, height: 1 },
    filter: { x: 0, y: 1, width, height: 1 },
    status: { x: 0, y: height - 1, width, height: 1 },
  };
  const none = { list: null, tree: null, bytes: null };
  const { zoomed, listShare, treeShare } = options;
  if (zoomed !== null) return { ...fixed, ...none, [zoomed]: middle };
  const layout = options.layout === 'auto' ? (width >= WIDE ? 'beside' : 'stacked') : options.layout;
  // where not all three fit, those further down give way
  if (middle.height < 2 * LEAST) return { ...fixed, ...none, list: middle };
  if (layout === 'columns') {
    const [list, rest] = splitAcross(middle, listShare);
    const [tree, bytes] = splitDown(rest, treeShare);
    return { ...fixed, list, tree, bytes };
  }
  const [list, rest] = splitDown(middle, listShare);
  if (layout === 'beside') {
    const [tree, bytes] = splitAcross(rest, treeShare);
    return { ...fixed, list, tree, bytes };
  }
  if (rest.height < 2 * LEAST) return { ...fixed, list, tree: rest, bytes: null };
  const [tree, bytes] = splitDown(rest, treeShare);
  return { ...fixed, list, tree, bytes };
}

function splitDown(area: Area, share: number): [Area, Area] {
  const first = shareOf(area.height, share, LEAST);
  return [
    { ...area, height: first },
    { ...area, y: area.y + first, height: area.height - first },
  ];
}

function splitAcross(area: Area, share: number): [Area, Area] {
  const first = shareOf(area.width, share, 20);
  return [
    { ...area, width: first },
    { ...area, x: area.x + first, width: area.width - first },
  ];
}

function shareOf(size: number, share: number, least: number): number {
  return Math.min(Math.max(Math.round((size * share) / 100), least), Math.max(least, size - least));
}
