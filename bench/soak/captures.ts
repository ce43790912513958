/** Every output of inspect over captures with seeded faults. */
import { captureStorm } from '../../test/peers/capture-storm.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

const MOST_RESIDENT = 1 << 30;

export async function run(options: SoakOptions): Promise<Row[]> {
  const { captures, bytes, slowestMs } = await captureStorm(options);
  const resident = process.memoryUsage.rss();
  if (resident > MOST_RESIDENT) throw new Error(`${resident} bytes resident after ${captures} captures`);
  return [
    {
      name: 'inspect: captures with faults',
      value: captures,
      unit: '',
      note: `${(bytes / 1e6).toFixed(1)} MB, slowest ${slowestMs.toFixed(0)} ms, nothing but capture errors`,
    },
  ];
}
