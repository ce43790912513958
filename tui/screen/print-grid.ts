/** A grid as lines of text, with or without colours, and in ASCII for terminals that have no more. Nothing throws. */
import type { Grid } from './grid.ts';
import type { Look, Theme } from './style.ts';

/** Lines as they stand on the screen, without blanks at their ends. */
export function gridText(grid: Grid): string {
  return Array.from({ length: grid.height }, (_, y) => `${grid.line(y)}\n`).join('');
}

/** The same with colours. */
export function gridAnsi(grid: Grid, theme: Theme): string {
  let out = '';
  for (let y = 0; y < grid.height; y++) {
    let style = -1;
    for (let x = 0; x < grid.width; x++) {
      const index = y * grid.width + x;
      if (grid.styles[index] !== style) {
        style = grid.styles[index]!;
        out += `\x1b[0${sgr(theme[style]!)}m`;
      }
      out += grid.chars[index];
    }
    out += '\x1b[0m\n';
  }
  return out;
}

/** The parameters of a style's SGR sequence, each behind a `;`. */
export function sgr({ fg, bg, bold, underline, inverse }: Look): string {
  let out = '';
  if (bold) out += ';1';
  if (underline) out += ';4';
  if (inverse) out += ';7';
  if (fg >= 0) out += fg < 8 ? `;${30 + fg}` : fg < 16 ? `;${82 + fg}` : `;38;5;${fg}`;
  if (bg >= 0) out += bg < 8 ? `;${40 + bg}` : bg < 16 ? `;${92 + bg}` : `;48;5;${bg}`;
  return out;
}

const ASCII: Readonly<Record<string, string>> = {
  '…': '~',
  '→': '>',
  '←': '<',
  '↔': '-',
  '·': '.',
  '▸': '+',
  '▾': '-',
  '●': '*',
  '│': '|',
  '─': '-',
  µ: 'u',
  ...Object.fromEntries([...'▁▂▃▄▅▆▇█'].map((bar, i) => [bar, '_.,-~=*#'[i]!])),
};

/** Makes a grid hold ASCII only; a character without a likeness becomes `?`. */
export function toAscii(grid: Grid): void {
  const { chars } = grid;
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    if (char === '') chars[i] = ' ';
    else if (char > '~') chars[i] = ASCII[char] ?? '?';
  }
}
