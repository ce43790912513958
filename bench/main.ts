/**
 * `npm run bench`: runs every bench and prints one table, with ratios taken within this run.
 * usage: npm run bench [-- [codec|reader|inspect|rpc]… [--long] [--write]]
 * `--long` adds the capture ten times as long, `--write` puts the table into docs/benchmarks.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Row } from './row.ts';

interface Bench {
  run(options: { readonly long: boolean }): Promise<Row[]>;
}

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  codec: () => import('./codec.ts'),
  reader: () => import('./reader.ts'),
  inspect: () => import('./inspect.ts'),
  rpc: () => import('./rpc.ts'),
};

const DOCUMENT = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

function formatValue({ value, unit }: Row): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

/** A Markdown table, padded so that it reads well in a terminal too. */
function formatTable(rows: readonly Row[]): string {
  const cells = [
    ['measured', 'median', 'ratio'],
    ...rows.map((row) => [row.name, formatValue(row), row.note ?? '']),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

/** Replaces what stands between the document's two markers for `name`. */
function writeTable(name: string, rows: readonly Row[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [start, end] = [`<!-- bench ${name} -->\n`, '<!-- end -->'];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/benchmarks.md has no place for ${name}`);
  const machine = `Measured on ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`;
  writeFileSync(
    DOCUMENT,
    `${text.slice(0, from)}${start}\n${formatTable(rows)}\n\n${machine}\n\n${text.slice(to)}`,
  );
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});

for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  const load = BENCHES[name];
  if (load === undefined)
    throw new Error(`no bench named ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  const rows = await (await load()).run({ long: options.long });
  process.stdout.write(`\n${name}\n${formatTable(rows)}\n`);
  if (options.write) writeTable(name, rows);
}
