/**
 * The shapes virsh prints: a table with a line of dashes under its titles, `Name:   value` lines, and XML. Nothing of a
 * daemon reaches the terminal as it came.
 */
import { escapeTerminal } from '../../codec/escape/index.ts';
import { textCells } from '../../tui/screen/text-cells.ts';

/** Rows of cells, the titles first. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [titles, ...rows.map((row) => row.map(escapeTerminal))];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => textCells(row[column] ?? ''))));
  const lines = cells.map((row) =>
    row
      .map((cell, i) =>
        i === row.length - 1 ? ` ${cell}` : ` ${cell}${' '.repeat((widths[i] ?? 0) - textCells(cell) + 2)}`,
      )
      .join(''),
  );
  const dashes = '-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0));
  return [lines[0], dashes, ...lines.slice(1)].join('\n');
}

/** Lines of a name, a colon and a value, the values in one column. */
export function pairs(width: number, rows: readonly (readonly [name: string, value: string])[]): string {
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width)} ${escapeTerminal(value)}`).join('\n');
}

/** A daemon's XML: what could steer a terminal as a character reference, which means the same to who reads it back. */
export function document(xml: string): string {
  return xml
    .replace(/\n$/, '')
    .replace(/[^\t\n\x20-\x7e]/gu, (c) =>
      escapeTerminal(c) === c ? c : `&#x${(c.codePointAt(0) as number).toString(16)};`,
    );
}

/** Any text of several lines, made fit for a terminal. */
export function lines(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeTerminal);
}

/** major * 1,000,000 + minor * 1,000 + release as text. */
export function versionText(number: bigint): string {
  return `${number / 1_000_000n}.${(number / 1000n) % 1000n}.${number % 1000n}`;
}
