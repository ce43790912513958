/**
 * Coverage-guided fuzzing inside a process, beside the same mutations and executions with nobody looking: executions a
 * second of processor time, and how many it takes to find a bug behind five nested tests. Each run is a process of its
 * own.
 */
import type { CoverageFigures } from './coverage-child.ts';
import { median, type Row, times } from './row.ts';
import { forkBench } from './rpc-process.ts';

const SEEDS = [1, 2, 3];

const SUBJECTS = [
  ['nested', 'five nested tests'],
  ['lookup', 'decoding NFSv3 LOOKUP arguments'],
  ['readdirplus', 'decoding NFSv3 READDIRPLUS replies'],
] as const;

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, title] of SUBJECTS) {
    const runs: CoverageFigures[] = [];
    for (const seed of SEEDS) runs.push(await figuresOf(name, seed));
    const inputs = median(runs.map((one) => one.inputs));
    const share = median(runs.map((one) => one.perSecond / one.plain));
    const value = median(runs.map((one) => one.perSecond));
    const note = `${times(share, 'without coverage')}, ${inputs} inputs kept`;
    rows.push({ name: `guided by coverage, ${title}`, value, unit: 'executions/s', note });
    const found = runs.flatMap(({ until }) => until ?? []);
    if (found.length === 0) continue;
    rows.push({
      name: `until the bug behind ${title} is found`,
      value: median(found),
      unit: 'executions',
      note: `by ${found.length} of ${SEEDS.length} seeds`,
    });
  }
  return rows;
}

async function figuresOf(name: string, seed: number): Promise<CoverageFigures> {
  const [child, figures] = await forkBench<CoverageFigures>(new URL('./coverage-child.ts', import.meta.url), [
    name,
    String(seed),
  ]);
  child.kill();
  return figures;
}
