/**
 * A report as one HTML file that needs nothing else: no scripts, no resources, light or dark as the reader has it. Every
 * helper but `page` and `table`, which take markup, escapes what it is given. Pure.
 */
import { escapeMarkupText } from '../codec/escape/index.ts';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, Canvas); --bad: light-dark(#b3261e, #ff8a80);
  --good: light-dark(#1b6e3c, #7bd88f); --dim: color-mix(in srgb, CanvasText 60%, Canvas); }
body { font: 15px/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
ul.verdicts { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0; }
ul.verdicts li { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .9rem; }
ul.verdicts b { display: block; font-size: 1.4rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--dim); }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
`;

/** A whole page: `title` is text, `parts` are markup. */
export function page(title: string, parts: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${text(title)}</h1>`,
    ...parts,
    '</body></html>',
    '',
  ].join('\n');
}

/** `rows` are of cells; a head that begins with a dash is of numbers. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const head = heads.map((name) =>
    name.startsWith('-') ? `<th class="n">${name.slice(1)}</th>` : `<th>${name}</th>`,
  );
  return (
    `<div class="scroll"><table>${caption === '' ? '' : `<caption>${caption}</caption>`}` +
    `${head.length === 0 ? '' : `<tr>${head.join('')}</tr>`}\n` +
    `${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('\n')}\n</table></div>`
  );
}

/** What is left out of a list. */
export function more(count: number, shown: number, what: string): string {
  return count > shown ? `<p class="dim">and ${count - shown} ${what} more</p>` : '';
}

export const text = escapeMarkupText;
export const cell = (value: string): string => `<td>${text(value)}</td>`;
export const number = (value: string): string => `<td class="n">${text(value)}</td>`;
export const code = (value: string): string => `<td><code>${text(value)}</code></td>`;
