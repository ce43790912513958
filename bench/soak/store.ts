/** `kill -9` of a process with the driver and its store at random moments, each batch in a directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killStorm } from '../../test/server/drivers/test/kill-storm.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

const ROUNDS = 5;

export async function run({ seed, seconds }: SoakOptions): Promise<Row[]> {
  const until = performance.now() + seconds * 1000;
  let [acknowledged, done, undone, batches] = [0, 0, 0, 0];
  for (; performance.now() < until; batches++) {
    const directory = mkdtempSync(join(tmpdir(), 'oncilla-soak-'));
    try {
      const one = await killStorm({ directory, seed: seed + batches, rounds: ROUNDS });
      acknowledged += one.acknowledged;
      done += one.done;
      undone += one.undone;
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  return [
    {
      name: 'store: changes acknowledged before kill -9',
      value: acknowledged,
      unit: '',
      note: `${batches * ROUNDS} kills, none lost, none damaged; under way then: ${done} done, ${undone} not`,
    },
  ];
}
