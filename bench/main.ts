/**
 * `npm run bench`: runs every bench and prints one table, with ratios taken within this run.
 * usage: npm run bench [-- [codec|reader|inspect|rpc|replay|fuzz|coverage]… [--long] [--write]]
 * `--long` adds the capture ten times as long, `--write` puts the table into docs/benchmarks.md.
 */
import { parseArgs } from 'node:util';
import type { Row } from './row.ts';
import { formatTable, writeTable } from './table.ts';

interface Bench {
  run(options: { readonly long: boolean }): Promise<Row[]>;
}

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  codec: () => import('./codec.ts'),
  reader: () => import('./reader.ts'),
  inspect: () => import('./inspect.ts'),
  rpc: () => import('./rpc.ts'),
  replay: () => import('./replay.ts'),
  watch: () => import('./watch.ts'),
  fuzz: () => import('./fuzz.ts'),
  coverage: () => import('./coverage.ts'),
};

const COLUMNS = ['measured', 'median', 'ratio'] as const;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});

for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  const load = BENCHES[name];
  if (load === undefined)
    throw new Error(`no bench named ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  const rows = await (await load()).run({ long: options.long });
  process.stdout.write(`\n${name}\n${formatTable(COLUMNS, rows)}\n`);
  if (options.write) writeTable(`bench ${name}`, formatTable(COLUMNS, rows));
}
