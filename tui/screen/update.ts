/**
 * What has to be written to a terminal so that it shows one grid after another: only cells that changed, each line
 * from its first to its last change. Only what this makes and the characters of the grid get out. Pure.
 */
import type { Grid } from './grid.ts';
import { sgr } from './print-grid.ts';
import type { Theme } from './style.ts';

/** Unchanged cells that are cheaper to write again than to step over. */
const STEP_OVER = 8;

/** `before` null: nothing is known of what is shown, so that all is written. */
export function updateText(before: Grid | null, after: Grid, theme: Theme): string {
  const old = before?.width === after.width && before.height === after.height ? before : null;
  let out = old === null ? '\x1b[0m\x1b[2J' : '';
  for (let y = 0; y < after.height; y++) out += line(old, after, y, theme);
  const { caret } = after;
  if (out === '' && caret?.x === old?.caret?.x && caret?.y === old?.caret?.y) return '';
  return `\x1b[?25l${out}${caret === null ? '' : `\x1b[0m\x1b[${caret.y + 1};${caret.x + 1}H\x1b[?25h`}`;
}

function line(old: Grid | null, after: Grid, y: number, theme: Theme): string {
  const { width, chars, styles } = after;
  const base = y * width;
  let out = '';
  let style = -1;
  let written = -1;
  for (let x = 0; x < width; x++) {
    if (!changed(old, after, base + x)) continue;
    let from = chars[base + x] === '' && x > 0 ? x - 1 : x;
    if (written >= 0 && from - written <= STEP_OVER) from = written;
    else out += `\x1b[${y + 1};${from + 1}H`;
    // a wide character is always written whole
    const to = chars[base + x + 1] === '' && x + 1 < width ? x + 2 : x + 1;
    for (let i = base + from; i < base + to; i++) {
      if (chars[i] === '') continue;
      if (styles[i] !== style) {
        style = styles[i]!;
        out += `\x1b[0${sgr(theme[style]!)}m`;
      }
      out += chars[i];
    }
    written = to;
    x = to - 1;
  }
  return out;
}

function changed(old: Grid | null, after: Grid, i: number): boolean {
  return old === null || old.chars[i] !== after.chars[i] || old.styles[i] !== after.styles[i];
}
