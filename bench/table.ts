/** Rows as a Markdown table, on a terminal and in docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Row } from './row.ts';

const DOCUMENT = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

function formatValue({ value, unit }: Row): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`.trimEnd();
}

/** Padded so that it reads well in a terminal too. */
export function formatTable(columns: readonly [string, string, string], rows: readonly Row[]): string {
  const cells = [columns, ...rows.map((row) => [row.name, formatValue(row), row.note ?? ''])];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

/** Replaces what stands between the document's two markers for `name`. */
export function writeTable(name: string, table: string): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [start, end] = [`<!-- ${name} -->\n`, '<!-- end -->'];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/benchmarks.md has no place for ${name}`);
  const machine = `Measured on ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`;
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${start}\n${table}\n\n${machine}\n\n${text.slice(to)}`);
}
