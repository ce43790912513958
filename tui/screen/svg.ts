/** A grid as a picture: SVG with one text element for each run of cells of a style. Nothing throws. */
import { escapeMarkupText } from '../../codec/escape/index.ts';
import type { Grid } from './grid.ts';
import type { Look, Theme } from './style.ts';

const CELL = { width: 8, height: 17 } as const;
const BASELINE = 13;
const PAGE = '#1c1c1c';
const INK = '#d0d0d0';

/** The first 16 of xterm's colours. */
const NAMED = [
  ...['#000000', '#cd0000', '#00cd00', '#cdcd00', '#5c8fff', '#cd00cd', '#00cdcd', '#e5e5e5'],
  ...['#7f7f7f', '#ff0000', '#00ff00', '#ffff00', '#8fb4ff', '#ff00ff', '#00ffff', '#ffffff'],
] as const;

/** `#rrggbb` of one of xterm's 256 colours. */
export function colorOf(index: number): string {
  if (index < 16) return NAMED[index] ?? INK;
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  const level = (n: number) => hex(n === 0 ? 0 : 55 + n * 40);
  const n = index - 16;
  return `#${level(Math.floor(n / 36))}${level(Math.floor(n / 6) % 6)}${level(n % 6)}`;
}

export function gridSvg(grid: Grid, theme: Theme, title: string): string {
  const [width, height] = [grid.width * CELL.width, grid.height * CELL.height];
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeMarkupText(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${PAGE}"/>`,
    `<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="13" xml:space="preserve">`,
  ];
  for (let y = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; ) {
      const from = x;
      const style = grid.styles[y * grid.width + x]!;
      while (x < grid.width && grid.styles[y * grid.width + x] === style) x++;
      const text = grid.chars.slice(y * grid.width + from, y * grid.width + x).join('');
      out.push(run(theme[style]!, from, y, x - from, text));
    }
  }
  out.push('</g></svg>');
  return `${out.filter((line) => line !== '').join('\n')}\n`;
}

function run(
  { fg, bg, bold, underline, inverse }: Look,
  x: number,
  y: number,
  cells: number,
  text: string,
): string {
  const ink = fg < 0 ? INK : colorOf(fg);
  const ground = bg < 0 ? null : colorOf(bg);
  const [color, behind] = inverse ? [ground ?? PAGE, ink] : [ink, ground];
  const at = `x="${x * CELL.width}"`;
  const size = `width="${cells * CELL.width}" height="${CELL.height}"`;
  const rect = behind === null ? '' : `<rect ${at} y="${y * CELL.height}" ${size} fill="${behind}"/>`;
  if (text.trim() === '') return rect;
  const extra = `${bold ? ' font-weight="bold"' : ''}${underline ? ' text-decoration="underline"' : ''}`;
  // as wide as its cells, whatever font there is
  const place = `${at} y="${y * CELL.height + BASELINE}" textLength="${cells * CELL.width}" lengthAdjust="spacingAndGlyphs"`;
  return `${rect}<text ${place} fill="${color}"${extra}>${escapeMarkupText(text)}</text>`;
}
