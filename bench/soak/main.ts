/**
 * `npm run soak`: what only time shows. Prints the seeds, runs every part and prints one table; exits 1 with the
 * part and its seed when something is wrong.
 * usage: npm run soak [-- [engine|store|daemon|captures|codec|live|fuzz]… [--seconds N] [--seed N] [--write]]
 * `--seconds` is how long each part goes on, `--write` puts the table into docs/benchmarks.md.
 */
import { parseArgs } from 'node:util';
import type { Row } from '../row.ts';
import { formatTable, writeTable } from '../table.ts';
import type { SoakOptions } from './options.ts';

interface Soak {
  run(options: SoakOptions): Promise<Row[]>;
}

interface Part {
  readonly load: () => Promise<Soak>;
  /** without --seconds */
  readonly seconds: number;
}

const PARTS: Readonly<Record<string, Part>> = {
  engine: { load: () => import('./engine.ts'), seconds: 120 },
  store: { load: () => import('./store.ts'), seconds: 60 },
  daemon: { load: () => import('./daemon.ts'), seconds: 60 },
  captures: { load: () => import('./captures.ts'), seconds: 120 },
  codec: { load: () => import('./codec.ts'), seconds: 60 },
  live: { load: () => import('./live.ts'), seconds: 30 },
  fuzz: { load: () => import('./fuzz.ts'), seconds: 600 },
};

const COLUMNS = ['soaked', 'figure', 'beside'] as const;

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff)
    throw new Error(`--${option} takes a whole number of at least 1, not ${text}`);
  return value;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const seconds = wholeNumber('seconds', values.seconds);
const firstSeed = wholeNumber('seed', values.seed) ?? 1 + (Date.now() % 1_000_000_000);

const parts = (positionals.length > 0 ? positionals : Object.keys(PARTS)).map((name, index) => {
  const part = PARTS[name];
  if (part === undefined)
    throw new Error(`no soak named ${name}; there are ${Object.keys(PARTS).join(', ')}`);
  return { name, ...part, seconds: seconds ?? part.seconds, seed: firstSeed + index * 1_000_000 };
});
for (const part of parts) process.stdout.write(`${part.name}: seed ${part.seed}, ${part.seconds} s\n`);

const rows: Row[] = [];
for (const part of parts) {
  try {
    rows.push(...(await (await part.load()).run(part)));
  } catch (e) {
    process.stderr.write(`${part.name}, seed ${part.seed}: ${(e as Error).stack}\n`);
    process.exitCode = 1;
  }
}
if (rows.length > 0) process.stdout.write(`\n${formatTable(COLUMNS, rows)}\n`);
if (values.write && process.exitCode === undefined) writeTable('soak', formatTable(COLUMNS, rows));
